/**
 * The put machine against a twin that keeps lists and counts them anew: every order of acks,
 * refusals, duplicates, strangers' and late answers, the durable own copy and both timers, for N up
 * to 4 and all w and pw.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, NodeId, Outcome } from '../../../core/index.js'
import { nodeId } from '../../../core/index.js'
import type { PutState } from '../../../core/coordinate/put.js'
import {
  unservedOwners,
  putAcked,
  putDurable,
  putRefused,
  putStart,
  putTimer,
  silentMask,
  strandedOwners,
} from '../../../core/coordinate/put.js'
import { explore } from '../explore.js'
import { deadlineMicros, key, names, origin, quorum, self, sibling, startMicros } from './sample.js'

interface Config {
  readonly n: number
  readonly w: number
  readonly pw: number
  readonly fallbacks: number
}

type Event =
  | { readonly is: 'durable' | 'look' | 'deadline' }
  | { readonly is: 'ack' | 'refuse'; readonly from: NodeId }

interface Twin {
  readonly durable: boolean
  readonly asked: readonly NodeId[]
  readonly acked: readonly NodeId[]
  readonly refused: readonly NodeId[]
  readonly extended: boolean
  /** Owners that were silent when the fallbacks were asked: the k-th has the k-th of these. */
  readonly silent: readonly NodeId[]
  readonly ended: Outcome | null
  readonly over: boolean
}

const context = { keyHash: key.hash, vv: [] }
const dot = { actor: sibling('n1', 1).actor, n: 1 }
const stranger = nodeId('x')
const fallbackNames = (count: number): readonly NodeId[] =>
  ['f1', 'f2', 'f3'].slice(0, count).map(nodeId)

function start({ n, w, pw }: Config) {
  const nodes = names(n)
  const active = { nodes, hintFor: nodes.map(() => null), ownerMask: (1 << n) - 1, uncovered: [] }
  return putStart({
    request: 3,
    origin,
    operation: {
      kind: 'put',
      request: 9,
      opId: 'o',
      bucket: 'default',
      key: 'k',
      quorum,
      timeoutMicros: deadlineMicros,
      value: 'v',
      context: null,
    },
    key,
    state: { vv: [dot], siblings: [sibling('n1', 1)] },
    reapEpoch: 0,
    dot,
    context,
    w,
    pw,
    active,
    selfIndex: 0,
    records: [],
    nowMicros: startMicros,
    deadlineMicros,
    fallbackAfterMicros: 500,
  })
}

function step(state: PutState, event: Event, fallbacks: readonly NodeId[]) {
  switch (event.is) {
    case 'durable':
      return putDurable(self, state, startMicros)
    case 'ack':
      return putAcked(self, state, event.from)
    case 'refuse':
      return putRefused(self, state, event.from)
    case 'look':
      return putTimer(self, state, startMicros + 500, fallbacks)
    case 'deadline':
      return putTimer(self, state, deadlineMicros, fallbacks)
  }
}

/** What an event makes of the lists, before anything is concluded from them. */
function noted(twin: Twin, event: Event, { n, fallbacks }: Config): Twin {
  if (twin.over) return twin
  const answered = [...twin.acked, ...twin.refused]
  switch (event.is) {
    case 'durable':
      return twin.durable ? twin : { ...twin, durable: true, acked: ['n1' as NodeId] }
    case 'ack': {
      const { from } = event
      if (!twin.durable || !twin.asked.includes(from) || twin.acked.includes(from)) return twin
      const refused = twin.refused.filter((node) => node !== from)
      return { ...twin, acked: [...twin.acked, from].sort(byName), refused }
    }
    case 'refuse':
      if (!twin.durable || !twin.asked.includes(event.from)) return twin
      if (answered.includes(event.from)) return twin
      return { ...twin, refused: [...twin.refused, event.from].sort(byName) }
    case 'look': {
      if (!twin.durable || twin.extended) return twin
      const silent = names(n).filter((node) => !answered.includes(node))
      const more = fallbackNames(fallbacks).slice(0, silent.length)
      return { ...twin, extended: true, silent, asked: [...twin.asked, ...more] }
    }
    case 'deadline':
      return { ...twin, over: true }
  }
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1)

