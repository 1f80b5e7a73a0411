// What the build leaves beside the compiled dashboard: one script (preact, htm and ours) and one
// style sheet. The node serves both from its own folder; a browser asks nobody else.
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const target = '../../dist/net/dashboard'

const shared = { bundle: true, minify: true, legalComments: 'eof', logLevel: 'warning' }

export async function bundleDashboard() {
  mkdirSync(path(target), { recursive: true })
  copyFileSync(path('page/index.html'), path(`${target}/index.html`))
  await Promise.all([
    build({
      ...shared,
      entryPoints: [path('page/main.ts')],
      outfile: path(`${target}/dashboard.js`),
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
    }),
    build({
      ...shared,
      entryPoints: [path('page/style.css')],
      outfile: path(`${target}/dashboard.css`),
      target: 'es2022',
    }),
  ])
}
