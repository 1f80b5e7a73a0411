/** Slow and failed parts of operations are told with the id that all nodes share. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, Outcome } from '../../core/index.js'
import { nodeId } from '../../core/index.js'
import { Parts } from '../../net/parts.js'
import { ask, getOf, LiveCluster, putOf, until } from './live.js'

interface Line {
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

function scene() {
  const lines: Line[] = []
  const parts = new Parts(1_000, (_, event, fields) => lines.push({ event, fields }))
  return { lines, parts }
}

const header = { clusterId: 'c', incarnation: 1, ringEpoch: 1 }
const [from, to] = [nodeId('a'), nodeId('b')]

const forward = (request: number): Message => {
  const operation = { ...getOf('k', 'op'), request }
  const asking = { request, opId: `op${String(request)}`, budgetMicros: 9 }
  return { kind: 'forward', ...header, from, ...asking, expects: 1, operation }
}

const end = (request: number, outcome: Outcome): Message => ({
  kind: 'forward_ok',
  ...header,
  from: to,
  request,
  asked: 1,
  outcome,
})

const failed: Outcome = { kind: 'unknown', code: 'timeout', need: 2, got: 1, dot: null }
const refused: Outcome = { kind: 'rejected', code: 'overloaded', need: 0, got: 0 }

test('parts: a forward is told of when it was slow or has failed, once', () => {
  const { lines, parts } = scene()
  for (const request of [1, 2, 3]) parts.partOf(forward(request), 0)
  parts.sent(from, end(1, failed), 500)
  parts.sent(from, end(1, failed), 500)
  parts.sent(from, end(2, refused), 999)
  parts.sent(to, end(3, failed), 500)
  assert.equal(
    lines.map(({ event, fields }) => [event, fields['operation_id'], fields['code']]),
    [
      ['failed_part', 'op1', 'timeout'],
      ['failed_part', 'op2', 'overloaded'],
    ],
  )
})

test('parts: what an owner stores late is told of', () => {
  const { lines, parts } = scene()
  const part = parts.partOf(forward(7), 0)
  if (part === null) throw new Error('it is a part')
  parts.stored(part, 999)
  assert.is(lines.length, 0)
  parts.stored(part, 1_260)
  assert.equal(lines, [
    { event: 'slow_part', fields: { operation_id: 'op7', part: 'forward', from, millis: 1.3 } },
  ])
})

test('parts: on live nodes an owner with a slow disk says which operation waited', async () => {
  const change = (
    config: Parameters<NonNullable<Parameters<typeof LiveCluster.create>[0]['change']>>[0],
  ) => ({
    ...config,
    slowMicros: 1,
  })
  const cluster = await LiveCluster.create({ nodes: 3, change })
  const [one] = await cluster.startAll()
  if (one === undefined) throw new Error('three nodes')
  assert.is((await ask(one, putOf('k', 'v', 'an-operation'))).kind, 'ok')
  await until('another node tells of it', () =>
    cluster.lines.some((line) => line.includes('"slow_part"') && line.includes('an-operation')),
  )
  await cluster.stopAll()
})

test.run()
