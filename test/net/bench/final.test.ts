/** What the owners hold in the end is asked of each of them alone, and told as it is. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FinalWish } from '../../../net/bench/final.js'
import { readFinals } from '../../../net/bench/final.js'
import { Site } from '../../../net/bench/site.js'
import { putJson, serve } from '../api/serve.js'

const wish: FinalWish = {
  ...{ bucket: 'default', prefix: 'k', settleMillis: 300 },
  stopped: () => false,
}

test('finals: every owner tells its values, dots and vector, of the keys asked for', async () => {
  const served = await serve()
  await putJson(`${served.url}/kv/k1`, { value: 'w1.1~~~' })
  await putJson(`${served.urls[1] as string}/kv/k1`, { value: 'w2.1~~~' })
  await putJson(`${served.url}/kv/other`, { value: 1 })
  const site = new Site(served.urls, null)
  const found = await readFinals(site, wish)
  if (found.kind === 'unread') throw new Error(found.why)
  assert.equal([found.keys, found.divergent, found.finals.length], [1, 0, 3])
  for (const { key, value, dots, vv } of found.finals) {
    assert.equal([key, value, dots], ['k1', ['w1.1', 'w2.1'], ['n1:0#1', 'n2:0#1']])
    assert.equal(vv, { 'n1:0': 1, 'n2:0': 1 })
  }
  await site.close()
  await served.close()
})

test('finals: owners that differ to the end are told so, and a lacking one holds nothing', async () => {
  const served = await serve()
  served.fake.cluster.isolate('n3')
  await putJson(`${served.url}/kv/k1`, { value: 'w1.1' })
  const site = new Site(served.urls, null)
  const found = await readFinals(site, wish)
  if (found.kind === 'unread') throw new Error(found.why)
  assert.equal([found.keys, found.divergent], [1, 1])
  assert.ok(found.tookMillis >= 300)
  const lacking = found.finals.find(({ node }) => node === 'n3')
  assert.equal(lacking, { node: 'n3', key: 'k1', value: null, dots: [], vv: {} })
  await site.close()
  await served.close()
})

test('finals: without an owner nothing is told', async () => {
  const served = await serve()
  await putJson(`${served.url}/kv/k1`, { value: 'w1.1' })
  await served.apis[2]?.close(0)
  const site = new Site(served.urls, null)
  const found = await readFinals(site, wish)
  assert.match(found.kind === 'unread' ? found.why : '', /ECONNREFUSED/)
  await site.close()
  await served.close()
})

test.run()
