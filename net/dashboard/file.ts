/**
 * The three files of the dashboard, as the build leaves them. The page is a client of the public
 * API like any other: it has no route of its own, and no power that curl has not.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  readonly url: string
  readonly type: string
  readonly body: Buffer
}

/**
 * Scripts and styles of this node alone; it talks to this node alone; nobody frames it, and no
 * form goes anywhere.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/dashboard.js', 'dashboard.js', 'text/javascript; charset=utf-8'],
  ['/dashboard.css', 'dashboard.css', 'text/css; charset=utf-8'],
] as const

/** Run as TypeScript, this file lies in the sources, and what was built elsewhere. */
function folder(): string {
  const own = import.meta.url
  return own.endsWith('.ts') ? '../../dist/net/dashboard/' : './'
}

/** Free for all to read, for there is nothing in them: what they show, they ask with a token. */
export const isPageFile = (path: string): boolean => files.some(([url]) => url === path)

export function pageFiles(): readonly PageFile[] {
  return files.map(([url, name, type]) => {
    const path = fileURLToPath(new URL(folder() + name, import.meta.url))
    return { url, type, body: readFileSync(path) }
  })
}
