/** Nodes of a local cluster, told what to do and asked by way of another. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SupervisedNode, Supervision } from '../../../net/door.js'
import type { Served } from './serve.js'
import { ask, putJson, serve } from './serve.js'

interface Local {
  readonly served: Served
  readonly acts: string[]
}

/** Three nodes, n1 with a supervisor; n9 is one that nobody answers for. */
async function local(): Promise<Local> {
  const served = await serve()
  const acts: string[] = []
  const nodes = (): Promise<SupervisedNode[]> =>
    Promise.resolve([
      ...served.urls.map((url, i) => ({ id: `n${String(i + 1)}`, state: 'ready' as const, url })),
      { id: 'n9', state: 'died' as const, url: 'http://127.0.0.1:1' },
    ])
  const supervision: Supervision = {
    nodes,
    act: (node, act) => {
      acts.push(`${act} ${node}`)
      return node === 'n9' ? Promise.reject(new Error('n9 runs already')) : nodes()
    },
    log: () => Promise.resolve({ source: 'file', lines: [] }),
  }
  Object.assign(served.fake.door('n1'), { supervision })
  return { served, acts }
}

const post = (url: string, type = 'application/json') =>
  ask(url, { method: 'POST', headers: { 'content-type': type }, body: '{}' })

test('supervision: an act is done, and what is wrong with it said', async () => {
  const { served, acts } = await local()
  const done = await post(`${served.url}/admin/nodes/n2/pause`)
  assert.is(done.status, 200)
  assert.is((done.json['nodes'] as unknown[]).length, 4)
  const wrong = await post(`${served.url}/admin/nodes/n9/start`)
  assert.equal([wrong.status, wrong.json['message']], [404, 'n9 runs already'])
  assert.is((await post(`${served.url}/admin/nodes/n2/burn`)).status, 400)
  assert.is((await post(`${served.url}/admin/nodes/n2/stop`, 'text/plain')).status, 400)
  assert.equal(acts, ['pause n2', 'start n9'])
  await served.close()
})

test('supervision: what ends the node that answers is done once the answer is out', async () => {
  const { served, acts } = await local()
  const answer = await post(`${served.url}/admin/nodes/n1/kill`)
  assert.is(answer.status, 202)
  for (let i = 0; i < 100 && acts.length === 0; i++) {
    await new Promise((done) => setTimeout(done, 5))
  }
  assert.equal(acts, ['kill n1'])
  await served.close()
})

test('relay: keys are written and read at the other node, letter for letter', async () => {
  const { served } = await local()
  const by = `${served.url}/admin/nodes/n2/at`
  const key = '/kv/a%2Fb%20%2e%2e'
  const stored = await putJson(`${by}${key}`, '{"value": 12345678901234567890}')
  assert.equal([stored.status, stored.json['node']], [201, 'n2'])
  const found = await ask(`${by}${key}?r=2`)
  assert.equal(
    [found.status, found.headers.get('content-type')],
    [200, 'application/json; charset=utf-8'],
  )
  assert.ok(found.text.startsWith('{"value":12345678901234567890,'), found.text)
  assert.is(found.text, (await ask(`${served.url}${key}`)).text)
  const explained = await ask(`${by}${key.replace('/kv/', '/explain/')}`)
  assert.is((explained.json['here'] as { node: string }).node, 'n2')
  const context = stored.json['context'] as string
  const deleted = await ask(`${by}${key}`, { method: 'DELETE', headers: { 'x-context': context } })
  assert.is(deleted.status, 200)
  assert.is((await ask(`${by}${key}`)).status, 404)
  await served.close()
})

test('relay: nothing but keys and views, of nodes that are there and answer', async () => {
  const { served } = await local()
  const by = (node: string, path: string) => ask(`${served.url}/admin/nodes/${node}/at${path}`)
  assert.is((await by('n2', '/stats')).json['node'], 'n2')
  for (const path of ['/admin/cluster', '/live', '/', '/statsx', '/admin/nodes/n3/at/stats']) {
    assert.is((await by('n2', path)).status, 404, path)
  }
  const gone = await by('n9', '/stats')
  assert.equal([gone.status, gone.json['error']], [502, 'unreachable'])
  assert.match(gone.json['message'] as string, /n9 does not answer/)
  assert.is((await by('n7', '/stats')).json['message'], 'no node n7 in this cluster')
  const form = await ask(`${served.url}/admin/nodes/n2/at/kv/a`, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain' },
    body: '{"value":1}',
  })
  assert.is(form.status, 415)
  await served.close()
})

test('relay: a node without a supervisor asks nobody on behalf of a client', async () => {
  const { served } = await local()
  const answer = await ask(`${served.urls[1] ?? ''}/admin/nodes/n1/at/stats`)
  assert.equal(
    [answer.status, answer.json['message']],
    [404, 'this node was not started by sim cluster'],
  )
  await served.close()
})

test.run()
