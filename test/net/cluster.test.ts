import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox } from '../sim/cli/command.js'
import { Cluster } from './cluster.js'
import { until } from './live.js'

const sandbox = new Sandbox()

async function put(url: string, key: string, value: unknown): Promise<number> {
  const answer = await fetch(`${url}/kv/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  })
  await answer.arrayBuffer()
  return answer.status
}

async function get(url: string, key: string): Promise<unknown> {
  const answer = await fetch(`${url}/kv/${key}`)
  const body = (await answer.json()) as { value?: unknown }
  return answer.status === 200 ? body.value : answer.status
}

/** Through the public API of a node: the status, and how the nodes are now. */
async function admin(url: string, wish: string): Promise<unknown> {
  const answer = await fetch(`${url}/admin/nodes/${wish}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const { nodes } = (await answer.json()) as { nodes?: { state: string }[] }
  return [answer.status, nodes?.map(({ state }) => state)]
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const folder = sandbox.path('cluster')

test('cluster: three processes store a key, lose one by kill -9, and nothing else', async () => {
  const cluster = await Cluster.start(folder)
  const [one, two, three] = cluster.urls as [string, string, string]
  assert.is(await put(one, 'a', 1), 201)
  for (const url of cluster.urls) assert.is(await get(url, 'a'), 1)
  const pids = (await cluster.status()).map(({ pid }) => pid as number)
  process.kill(pids[2] as number, 'SIGKILL')
  await until('its death is reported', () => cluster.output.includes('n3 has died (SIGKILL)'))
  for (let n = 0; n < 20; n++)
    assert.is(await put(n % 2 === 0 ? one : two, `k${String(n)}`, n), 201)
  assert.is((await cluster.control('/nodes/n3/start')).status, 200)
  for (let n = 0; n < 20; n++) assert.is(await get(three, `k${String(n)}`), n)
  assert.is(await get(three, 'a'), 1)
  const now = await cluster.status()
  assert.is(await cluster.interrupt(), 0)
  assert.match(cluster.output, /stopping\nstopped\n$/)
  for (const { pid } of now) assert.not.ok(isAlive(pid as number))
})

test('cluster: the same folder is the same cluster again', async () => {
  const cluster = await Cluster.start(folder)
  for (const url of cluster.urls) assert.is(await get(url, 'a'), 1)
  const answer = await fetch(`${cluster.urls[0] as string}/admin/cluster`)
  const { members } = (await answer.json()) as { members: { incarnation: number }[] }
  assert.ok(
    members.every(({ incarnation }) => incarnation >= 2),
    JSON.stringify(members),
  )
  for (const id of ['n1', 'n2', 'n3']) {
    const log = readFileSync(`${folder}/${id}.log`, 'utf8')
    assert.match(log, /"event":"node_stopped"/)
    assert.not.match(log, readFileSync(`${folder}/secret`, 'utf8').trim())
  }
  assert.is(await cluster.interrupt(), 0)
})

test('cluster: nodes are paused, stopped and started on demand, by who knows the token', async () => {
  const cluster = await Cluster.start(sandbox.path('control'))
  const [one] = cluster.urls as [string]
  assert.is((await cluster.control('/nodes/n2/pause', 'POST', 'a guess')).status, 401)
  assert.is((await cluster.control('/nodes/n2/pause')).status, 200)
  assert.is((await cluster.status())[1]?.state, 'paused')
  assert.is(await put(one, 'while-paused', true), 201)
  assert.is((await cluster.control('/nodes/n2/resume')).status, 200)
  assert.is((await cluster.control('/nodes/n2/resume')).status, 409)
  assert.is((await cluster.control('/nodes/n2/stop')).status, 200)
  assert.is((await cluster.status())[1]?.state, 'stopped')
  const known = async (): Promise<string> => {
    const answer = await fetch(`${one}/admin/cluster`)
    const { members } = (await answer.json()) as { members: { id: string; state: string }[] }
    return members.find(({ id }) => id === 'n2')?.state ?? ''
  }
  assert.is(await known(), 'left')
  assert.is((await cluster.control('/nodes/n2/restart')).status, 200)
  assert.is((await cluster.status())[1]?.state, 'ready')
  assert.is(await get(cluster.urls[1] as string, 'while-paused'), true)
  assert.is((await cluster.control('/nodes/n9/stop')).status, 409)
  assert.equal(await admin(one, 'n2/pause'), [200, ['ready', 'paused', 'ready']])
  assert.equal(await admin(one, 'n2/resume'), [200, ['ready', 'ready', 'ready']])
  assert.equal(await admin(one, 'n2/resume'), [404, undefined])
  assert.is((await cluster.control('/nodes/n1/burn')).status, 409)
  assert.is(await cluster.interrupt(), 0)
})

test('cluster: nodes whose supervisor is gone stop by themselves', async () => {
  const cluster = await Cluster.start(sandbox.path('orphans'), 1)
  const pid = (await cluster.status())[0]?.pid as number
  await cluster.kill()
  await until('the node has stopped', () => !isAlive(pid))
  const log = readFileSync(`${sandbox.path('orphans')}/n1.log`, 'utf8')
  assert.match(log, /"event":"node_stopped"/)
})

test('cluster: a folder of another size, or in use, is refused with exit code 3', async () => {
  const cluster = await Cluster.start(sandbox.path('one'), 1)
  const other = await sandbox.run('cluster', '--nodes', '2', '--data', sandbox.path('one'))
  assert.is(other.code, 3)
  assert.match(other.stderr, /holds a cluster of 1 nodes/)
  const config = sandbox.write(
    'same.yaml',
    `id: n1\nlisten: 127.0.0.1:19999\ndata: ${sandbox.path('one')}/n1\n`,
  )
  const twice = await sandbox.run('node', '--config', config)
  assert.is(twice.code, 3, twice.stderr)
  assert.match(twice.stderr, /in use by process \d+/)
  assert.is(await cluster.interrupt(), 0)
  writeFileSync(config, readFileSync(config, 'utf8').replace('id: n1', 'id: n2'))
  const foreign = await sandbox.run('node', '--config', config)
  assert.is(foreign.code, 3, foreign.stderr)
  assert.match(foreign.stderr, /belongs to node n1, not to n2/)
  assert.ok(existsSync(`${sandbox.path('one')}/n1`))
})

test('cluster: a node refuses what it cannot take, with every problem and exit code 3', async () => {
  const bad = sandbox.write('bad.yaml', 'id: 9\nlisten: 0.0.0.0:5000\n')
  const { code, stderr } = await sandbox.run('node', '--config', bad)
  assert.is(code, 3)
  assert.match(stderr, /bad\.yaml:1:5: expected a name/)
  assert.match(stderr, /bad\.yaml:2:9: 0\.0\.0\.0:5000 can be reached from elsewhere/)
  assert.not.match(stderr, /\n\s+at /)
  const none = await sandbox.run('node', '--config', 'nowhere.yaml')
  assert.is(none.code, 3)
  assert.match(none.stderr, /nowhere\.yaml: no such file/)
})

test.run()
