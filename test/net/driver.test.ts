/** What comes to a node before it is ready is heard when it is. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, Outcome } from '../../core/index.js'
import { Node, nodeId } from '../../core/index.js'
import { Driver } from '../../net/driver.js'
import { planOf } from '../../net/options.js'
import { Parts } from '../../net/parts.js'
import { getOf, LiveCluster, until } from './live.js'

async function scene() {
  const { configs } = await LiveCluster.create({ nodes: 3 })
  const [config] = configs
  if (config === undefined) throw new Error('three nodes')
  const { options } = planOf(config)
  const sent: Message[] = []
  const waiting: (() => void)[] = []
  const lag = { micros: 0 }
  const driver = new Driver({
    self: config.id,
    node: new Node(options, null),
    append: (_, done) => void waiting.push(done),
    send: (_, message) => void sent.push(message),
    note: () => undefined,
    trace: null,
    slowSync: () => undefined,
    slowMicros: 1e9,
    parts: new Parts(1e9, () => undefined),
    lag: { begin: () => undefined, tick: () => undefined, waitedMicros: () => lag.micros },
  })
  const becomeDurable = (): void => {
    for (const done of waiting.splice(0)) done()
  }
  return { driver, sent, becomeDurable, options, lag }
}

const header = { clusterId: 'test', from: nodeId('n2'), incarnation: 1, ringEpoch: 1 }

test('driver: a question that came too early is answered, once the node is ready', async () => {
  const { driver, sent, becomeDurable, options } = await scene()
  driver.start()
  const key = options.placement.keyRef('default', 'k')
  const asking = { request: 7, opId: 'op', budgetMicros: 5_000_000 }
  driver.receive({ kind: 'read', ...header, ...asking, key, reapEpoch: 0 })
  assert.equal(sent, [])
  becomeDurable()
  await until('it is answered', () => {
    becomeDurable()
    return sent.some(({ kind, ...rest }) => kind === 'read_ok' && 'request' in rest)
  })
  assert.is(sent.filter(({ kind }) => kind === 'read_ok').length, 1)
  driver.stop()
})

test('driver: a probe that came too early is not answered late', async () => {
  const { driver, sent, becomeDurable } = await scene()
  driver.start()
  driver.receive({ kind: 'ping', ...header, request: 1, updates: [] })
  becomeDurable()
  await new Promise((done) => setTimeout(done, 30))
  driver.receive({ kind: 'ping', ...header, request: 2, updates: [] })
  const acks = sent.flatMap((message) => (message.kind === 'ack' ? [message.request] : []))
  assert.equal(acks, [2])
  driver.stop()
})

test('driver: after a halt, what clients have given up is not begun', async () => {
  const { driver, sent, becomeDurable, options, lag } = await scene()
  driver.start()
  becomeDurable()
  await until('it is ready', () => {
    becomeDurable()
    return sent.length > 0
  })
  const outcomes: Outcome[] = []
  const get = (): void => driver.submit(getOf('k', 'op'), (outcome) => outcomes.push(outcome))
  lag.micros = 10_000_000
  get()
  assert.equal(
    outcomes.map((outcome) => outcome.kind !== 'ok' && [outcome.kind, outcome.code]),
    [['rejected', 'expired']],
  )
  const key = options.placement.keyRef('default', 'k')
  const asking = { request: 7, opId: 'op', budgetMicros: 5_000_000 }
  driver.receive({ kind: 'read', ...header, ...asking, key, reapEpoch: 0 })
  assert.not.ok(sent.some(({ kind }) => kind === 'read_ok'))
  lag.micros = 2_000_000
  get()
  assert.equal(
    outcomes.slice(1).map((outcome) => outcome.kind !== 'ok' && [outcome.kind, outcome.code]),
    [['rejected', 'overloaded']],
  )
  lag.micros = 0
  get()
  assert.is(outcomes.length, 2, 'this one is under way')
  driver.stop()
})

test.run()