function expect(before: Twin, event: Event, config: Config) {
  const twin = noted(before, event, config)
  if (twin === before) return { twin, reply: null }
  const { w, pw, n } = config
  // An owner and its stand-in count once.
  const standIns = fallbackNames(config.fallbacks)
  const servedBy = (node: NodeId): NodeId => twin.silent[standIns.indexOf(node)] ?? node
  const nodes = new Set(twin.acked.map(servedBy)).size
  const owners = twin.acked.filter((node) => names(n).includes(node)).length
  const all = twin.acked.length + twin.refused.length === twin.asked.length
  const short = nodes < w ? ([w, nodes] as const) : ([pw, owners] as const)
  const missed = (code: 'timeout' | 'w_unsatisfied' | 'pw_unsatisfied'): Outcome => {
    const [need, got] = code === 'timeout' ? [w, nodes] : short
    // What is not durable yet may be lost, and its dot given to another write.
    return { kind: 'unknown', code, need, got, dot: twin.durable ? dot : null }
  }
  let ended = twin.ended
  if (ended === null && twin.over) ended = missed('timeout')
  else if (ended === null && twin.durable && nodes >= w && owners >= pw) {
    ended = { kind: 'ok', f: 'put', dot, context, siblings: 1, counts: { nodes, owners } }
  } else if (ended === null && twin.durable && all) {
    ended = missed(nodes < w ? 'w_unsatisfied' : 'pw_unsatisfied')
  }
  const over = twin.over || (ended !== null && all)
  return { twin: { ...twin, ended, over }, reply: before.ended === null ? ended : null }
}

function everyOrder(config: Config): number {
  const { n, fallbacks } = config
  const people = [...names(n), ...fallbackNames(fallbacks), stranger]
  const events: readonly Event[] = [
    { is: 'durable' },
    { is: 'look' },
    { is: 'deadline' },
    ...people.flatMap((from): Event[] => [
      { is: 'ack', from },
      { is: 'refuse', from },
    ]),
  ]
  const twin: Twin = {
    durable: false,
    asked: names(n),
    acked: [],
    refused: [],
    extended: false,
    silent: [],
    ended: null,
    over: false,
  }
  return explore<PutState, Twin, Event>({
    start: [start(config)[0], twin],
    events: () => events,
    step: (state, event) => step(state, event, fallbackNames(fallbacks)),
    expect: (before, event) => expect(before, event, config),
    view: ({ phase, ackedMask, failedMask, extended, outcome, active }) => {
      return [phase, ackedMask, failedMask, extended, outcome, active.nodes]
    },
    check: (before, event, [after, effects], { durable, acked }) => {
      const ends = after.phase === 'done'
      // RW-1, told from the events alone.
      const ok = effects.some((one) => one.kind === 'reply' && one.outcome.kind === 'ok')
      if (ok) assert.ok(new Set(acked).size >= config.w)
      if (!durable) assert.equal(sendsOf(effects), [], 'nobody hears of a dot that is not durable')
      if (ends) assert.equal(sendsOf(effects), [], 'an operation that ends asks nobody')
      if (before.phase === 'done') assert.equal([after === before, effects], [true, []], event.is)
    },
  })
}

const sendsOf = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.to] : []))

for (const n of [1, 2, 3, 4]) {
  test(`put: N=${String(n)}, every w and pw, every order of events`, () => {
    let steps = 0
    for (let w = 1; w <= n; w++) {
      for (let pw = 0; pw <= n; pw++) steps += everyOrder({ n, w, pw, fallbacks: 0 })
    }
    assert.ok(steps > 10)
  })
}

