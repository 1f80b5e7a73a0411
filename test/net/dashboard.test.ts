/** The dashboard in Chromium, in front of real nodes: what it draws, does, and says of trouble. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultApiLimits, defaultApiOptions } from '../../net/api/options.js'
import { startApi } from '../../net/api/server.js'
import type { Served } from './api/serve.js'
import { ask, putJson, serve } from './api/serve.js'
import { axeProblems, closeBrowser, drawn, open, picture, said } from './dashboard/page.js'

let served: Served
test.before(async () => {
  served = await serve({ cluster: { nodes: 3, replication: { n: 3 } } })
  for (let i = 0; i < 30; i++) await putJson(`${served.url}/kv/k${String(i)}`, { value: i })
  await putJson(`${served.url}/kv/fork`, { value: 'left' })
  await putJson(`${served.url}/kv/fork`, { value: 'right' })
})

test.after(async () => {
  await closeBrowser()
  await served.close()
})

test('dashboard: it draws the ring, members, charts, hints, anti-entropy and the log', async () => {
  const { page, complaints, foreign, close } = await open(served.url)
  await drawn(page)
  const paths = await page.locator('.ring path').count()
  assert.is(paths, 9, 'three tracks of three owners')
  assert.is(await page.locator('[aria-labelledby=members-title] tbody tr').count(), 3)
  assert.is(await page.locator('.log li', { hasText: 'api_listening' }).count(), 1)
  assert.is(await page.locator('h1').innerText(), 'n1')
  const link = page.locator('[aria-labelledby=members-title] tbody a', { hasText: 'n2' })
  assert.is(await link.getAttribute('href'), `${served.urls[1] ?? ''}/`)
  const writes = page.locator('.chart path.write').first()
  await page.waitForFunction(
    () => document.querySelector('.chart path.write')?.getAttribute('d')?.includes('L') === true,
  )
  assert.match((await writes.getAttribute('d')) ?? '', /^M[\d. ]+/)
  assert.equal(complaints, [])
  assert.equal(foreign, [])
  await close()
})

test('dashboard: the page allows no script but its own, no frame, no other server', async () => {
  const answer = await ask(`${served.url}/`)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.is(answer.status, 200)
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(rule), policy)
  }
  assert.not.match(policy, /unsafe|https?:/)
  assert.not.match(answer.text, /<script(?![^>]*src=)|style=|onclick/i)
})

test('dashboard: put, get and delete, and what is read is what others read', async () => {
  const { page, complaints, close } = await open(served.url)
  await drawn(page)
  await page.fill('input[name=key]', 'a cart/ü')
  await page.fill('textarea[name=value]', 'milk')
  await page.click('text="Put"')
  await said(page, 'not JSON')
  await page.fill('textarea[name=value]', '{"milk":[1,2]}')
  await page.click('text="Put"')
  await said(page, 'Stored.')
  const url = `${served.urls[1] ?? ''}/kv/${encodeURIComponent('a cart/ü')}`
  assert.equal((await ask(url)).json['value'], { milk: [1, 2] })
  await page.locator('.needle').waitFor({ state: 'attached' })
  await page.fill('textarea[name=value]', '{"digits":12345678901234567890,"exact":1.0}')
  await page.click('text="Put"')
  await page.locator('.found pre', { hasText: '12345678901234567890,"exact":1.0' }).waitFor()
  await page.fill('textarea[name=value]', '"bread"')
  await page.click('text="Put"')
  await page.locator('.found pre', { hasText: 'bread' }).waitFor()
  assert.is((await ask(url)).json['value'], 'bread', 'it replaced what it had seen')
  assert.equal(complaints, [])
  await page.click('text="Delete"')
  await said(page, 'Nothing is stored')
  assert.is((await ask(url)).status, 404)
  await close()
})

test('dashboard: keys are listed by pages, and siblings shown and merged', async () => {
  const { page, complaints, close } = await open(served.url)
  await drawn(page)
  const first = page.locator('.browse li').first()
  await first.waitFor()
  const before = await first.innerText()
  await page.click('text="More"')
  await page.waitForFunction(
    (old) => document.querySelector<HTMLElement>('.browse li')?.innerText !== old,
    before,
  )
  await page.locator('.browse input').fill('fork')
  await page.locator('.browse li', { hasText: '2 siblings' }).locator('button').click()
  await said(page, '2 siblings')
  const values = await page.locator('.found pre').allInnerTexts()
  assert.equal(values.sort(), ['"left"', '"right"'])
  await picture(page, 'siblings')
  assert.equal(await axeProblems(page), [])
  await page.locator('.found li').first().locator('button').click()
  await page.click('text="Put"')
  await said(page, 'One value.')
  assert.is((await ask(`${served.url}/kv/fork`)).status, 200)
  assert.equal(complaints, [])
  await close()
})

test('dashboard: anti-entropy is begun by its button', async () => {
  const { page, close } = await open(served.url)
  await drawn(page)
  const before = served.fake.door('n1').inspect().sync?.exchanges ?? 0
  await page.locator('text="Compare now"').focus()
  await page.keyboard.press('Enter')
  await page.locator('[role=status]', { hasText: 'Begun' }).waitFor()
  assert.ok((served.fake.door('n1').inspect().sync?.exchanges ?? 0) > before)
  await close()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`dashboard: nothing for axe to say, ${colorScheme}; a phone shows all of it`, async () => {
    const wide = await open(served.url, { colorScheme })
    await drawn(wide.page)
    assert.equal(await axeProblems(wide.page), [])
    await picture(wide.page, colorScheme)
    await wide.close()
    const narrow = await open(served.url, { colorScheme, viewport: { width: 360, height: 800 } })
    await drawn(narrow.page)
    const sideways = await narrow.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    assert.is(sideways, 0)
    await picture(narrow.page, `${colorScheme}-narrow`)
    await narrow.close()
  })
}

test('dashboard: a peer that is gone is named, with the hints kept for it', async () => {
  served.fake.crash('n3')
  await putJson(`${served.url}/kv/while-away`, { value: 1 })
  const { page, close } = await open(served.url)
  await page.locator('.notice.warn', { hasText: 'n3' }).waitFor()
  await page.locator('[aria-labelledby=hints-title] tbody tr', { hasText: 'n3' }).waitFor()
  assert.ok((await page.locator('.ring path.absent').count()) > 0)
  await page.selectOption('select[name=log-node]', 'n2')
  await page.locator('.log li', { hasText: `url=${served.urls[1] ?? ''}` }).waitFor()
  await page.selectOption('select[name=log-node]', 'n3')
  await page.locator('#log-title', { hasText: 'n3' }).waitFor()
  await page.locator('.wrong', { hasText: 'ECONNREFUSED' }).waitFor()
  assert.is(await page.locator('.log li').count(), 0)
  assert.equal(await axeProblems(page), [])
  await picture(page, 'peer-gone')
  await close()
})

test('dashboard: keys of blanks are seen and can be chosen; very many siblings stay in a frame', async () => {
  const bucket = `${served.url}/kv`
  await putJson(`${bucket}/%20%09`, { value: 'blank' })
  for (let i = 0; i < 60; i++) await putJson(`${bucket}/%20many`, { value: i })
  const { page, complaints, close } = await open(served.url)
  await drawn(page)
  await page.locator('.browse button', { hasText: '·\\t' }).click()
  await said(page, 'One value.')
  assert.is(await page.locator('.found h3 code').innerText(), '·\\t')
  assert.is(await page.locator('.found pre').innerText(), '"blank"')
  await page.locator('.browse button', { hasText: '·many' }).click()
  await said(page, '60 siblings')
  const box = await page.locator('.found ol').boundingBox()
  assert.ok((box?.height ?? 0) < 700, String(box?.height))
  assert.equal(await axeProblems(page), [])
  assert.equal(complaints, [])
  await picture(page, 'blank-keys')
  await close()
  for (const key of ['%20%09', '%20many']) await ask(`${bucket}/${key}`, { method: 'DELETE' })
})

test('dashboard: a node that is gone is said to be, and found again', async () => {
  const door = served.fake.door('n2')
  const options = { ...defaultApiOptions, limits: defaultApiLimits }
  const api = await startApi(door, options, door.write)
  const { page, close } = await open(api.url)
  await drawn(page)
  const { port, url } = api
  await api.close(0)
  await page.locator('[role=alert]', { hasText: 'cannot be reached' }).waitFor()
  assert.is(await page.locator('header .pill').innerText(), 'no answer')
  assert.ok(await page.locator('text="Compare now"').isDisabled())
  assert.ok((await page.locator('[role=alert] a').count()) > 0, 'others are named')
  assert.equal(await axeProblems(page), [])
  await picture(page, 'node-gone')
  const again = await startApi(door, { ...options, port }, door.write)
  assert.is(again.url, url)
  await page.locator('header .pill', { hasText: 'ready' }).waitFor()
  assert.is(await page.locator('[role=alert] p').count(), 0)
  await close()
  await again.close(0)
})

test('dashboard: a node with tokens asks for one, and takes it', async () => {
  const door = served.fake.door('n1')
  const secret = 'a-secret-of-the-tests-0123456789'
  const tokens = [{ name: 'test', role: 'admin' as const, secret }]
  const api = await startApi(door, { ...defaultApiOptions, tokens }, door.write)
  const { page, close } = await open(api.url)
  await page.locator('.token').waitFor()
  assert.is(await page.locator('.ring path').count(), 0)
  assert.equal(await axeProblems(page), [])
  await page.fill('input[type=password]', secret)
  await page.keyboard.press('Enter')
  await drawn(page)
  assert.is(await page.locator('.token').count(), 0)
  await close()
  await api.close(0)
})

test.run()
