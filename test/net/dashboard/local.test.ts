/** The dashboard of a local cluster, three real processes: its buttons stop and start them. */
import type { Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownCluster } from './own.js'
import { axeProblems, drawn, open, picture } from './page.js'

const { cluster } = ownCluster(test)

const is = (page: Page, node: string, state: string): Promise<void> =>
  page.locator('.processes li', { hasText: node }).locator('.pill', { hasText: state }).waitFor()

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** What has the keyboard. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement } = document
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim() ?? ''
  })

const states = async (): Promise<readonly string[]> =>
  (await cluster().status()).map(({ state }) => state)

test('local: a node is paused, resumed, killed and started from the page of another', async () => {
  const { page, complaints, foreign, close } = await open(cluster().urls[0] as string)
  await drawn(page)
  await press(page, 'Pause n2')
  await is(page, 'n2', 'paused')
  assert.equal(await states(), ['ready', 'paused', 'ready'])
  await press(page, 'Kill n3')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('only n1 is left').waitFor()
  assert.equal(await axeProblems(page), [])
  await picture(page, 'kill')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.is(await focused(page), 'Kill n3')
  assert.equal(await states(), ['ready', 'paused', 'ready'])
  await press(page, 'Resume n2')
  await is(page, 'n2', 'ready')
  await press(page, 'Kill n3')
  await dialog.getByRole('button', { name: 'Kill n3' }).click()
  await is(page, 'n3', 'died')
  assert.equal(await states(), ['ready', 'ready', 'died'])
  await page.selectOption('select[name=log-node]', 'n3')
  await page.locator('.log li', { hasText: 'node_ready incarnation=1' }).waitFor()
  await page.getByText('From the log file of n3').waitFor()
  await picture(page, 'died')
  await press(page, 'Start n3')
  await is(page, 'n3', 'ready')
  await page.locator('.log li', { hasText: 'node_ready incarnation=2' }).waitFor()
  assert.equal(await states(), ['ready', 'ready', 'ready'])
  assert.equal(complaints, [])
  assert.equal(foreign, [])
  await close()
})

/** The demonstration waits for a person: what it was doing is done. */
const waits = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => document.querySelector('.busy')?.textContent === '')

async function step(page: Page, button: string, title: string): Promise<void> {
  await press(page, button)
  await page.locator('.demo h3', { hasText: title }).waitFor()
  await waits(page)
}

/** Number of the fact that begins with this name. */
async function fact(page: Page, name: string): Promise<number> {
  const shown = await page.locator('.facts div', { hasText: name }).locator('dd').innerText()
  return Number(shown.replaceAll(',', '').split(' ')[0])
}

const factAbove = (page: Page, name: string, least: number): Promise<unknown> =>
  page.waitForFunction(
    ([wanted, count]) =>
      [...document.querySelectorAll('.facts div')].some(
        (each) =>
          each.querySelector('dt')?.textContent === wanted &&
          Number(each.querySelector('dd')?.textContent) > Number(count),
      ),
    [name, least] as const,
  )

/** Somebody else deletes a key that was promised. */
async function deleteOne(): Promise<string> {
  const url = cluster().urls[1] as string
  const { keys } = (await (await fetch(`${url}/buckets/default/keys?prefix=demo-`)).json()) as {
    keys: { key: string; url: string }[]
  }
  const [first] = keys
  if (first === undefined) throw new Error('no key of the demonstration')
  const read = (await (await fetch(`${url}${first.url}`)).json()) as { context: string }
  const headers = { 'x-context': read.context }
  assert.is((await fetch(`${url}${first.url}`, { method: 'DELETE', headers })).status, 200)
  return first.key
}