for (const fallbacks of [1, 2]) {
  test(`put: N=3, ${String(fallbacks)} fallbacks may stand in, every w and pw, every order`, () => {
    let steps = 0
    for (let w = 1; w <= 3; w++) {
      for (const pw of [0, 2]) steps += everyOrder({ n: 3, w, pw, fallbacks })
    }
    assert.ok(steps > 1_000)
  })
}

test('put: first persists and arms; asks the others only once its own copy is durable', () => {
  const [state, effects] = start({ n: 3, w: 2, pw: 0, fallbacks: 0 })
  assert.equal(
    effects.map(({ kind }) => kind),
    ['arm', 'persist'],
  )
  const [, asked] = putDurable(self, state, startMicros)
  assert.equal(sendsOf(asked), ['n2', 'n3'])
})

test('put: silent owners are asked once more, and a stand-in each beside them', () => {
  const [state] = putDurable(self, start({ n: 3, w: 3, pw: 0, fallbacks: 1 })[0], startMicros)
  const [after, effects] = putTimer(self, state, startMicros + 500, [nodeId('f1')])
  assert.equal(sendsOf(effects), ['n2', 'n3', 'f1'])
  const hints = effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'replicate' ? [effect.message.hintFor] : [],
  )
  assert.equal(hints, [null, null, 'n2'])
  assert.equal(strandedOwners(after), ['n3'], 'for whom nobody but the coordinator is left')
  assert.is(silentMask(after), 0b1110)
})

test('put: the own disk is slow, so the look for silent owners comes again later', () => {
  const [state] = start({ n: 3, w: 2, pw: 0, fallbacks: 0 })
  const [same, effects] = putTimer(self, state, startMicros + 500, [])
  assert.is(same, state)
  const [arm] = effects
  assert.ok(arm?.kind === 'arm' && arm.atMicros < deadlineMicros)
})

test('put: a silent fallback gives way to its owner, once that is liked again', () => {
  const nodes = [nodeId('n1'), nodeId('n2'), nodeId('f1')]
  const active = { nodes, hintFor: [null, null, nodeId('n3')], ownerMask: 0b011, uncovered: [] }
  const [began] = start({ n: 3, w: 3, pw: 3, fallbacks: 0 })
  const [state] = putDurable(self, { ...began, active }, startMicros)
  const [after, effects] = putTimer(self, state, startMicros + 500, [nodeId('n3'), nodeId('f2')])
  const asked = effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'replicate'
      ? [[effect.to, effect.message.hintFor]]
      : [],
  )
  assert.equal(asked, [
    ['n2', null],
    ['f1', 'n3'],
    ['f2', 'n2'],
    ['n3', null],
  ])
  let machine = after
  for (const node of ['n2', 'n3']) machine = putAcked(self, machine, nodeId(node))[0]
  assert.is(machine.outcome?.kind, 'ok', 'three owners hold it')
})

test('put: at the end the coordinator knows which owners nobody has taken the write for', () => {
  const nodes = [nodeId('n1'), nodeId('n2'), nodeId('f1')]
  const active = { nodes, hintFor: [null, null, nodeId('n3')], ownerMask: 0b011, uncovered: [] }
  const [began] = start({ n: 3, w: 3, pw: 0, fallbacks: 0 })
  const [state] = putDurable(self, { ...began, active }, startMicros)
  assert.equal(unservedOwners(state), ['n2', 'n3'])
  const [hinted] = putAcked(self, state, nodeId('f1'))
  assert.equal(unservedOwners(hinted), ['n2'])
  const [refused] = putRefused(self, hinted, nodeId('n2'))
  assert.equal(unservedOwners(refused), [], 'an owner that refuses has no need of a hint')
  const [full] = putRefused(self, state, nodeId('f1'))
  assert.equal(unservedOwners(full), ['n2', 'n3'], 'a fallback that refuses keeps no hint')
  const [extended] = putTimer(self, state, startMicros + 500, [nodeId('f2'), nodeId('f3')])
  const [second] = putAcked(self, extended, nodeId('f3'))
  assert.equal(unservedOwners(second), ['n2'], 'a second stand-in serves as well as the first')
})

test.run()
