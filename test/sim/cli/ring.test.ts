import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox } from './command.js'

const sandbox = new Sandbox()
test.after(() => sandbox.remove())

const file = sandbox.write(
  'six.yaml',
  `
name: six
cluster: { nodes: 6, zones: [a, b, c], partitions: 32, replication: { n: 3, r: 2, w: 2 } }
workload: { clients: 1 }
`,
)

test('a plan is followed step by step, printed, and written with all its moves', async () => {
  const { code, stdout, stderr } = await sandbox.run(
    ...['ring', file, 'join=n7', 'leave=n1', '--keys', '1000', '--out', 'plan'],
  )
  assert.is(code, 0, stderr)
  assert.ok(stdout.includes('join=n7') && stdout.includes('After leave=n1'))
  const rows = readFileSync(sandbox.path('plan', 'ring.csv'), 'utf8').trim().split('\n')
  // 6, 7 and 6 nodes, and the head.
  assert.is(rows.length, 1 + 6 + 7 + 6)
  const moves = readFileSync(sandbox.path('plan', 'moves.csv'), 'utf8').trim().split('\n').slice(1)
  // Due are a seventh of 96 replicas; its zone's other nodes keep two of them.
  assert.is(moves.filter((line) => line.startsWith('join=n7,')).length, 11)
  assert.ok(
    moves.filter((line) => line.startsWith('leave=n1,')).every((line) => line.includes(',n1,')),
  )
  assert.ok(sandbox.bytes('plan', 'ring.html') > 10_000)
})

test('one JSON object says the same; the newcomer goes where there is least', async () => {
  const { code, stdout } = await sandbox.run('ring', file, 'join=n7', '--keys', '10', '--json')
  assert.is(code, 0)
  const { steps } = JSON.parse(stdout) as {
    steps: { movedReplicas: number; shares: { node: string; zone: string }[] }[]
  }
  assert.equal(
    steps.map(({ movedReplicas }) => movedReplicas),
    [0, 11],
  )
  assert.is(steps[1]?.shares.find(({ node }) => node === 'n7')?.zone, 'a')
})

test('a wish that makes no sense is refused in one line, and nothing is written', async () => {
  const wishes = [
    ['leave=n9', 'n9 is not a member'],
    ['jion=n7', 'a step is join=NODE[:ZONE[:WEIGHT]] or leave=NODE'],
    ['join=n7:a:heavy', 'a weight is a number from 0 to 1000'],
    ['join=c1', 'c1 is the name of a client'],
    [`join=${'n'.repeat(65)}`, 'a name has at most 64 letters'],
    ['join=n7:a.b', 'a name has at most 64 letters'],
  ]
  for (const [wish = '', reason = ''] of wishes) {
    const { code, stdout, stderr } = await sandbox.run('ring', file, wish, '--out', 'never')
    assert.is(code, 3, wish)
    assert.is(stdout, '')
    assert.ok(stderr.includes(reason) && stderr.includes(wish), stderr)
    assert.is(stderr.trim().split('\n').length, 1)
  }
  const few = await sandbox.run('ring', file, '--keys', '-3')
  assert.is(few.code, 3)
  assert.is(sandbox.bytes('never'), 0)
})

test.run()
