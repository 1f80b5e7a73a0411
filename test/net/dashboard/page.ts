/** The dashboard in Chromium: one browser a test file, a context of its own for every page. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser } from '../../browser.js'

export interface Opened {
  readonly page: Page
  /** What the console said, less the refusals that a test asks for. */
  readonly complaints: string[]
  /** Where else than to this node the page went. */
  readonly foreign: readonly string[]
  readonly close: () => Promise<void>
}

const context: { browser: Browser | null } = { browser: null }

export async function closeBrowser(): Promise<void> {
  await context.browser?.close()
  context.browser = null
}

export async function open(url: string, look: BrowserContextOptions = {}): Promise<Opened> {
  const viewport = { width: 1280, height: 900 }
  context.browser ??= await launchBrowser()
  const own = await context.browser.newContext({ viewport, ...look })
  const page = await own.newPage()
  // Others may use the processors, too.
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  const foreign: string[] = []
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(`${url}/`) || request.url().startsWith('data:')
    if (!isOurs) foreign.push(request.url())
  })
  await page.goto(`${url}/`)
  return { page, complaints, foreign, close: () => own.close() }
}

export const drawn = (page: Page): Promise<void> => page.locator('.ring path').first().waitFor()

export async function axeProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

export const said = (page: Page, words: string): Promise<void> =>
  page.locator('.said', { hasText: words }).waitFor()

/** A picture for those who want to look: with DASHBOARD_PICTURES naming a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['DASHBOARD_PICTURES']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
