/**
 * One random stream per concern: a draw more in one place shifts no other. And what clients count
 * latency from.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../core/index.js'
import type { MessageLine } from './stage.js'
import { play, scenarioOf } from './stage.js'

const base = {
  name: 'streams',
  duration: '2s',
  settle: '3s',
  cluster: { nodes: 3, partitions: 8, replication: { n: 3, r: 2, w: 2 } },
  network: { latency: { exponential: { min: '0.2ms', mean: '1ms' } } },
  workload: { clients: 3, think: '10ms', keys: { count: 8 }, mix: { get: '50%', put: '50%' } },
}
const watches = Array.from({ length: 8 }, (_, i) => {
  return { key: `k${String(i + 1)}`, fromMicros: 0, toMicros: 9e9 }
})

/** What a client asks, in order: the kind of operation and its key. */
const askedBy = (history: readonly HistoryEvent[], session: string): readonly string[] =>
  history
    .filter((event) => event.type === 'invoke' && event.session === session)
    .map(({ f, key }) => `${f} ${key}`)

/** Both as far as the shorter one goes, which must be far enough to mean something. */
function sameStart(one: readonly unknown[], two: readonly unknown[], least: number): void {
  const length = Math.min(one.length, two.length)
  assert.ok(length >= least, `only ${String(length)} to compare`)
  assert.equal(two.slice(0, length), one.slice(0, length))
}

test('streams: another think time leaves each client its keys and operations, in order', () => {
  const one = play(scenarioOf(base)).history
  const workload = { ...base.workload, think: { uniform: { min: '1ms', max: '7ms' } } }
  const two = play(scenarioOf({ ...base, workload })).history
  for (const client of ['c1', 'c2', 'c3']) sameStart(askedBy(one, client), askedBy(two, client), 50)
})

test('streams: one more client leaves the others their keys and operations', () => {
  const one = play(scenarioOf(base)).history
  const two = play(scenarioOf({ ...base, workload: { ...base.workload, clients: 4 } })).history
  for (const client of ['c1', 'c2', 'c3']) sameStart(askedBy(one, client), askedBy(two, client), 50)
})

/**
 * How long the first messages that a node sent took, in the order of sending: latencies are drawn
 * from a stream of the sender. Only those before the first probes, which draw from it
 * too, and are not recorded.
 */
function latencies(messages: readonly MessageLine[], from: string): readonly number[] {
  return messages
    .filter((line) => line.from === from && line.to.startsWith('n'))
    .filter(({ sentMicros, deliveredMicros }) => sentMicros < 480_000 && deliveredMicros !== null)
    .map(({ sentMicros, deliveredMicros }) => (deliveredMicros ?? 0) - sentMicros)
}

test('streams: loss of what one node sends leaves the latencies of the others', () => {
  const one = play(scenarioOf(base), watches).messages
  const network = { ...base.network, links: [{ from: 'n1', to: 'n2', loss: '20%' }] }
  const two = play(scenarioOf({ ...base, network }), watches).messages
  assert.ok(two.some(({ fate }) => fate === 'lost'))
  assert.ok(one.every(({ fate }) => fate !== 'lost'))
  for (const from of ['n2', 'n3']) sameStart(latencies(one, from), latencies(two, from), 20)
})

test('streams: doubled messages leave the latencies of all, the senders of them included', () => {
  const one = play(scenarioOf(base), watches).messages
  const network = { ...base.network, links: [{ from: 'n1', to: 'n2', duplicate: '30%' }] }
  const two = play(scenarioOf({ ...base, network }), watches)
  const doubled = two.world.meter.messages.reduce((sum, { duplicated }) => sum + duplicated, 0)
  assert.ok(doubled > 10)
  for (const from of ['n1', 'n3'])
    sameStart(latencies(one, from), latencies(two.messages, from), 20)
})

test('streams: slower disks leave the network and the clients as they were', () => {
  const one = play(scenarioOf(base), watches)
  const disk = { write: { uniform: { min: '20us', max: '90us' } }, fsync: { constant: '4ms' } }
  const two = play(scenarioOf({ ...base, disk }), watches)
  for (const client of ['c1', 'c2', 'c3']) {
    sameStart(askedBy(one.history, client), askedBy(two.history, client), 50)
  }
})

test('streams: faults drawn from the seed leave the clients as they were', () => {
  const one = play(scenarioOf(base)).history
  const faults = [{ every: '500ms', pick: ['pause'], for: { constant: '50ms' } }]
  const two = play(scenarioOf({ ...base, faults })).history
  for (const client of ['c1', 'c2', 'c3']) sameStart(askedBy(one, client), askedBy(two, client), 50)
})

const openLoop = {
  ...base,
  workload: { ...base.workload, think: undefined, rate: '200/s', timeout: '900ms' },
}

test('open loop: arrivals do not wait for answers, and latency counts from the intended start', () => {
  const faults = [{ at: '500ms', for: '400ms', pause: ['n1', 'n2', 'n3'] }]
  const calm = play(scenarioOf(openLoop)).history
  const stuck = play(scenarioOf({ ...openLoop, faults })).history
  const starts = (history: readonly HistoryEvent[]): readonly string[] =>
    history
      .filter(({ type }) => type === 'invoke')
      .map(({ time, session, f, key }) => `${String(time)} ${session ?? ''} ${f} ${key}`)
  assert.equal(
    starts(stuck),
    starts(calm),
    'whatever becomes of them, requests come when they come',
  )
  // Who came at the start of the pause has waited for it to end: nobody slowed down for it.
  const waited = latenciesOf(stuck).filter(
    ([startMillis]) => startMillis > 510 && startMillis < 600,
  )
  assert.ok(waited.length > 5)
  for (const [startMillis, tookMillis] of waited) assert.ok(startMillis + tookMillis >= 900)
})

/** Start and latency of each operation answered, in milliseconds. */
function latenciesOf(history: readonly HistoryEvent[]): readonly (readonly [number, number])[] {
  const started = new Map<string, number>()
  const took: (readonly [number, number])[] = []
  for (const { op = '', type, time } of history) {
    if (type === 'invoke') started.set(op, time)
    else if (started.has(op)) {
      const start = started.get(op) ?? 0
      took.push([start / 1e6, (time - start) / 1e6])
    }
  }
  return took
}

test.run()
