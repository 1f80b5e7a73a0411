/**
 * A headless Chromium for tests, with no package of the system: CHROME_PATH if it is set, else the
 * one that @sparticuz/chromium carries (Linux on x64), else one that is installed.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Compiled or run as it is, this file is one folder below the root (and dist). */
const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')

const installed = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * As root there is no sandbox, and a bare machine has no GPU. Not the flags that the carried one
 * recommends: with them, all of it is one process that ends with its first page, and web security
 * is off.
 */
const flags = ['--no-sandbox', '--no-zygote', '--disable-gpu']

/** @throws Error that says what to install or to set */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env['CHROME_PATH']
  if (given !== undefined && given !== '') return launch(given)
  if (process.platform === 'linux' && process.arch === 'x64') return launchCarried()
  const found = installed.find((path) => existsSync(path))
  if (found === undefined) throw new Error('no Chromium found: set CHROME_PATH to one')
  return launch(found)
}

/**
 * Unpacks to TMPDIR, which must be a place where programs may run; and unpacks the libraries that
 * a bare system lacks only if it believes to be in a Lambda, which it decides while it is
 * imported. Its own font settings know one fixed folder, and without a font a page has no text at
 * all: hence ours.
 */
async function launchCarried(): Promise<Browser> {
  const folder = join(root, '.tmp', 'chromium')
  mkdirSync(folder, { recursive: true })
  process.env['TMPDIR'] = folder
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs20.x'
  const fonts = join(folder, 'settings')
  mkdirSync(fonts, { recursive: true })
  writeFileSync(join(fonts, 'fonts.conf'), fontSettings(folder))
  process.env['FONTCONFIG_PATH'] = fonts
  const { default: carried } = await import('@sparticuz/chromium')
  return launch(await carried.executablePath())
}

const fontFolders = ['/usr/share/fonts', '/usr/local/share/fonts']

const alias = (family: string): string =>
  `<alias><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`

const fontSettings = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  ${[join(folder, 'fonts'), ...fontFolders].map((path) => `<dir>${path}</dir>`).join('\n  ')}
  <cachedir>${join(folder, 'font-cache')}</cachedir>
  ${['system-ui', 'sans-serif'].map(alias).join('\n  ')}
</fontconfig>
`

const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: flags })