test('local: a failure is survived, and the check finds what is lost if something is', async () => {
  const { page, complaints, close } = await open(cluster().urls[0] as string)
  await drawn(page)
  await step(page, 'Begin: A failure survived', 'Writes go on')
  await factAbove(page, 'acknowledged', 2)
  await step(page, 'Next: kill n3', 'n3 is killed')
  assert.equal(await states(), ['ready', 'ready', 'died'])
  assert.equal(await axeProblems(page), [])
  await step(page, 'Next: where its writes go', 'Hints pile up')
  await factAbove(page, 'hints for n3', 2)
  await picture(page, 'failure')
  await step(page, 'Next: start n3 again', 'n3 returns')
  assert.equal(await states(), ['ready', 'ready', 'ready'])
  await step(page, 'Next: stop writing, and check', 'Nothing is lost')
  const all = await fact(page, 'acknowledged')
  assert.ok(all > 5)
  const verdict = page.locator('.verdict')
  assert.match(await verdict.innerText(), new RegExp(`^Checked. All ${String(all)} acknowledged`))
  assert.is(await fact(page, 'hints for n3'), 0)
  assert.is(await fact(page, 'read back'), all)
  assert.equal(complaints, [])
  await step(page, 'Back: write on', 'n3 returns')
  const gone = await deleteOne()
  await step(page, 'Next: stop writing, and check', 'Nothing is lost')
  assert.match(
    await verdict.innerText(),
    new RegExp(`1 acknowledged .* not read .*${gone} is gone`),
  )
  await press(page, 'Finish')
  await page.getByText('A failure survived: over.').waitFor()
  await close()
})

test('local: a demonstration that is stopped half-way leaves all nodes up, and no key', async () => {
  const { page, complaints, close } = await open(cluster().urls[0] as string)
  await drawn(page)
  await step(page, 'Begin: A failure survived', 'Writes go on')
  await factAbove(page, 'acknowledged', 0)
  const body = '{"error":"overloaded","message":"not now"}'
  await page.route('**/n3/kill', (route) => route.fulfill({ status: 201, body }))
  await press(page, 'Next: kill n3')
  await page.getByRole('alert').getByText('n3: overloaded: not now').waitFor()
  assert.equal(await axeProblems(page), [])
  await page.unroute('**/n3/kill')
  await press(page, 'Try again')
  // While the kill is under way.
  await press(page, 'Stop')
  await page.getByText('A failure survived: over.').waitFor()
  assert.equal(await states(), ['ready', 'ready', 'ready'])
  const listed = await fetch(`${cluster().urls[2] as string}/buckets/default/keys?prefix=demo-`)
  const { keys } = (await listed.json()) as { keys: { deleted: boolean }[] }
  assert.ok(keys.length > 0)
  assert.ok(keys.every(({ deleted }) => deleted))
  assert.equal(complaints, [])
  await close()
})

test('local: a conflict is shown as siblings, and merged into one value on all nodes', async () => {
  const { page, complaints, foreign, close } = await open(cluster().urls[0] as string)
  await drawn(page)
  const rows = async (): Promise<readonly string[]> =>
    (await page.locator('.demo tbody td:nth-child(2)').allInnerTexts()).sort()
  await step(page, 'Begin: A conflict merged', 'One value')
  assert.equal(await rows(), ['["milk"]', '["milk"]'])
  await step(page, 'Next: write through n1 and n2 at once', 'Two writers')
  assert.is(await focused(page), 'Two writers')
  for (let i = 0; i < 5 && !(await focused(page)).startsWith('Next'); i++) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.locator('.demo h3', { hasText: 'Both are kept' }).waitFor()
  await waits(page)
  assert.equal(await rows(), ['["milk","bread"]', '["milk","eggs"]'])
  await picture(page, 'conflict')
  await step(page, 'Next: merge them', 'Merged')
  await step(page, 'Look back', 'Both are kept')
  await step(page, 'Next', 'Merged')
  await step(page, 'Next: look at every node', 'One value everywhere')
  assert.equal(await rows(), Array(3).fill('["milk","bread","eggs"]'))
  assert.match(await page.locator('.verdict').innerText(), /^Checked. One value/)
  assert.equal(await axeProblems(page), [])
  await press(page, 'Finish')
  await page.getByText('A conflict merged: over.').waitFor()
  assert.is(await focused(page), 'See it happen')
  assert.equal(complaints, [])
  assert.equal(foreign, [])
  await close()
})

test('local: a node is restarted from its own page, which finds it again', async () => {
  const { page, complaints, close } = await open(cluster().urls[1] as string)
  await drawn(page)
  await press(page, 'Restart n2')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It comes back by itself').waitFor()
  await dialog.getByRole('button', { name: 'Restart n2' }).click()
  await page.locator('header dd', { hasText: /^2$/ }).waitFor()
  await is(page, 'n2', 'ready')
  const others = complaints.filter((each) => !each.includes('ERR_CONNECTION_REFUSED'))
  assert.equal(others, [])
  await close()
})

test.run()
