import { AxeBuilder } from '@axe-core/playwright'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { comparePage } from '../../reports/compare.js'
import { writeReports } from '../../reports/html.js'
import { launchBrowser } from '../browser.js'
import { freshFolder } from './folder.js'
import { writeSyntheticRun } from './synthetic.js'

/** What a page did that it should not. */
interface Opened {
  readonly page: Page
  readonly complaints: readonly string[]
  readonly requests: readonly string[]
  readonly close: () => Promise<void>
}

interface Look {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
}

const files = { report: '', calm: '', comparison: '', wide: '' }
const context: { browser: Browser | null } = { browser: null }

test.before(async () => {
  const [one, two] = [freshFolder(), freshFolder()]
  writeSyntheticRun(one, { seconds: 50, clients: 4, thinkMicros: 20_000, violation: true })
  const calm = { faults: [], thinkMicros: 50_000 }
  writeSyntheticRun(two, { seconds: 20, seed: 2, ...calm })
  files.report = (await writeReports(one)).report
  files.calm = (await writeReports(two)).report
  files.comparison = join(two, 'comparison.html')
  writeFileSync(files.comparison, await comparePage([one, two]))
  const long = ['W', 'M'].map((letter) => join(freshFolder(), letter.repeat(30)))
  for (const folder of long) cpSync(two, folder, { recursive: true })
  files.wide = join(two, 'wide.html')
  writeFileSync(files.wide, await comparePage(long))
  context.browser = await launchBrowser()
})

test.after(async () => {
  await context.browser?.close()
})

async function open(
  file: string,
  { colorScheme = 'light', width = 1280 }: Look = {},
): Promise<Opened> {
  if (context.browser === null) throw new Error('no browser')
  const own = await context.browser.newContext({ colorScheme, viewport: { width, height: 900 } })
  const page = await own.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  const address = pathToFileURL(file).href
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:'))
      requests.push(request.url())
  })
  await page.goto(address)
  await page.waitForFunction(() => document.documentElement.dataset['drawn'] !== undefined)
  return { page, complaints, requests, close: () => own.close() }
}

/** Places for charts, and how many marks were drawn in each. */
const drawnMarks = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('.plot')].map((plot) => [
        plot.id,
        plot.querySelectorAll('svg g.mark-line path, svg g.mark-area path, svg g.mark-rect path')
          .length,
      ]),
    ),
  )

/** All rules, or those named. */
const axeProblems = async (page: Page, rules: readonly string[]): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] })
  const { violations } = await (rules.length === 0 ? axe : axe.withRules([...rules])).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

for (const name of ['report', 'calm', 'comparison'] as const) {
  test(`${name} in Chromium: all is drawn, nothing complains, nothing is requested`, async () => {
    const { page, complaints, requests, close } = await open(files[name])
    const marks = await drawnMarks(page)
    assert.ok(Object.keys(marks).length >= 9, Object.keys(marks).join(' '))
    for (const [id, count] of Object.entries(marks)) assert.ok(count > 0, `${id} is empty`)
    assert.is(
      await page.evaluate(() => document.documentElement.dataset['drawn']),
      String(Object.keys(marks).length),
    )
    assert.equal(complaints, [])
    assert.equal(requests, [])
    await close()
  })

  test(`${name} in Chromium on a phone: nothing is wider than the screen`, async () => {
    const { page, complaints, close } = await open(files[name], { width: 360 })
    assert.is(await sideways(page), 0)
    const widest = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('.plot svg')].map(
          (svg) => svg.getBoundingClientRect().right,
        ),
      ),
    )
    assert.ok(widest <= 360, `a chart ends at ${String(widest)}`)
    assert.equal(complaints, [])
    await close()
  })
}

test('report of an interrupted run on a phone: nothing is wider than the screen', async () => {
  const folder = freshFolder()
  writeSyntheticRun(folder, { seconds: 5, clients: 2, thinkMicros: 50_000, faults: [] })
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as object
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...run, interrupted: true }))
  const { page, close } = await open((await writeReports(folder)).report, { width: 360 })
  assert.match(await page.innerText('.hero'), /Interrupted: what follows is a part of the run/)
  assert.is(await sideways(page), 0)
  await close()
})

test('comparison on a phone: names of any length scroll in their tables alone', async () => {
  const { page, close } = await open(files.wide, { width: 360 })
  assert.is(await sideways(page), 0)
  await close()
})

