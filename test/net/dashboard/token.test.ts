/** The dashboard of a local cluster whose clients need tokens. */
import { readFileSync, statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownCluster } from './own.js'
import type { Opened } from './page.js'
import { drawn, open } from './page.js'

const { cluster, fileOf } = ownCluster(test, ['--tokens'])

const tokenOf = (role: string): string => readFileSync(fileOf(`${role}.token`), 'utf8').trim()

async function enter(role: string): Promise<Opened> {
  const opened = await open(cluster().urls[0] as string)
  await opened.page.fill('input[type=password]', tokenOf(role))
  await opened.page.keyboard.press('Enter')
  await drawn(opened.page)
  return opened
}

const press = ({ page }: Opened, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

const heading = ({ page }: Opened, title: string): Promise<void> =>
  page.locator('.demo h3', { hasText: title }).waitFor()

async function becomes(id: string, wanted: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const node = (await cluster().status()).find((each) => each.id === id)
    if (node?.state === wanted) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`${id} does not become ${wanted}`)
}

test('token: a local cluster has one for each role, for the eyes of its owner', async () => {
  const [url] = cluster().urls
  assert.is((await fetch(`${url ?? ''}/kv/a`)).status, 401)
  for (const role of ['read', 'write', 'admin']) {
    const headers = { authorization: `Bearer ${tokenOf(role)}` }
    assert.is((await fetch(`${url ?? ''}/kv/a`, { headers })).status, 404)
    assert.is(statSync(fileOf(`${role}.token`)).mode & 0o77, 0)
    assert.not.ok(cluster().output.includes(tokenOf(role)))
    assert.match(cluster().output, `${role}.token`)
  }
})

test('token: with that of an admin a conflict is merged, across nodes', async () => {
  const opened = await enter('admin')
  await press(opened, 'Begin: A conflict merged')
  await heading(opened, 'One value')
  for (const [button, title] of [
    ['Next: write through n1 and n2 at once', 'Two writers'],
    ['Next: read what is there', 'Both are kept'],
    ['Next: merge them', 'Merged'],
    ['Next: look at every node', 'One value everywhere'],
  ] as const) {
    await press(opened, button)
    await heading(opened, title)
  }
  await opened.page.locator('.verdict', { hasText: 'Checked. One value' }).waitFor()
  await press(opened, 'Finish')
  await opened.page.getByText('A conflict merged: over.').waitFor()
  // Before the token was entered.
  const others = opened.complaints.filter((each) => !each.includes('401'))
  assert.equal(others, [])
  await opened.close()
})

test('token: a page that is left in the middle starts the node that it has killed', async () => {
  const opened = await enter('admin')
  await press(opened, 'Begin: A failure survived')
  await heading(opened, 'Writes go on')
  await press(opened, 'Next: kill n3')
  await heading(opened, 'n3 is killed')
  await becomes('n3', 'died')
  await opened.page.goto('about:blank')
  await becomes('n3', 'ready')
  await opened.close()
})

test('token: with a lesser one a demonstration says which it needs', async () => {
  for (const role of ['read', 'write']) {
    const opened = await enter(role)
    await press(opened, 'Begin: A failure survived')
    await opened.page.getByRole('alert').getByText('a token of role admin is needed').waitFor()
    assert.equal(
      (await cluster().status()).map(({ state }) => state),
      Array(3).fill('ready'),
    )
    await opened.close()
  }
})

test.run()
