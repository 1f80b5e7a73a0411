/** Workloads that are written down by hand. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../core/index.js'
import { play, scenarioOf } from './stage.js'

const asked = (history: readonly HistoryEvent[]): readonly string[] =>
  history
    .filter(({ type }) => type === 'invoke')
    .map(({ session, f, key, node, time }) => [String(time / 1e6), session, f, key, node].join(' '))

test('script: each is asked at its time, of its node', () => {
  const { history } = play(
    scenarioOf(`
name: x
duration: 2s
workload:
  operations:
    - { at: 1s, client: c2, get: k9, node: n4 }
    - { at: 10ms, put: cart }
    - { at: 1200ms, client: c2, delete: k9 }
`),
  )
  assert.equal(asked(history), [
    '10 c1 write cart n1',
    '1000 c2 read k9 n4',
    '1200 c2 delete k9 n4',
  ])
})

test('script: a client waits for its answer, and carries what it read', () => {
  const { history } = play(
    scenarioOf(`
name: x
duration: 2s
network: { latency: 10ms }
workload: { operations: [{ put: k1 }, { get: k1 }, { put: k1 }] }
`),
  )
  const [write, written, read, found, again] = history
  assert.equal(
    [write, written, read, found, again].map((event) => event?.type),
    ['invoke', 'ok', 'invoke', 'ok', 'invoke'],
  )
  assert.is(read?.time, written?.time)
  assert.equal(again?.context, found?.vv)
})

test('script: clients that do not wait ask at their times', () => {
  const { history } = play(
    scenarioOf(`
name: x
duration: 2s
network: { latency: 10ms }
workload: { in_turn: false, operations: [{ at: 1s, put: k1 }, { at: 1001ms, put: k1 }] }
`),
  )
  assert.equal(asked(history), ['1000 c1 write k1 n1', '1001 c1 write k1 n1'])
  assert.is.not(history[1]?.process, history[0]?.process)
})

test('script: what is due after the end of the duration is not asked', () => {
  const { history } = play(
    scenarioOf(`
name: x
duration: 5ms
network: { latency: 10ms }
workload: { operations: [{ put: k1 }, { at: 1ms, put: k2 }] }
`),
  )
  assert.equal(asked(history), ['0 c1 write k1 n1'])
})

test('seeds: one concern drawn anew leaves the others as they were', () => {
  const text = 'name: x\nduration: 1s\nworkload: { clients: 2 }\n'
  const keysOf = (more: string): readonly string[] =>
    play(scenarioOf(text + more)).history.map(({ session, key }) => `${session ?? ''} ${key}`)
  const first = (keys: readonly string[]): readonly string[] =>
    keys.filter((one) => one.startsWith('c1 ')).slice(0, 40)
  assert.equal(first(keysOf('seeds: { network: 9 }')), first(keysOf('')))
  assert.not.equal(first(keysOf('seeds: { clients: 9 }')), first(keysOf('')))
})

test.run()