for (const [name, colorScheme, rules] of [
  ['report', 'light', []],
  // What is there is the same in the dark; only the colours differ.
  ['report', 'dark', ['color-contrast']],
  ['comparison', 'dark', []],
] as const) {
  test(`${name} in Chromium, ${colorScheme}: axe finds nothing, all of it unfolded`, async () => {
    const { page, close } = await open(files[name], { colorScheme })
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    assert.equal(await axeProblems(page, rules), [])
    await close()
  })
}

test('report in Chromium: what the tests above look for is seen when it is there', async () => {
  const { page, complaints, close } = await open(files.calm)
  await page.evaluate(() => {
    new Image().src = 'https://example.invalid/pixel.png'
    document.body.style.color = getComputedStyle(document.body).backgroundColor
  })
  await page.waitForTimeout(50)
  assert.match(complaints.join(' '), /Content Security Policy/)
  assert.match((await axeProblems(page, ['color-contrast'])).join(' '), /^color-contrast: /)
  await close()
})

test('report in Chromium: charts follow the width of the window', async () => {
  const { page, close } = await open(files.report)
  const width = (): Promise<number> =>
    page.evaluate(
      () => document.querySelector('#plot-throughput svg')?.getBoundingClientRect().width ?? 0,
    )
  const wide = await width()
  await page.setViewportSize({ width: 500, height: 900 })
  await page.waitForFunction(
    () =>
      (document.querySelector('#plot-throughput svg')?.getBoundingClientRect().width ?? 999) < 500,
  )
  assert.ok((await width()) < wide)
  assert.is(await sideways(page), 0)
  await close()
})

test('report in Chromium: the pointer reads a chart, and marks all others', async () => {
  const { page, close } = await open(files.report)
  const plot = page.locator('#plot-throughput')
  await plot.scrollIntoViewIfNeeded()
  const box = await plot.boundingBox()
  if (box === null) throw new Error('no box')
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2)
  const tip = (await page.locator('.tip').innerText()).replaceAll('\n', ' ')
  assert.match(tip, /^[\d.]+ s reads \d/)
  assert.match(tip, /A partition n1 n2 \| n3 n4 n5/)
  const marked = await page.locator('.cursor:not([hidden])').count()
  assert.ok(marked >= 10, `${String(marked)} charts are marked`)
  await page.mouse.move(5, 5)
  assert.is(await page.locator('.cursor:not([hidden])').count(), 0)
  await close()
})

test('report in Chromium: light and dark are different colours of the same charts', async () => {
  const colorOf = async (colorScheme: 'light' | 'dark'): Promise<string[]> => {
    const { page, close } = await open(files.report, { colorScheme })
    const colors = await page.evaluate(() => {
      const line = document.querySelector('#plot-latency-read .mark-line path')
      return [
        getComputedStyle(document.body).backgroundColor,
        line === null ? '' : getComputedStyle(line).stroke,
      ]
    })
    await close()
    return colors
  }
  const [light, dark] = [await colorOf('light'), await colorOf('dark')]
  for (const color of [...light, ...dark]) assert.match(color, /^rgb/)
  assert.is.not(light[0], dark[0])
  assert.is.not(light[1], dark[1])
})

test('report in Chromium on paper: light whatever the screen is, unfolded', async () => {
  const { page, close } = await open(files.report, { colorScheme: 'dark', width: 720 })
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  const seen = await page.evaluate(() => ({
    paper: getComputedStyle(document.body).backgroundColor,
    shown: [...document.querySelectorAll('.rail, button, .tip')].filter(
      (element) => getComputedStyle(element).display !== 'none',
    ).length,
    folded: document.querySelectorAll('details:not([open]):not(.long)').length,
  }))
  assert.equal(seen, { paper: 'rgb(255, 255, 255)', shown: 0, folded: 0 })
  await close()
})

test('report in Chromium without scripts: captions and tables say what charts would', async () => {
  if (context.browser === null) throw new Error('no browser')
  const own = await context.browser.newContext({ javaScriptEnabled: false })
  const page = await own.newPage()
  await page.goto(pathToFileURL(files.report).href)
  assert.match(
    await page.locator('#chart-distribution figcaption').innerText(),
    /Half of [\d,]+ reads/,
  )
  assert.match(await page.locator('noscript').innerText(), /captions and tables/i)
  await own.close()
})

test.run()
