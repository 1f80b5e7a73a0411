/** The dashboard of a local cluster, three real processes: its buttons stop and start them. */
import type { Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox } from '../../sim/cli/command.js'
import { Cluster } from '../cluster.js'
import { axeProblems, closeBrowser, drawn, open, picture } from './page.js'

const sandbox = new Sandbox()
const context: { cluster: Cluster | null } = { cluster: null }

const cluster = (): Cluster => {
  if (context.cluster === null) throw new Error('no cluster')
  return context.cluster
}

test.before(async () => {
  context.cluster = await Cluster.start(sandbox.path('cluster'))
})

test.after(async () => {
  await closeBrowser()
  await context.cluster?.interrupt()
})

const is = (page: Page, node: string, state: string): Promise<void> =>
  page.locator('.processes li', { hasText: node }).locator('.pill', { hasText: state }).waitFor()

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

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
  assert.equal(await states(), ['ready', 'paused', 'ready'])
  await press(page, 'Resume n2')
  await is(page, 'n2', 'ready')
  await press(page, 'Kill n3')
  await dialog.getByRole('button', { name: 'Kill n3' }).click()
  await is(page, 'n3', 'died')
  assert.equal(await states(), ['ready', 'ready', 'died'])
  await picture(page, 'died')
  await press(page, 'Start n3')
  await is(page, 'n3', 'ready')
  assert.equal(await states(), ['ready', 'ready', 'ready'])
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
