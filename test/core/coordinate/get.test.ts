/**
 * The get machine against a twin that keeps a list of answers and goes through it anew: every order
 * of answers, refusals, duplicates, strangers', late answers and timers, for N up to 4 and all r
 * and pr; written back, hedged, with a minimum.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, KeyState, NodeId, Outcome, VersionVector } from '../../../core/index.js'
import { descends, mergeStates, nodeId, sameState } from '../../../core/index.js'
import type { GetState } from '../../../core/coordinate/collected.js'
import {
  getAnswered,
  getRefused,
  getStart,
  getTimer,
  getUnwritten,
  getWrittenBack,
} from '../../../core/coordinate/get.js'
import { explore } from '../explore.js'
import { deadlineMicros, key, names, origin, self, sibling, startMicros } from './sample.js'

interface Config {
  /** Of the N asked the last `fallbacks` stand in for owners. */
  readonly n: number
  readonly fallbacks: number
  readonly r: number
  readonly pr: number
  /** 0: not monotonic. */
  readonly w: number
  readonly minimum: VersionVector | null
  readonly hedge: boolean
}
const plain = { fallbacks: 0, pr: 0, w: 0, minimum: null, hedge: false }

type What = 'nothing' | 'a' | 'b'
type Event =
  | { readonly is: 'answer'; readonly from: NodeId; readonly what: What }
  | { readonly is: 'refuse' | 'written' | 'unwritten'; readonly from: NodeId }
  | { readonly is: 'hedge' | 'deadline' }

interface Twin {
  readonly asked: readonly NodeId[]
  readonly answers: readonly { readonly from: NodeId; readonly what: What }[]
  readonly refused: readonly NodeId[]
  /** What is being written back, and who has it or will not. */
  readonly telling: readonly What[] | null
  /** Whose answers that came of. */
  readonly heard: { readonly nodes: number; readonly owners: number } | null
  readonly holders: readonly NodeId[]
  readonly unable: readonly NodeId[]
  readonly ended: boolean
  readonly over: boolean
}

const stateOf = (node: string): KeyState => {
  const { actor, n } = sibling(node, 1)
  return { vv: [{ actor, n }], siblings: [sibling(node, 1)] }
}
const states: Readonly<Record<What, KeyState | null>> = {
  nothing: null,
  a: stateOf('n1'),
  b: stateOf('n2'),
}
const stranger = nodeId('x')
const byName = (a: string, b: string): number => (a < b ? -1 : 1)
const isOwner = (node: NodeId, { n, fallbacks }: Config): boolean =>
  names(n).indexOf(node) < n - fallbacks

function start(config: Config): GetState {
  const { n, fallbacks, r, pr, w, minimum, hedge } = config
  const nodes = names(n)
  const hintFor = nodes.map((node) => (isOwner(node, config) ? null : nodeId(`down ${node}`)))
  const ownerMask = (1 << (n - fallbacks)) - 1
  return getStart(self, {
    request: 3,
    origin,
    operation: { opId: 'o', minimum },
    key,
    conflict: 'siblings',
    reapEpoch: 0,
    r,
    pr,
    w,
    active: { nodes, hintFor, ownerMask, uncovered: [] },
    ask: hedge ? r : n,
    hedgeMicros: 50,
    resendMicros: null,
    nowMicros: startMicros,
    deadlineMicros,
  })[0]
}

function step(state: GetState, event: Event, config: Config) {
  const nowMicros = event.is === 'deadline' ? deadlineMicros : startMicros + 50
  switch (event.is) {
    case 'answer': {
      const owner = isOwner(event.from, config)
      return getAnswered(self, state, event.from, states[event.what], owner, nowMicros)
    }
    case 'refuse':
      return getRefused(self, state, event.from, nowMicros)
    case 'written':
      return getWrittenBack(self, state, event.from, nowMicros)
    case 'unwritten':
      return getUnwritten(self, state, event.from, nowMicros)
    default:
      return getTimer(self, state, nowMicros)
  }
}

// --- the twin

const kinds = (answers: Twin['answers']): readonly What[] =>
  (['a', 'b'] as const).filter((what) => answers.some((one) => one.what === what))

function mergeOf(whats: readonly What[]): KeyState {
  let merged: KeyState = { vv: [], siblings: [] }
  for (const what of whats) merged = mergeStates(merged, states[what] ?? merged, 'siblings')
  return merged
}

function noted(twin: Twin, event: Event, { n }: Config): Twin {
  if (twin.over) return twin
  switch (event.is) {
    case 'answer': {
      const { from, what } = event
      if (!twin.asked.includes(from) || twin.answers.some((one) => one.from === from)) return twin
      const answers = [...twin.answers, { from, what }].sort((a, b) => byName(a.from, b.from))
      return { ...twin, answers, refused: twin.refused.filter((node) => node !== from) }
    }
    case 'refuse': {
      const { from } = event
      const heard = twin.answers.some((one) => one.from === from) || twin.refused.includes(from)
      if (!twin.asked.includes(from) || heard) return twin
      return { ...twin, refused: [...twin.refused, from].sort(byName) }
    }
    case 'written': {
      const { from } = event
      if (twin.telling === null || twin.ended || from === stranger) return twin
      if (twin.holders.includes(from)) return twin
      const unable = twin.unable.filter((node) => node !== from)
      return { ...twin, holders: [...twin.holders, from].sort(byName), unable }
    }
    case 'unwritten': {
      const { from } = event
      if (twin.telling === null || twin.ended || from === stranger) return twin
      if (twin.holders.includes(from) || twin.unable.includes(from)) return twin
      return { ...twin, unable: [...twin.unable, from].sort(byName) }
    }
    case 'hedge':
      return twin.ended || twin.telling !== null ? twin : oneMore(twin, n)
    case 'deadline':
      return { ...twin, over: true }
  }
}

const oneMore = (twin: Twin, n: number): Twin =>
  twin.asked.length < n ? { ...twin, asked: names(n).slice(0, twin.asked.length + 1) } : twin

function expect(before: Twin, event: Event, config: Config) {
  let twin = noted(before, event, config)
  if (twin === before) return { twin, reply: null }
  let reply: Outcome | null = null
  if (!twin.ended) {
    if (twin.telling === null) [twin, reply] = collected(twin, config)
    else reply = writtenBack(twin, config)
    if (twin.over) reply ??= missed(twin, config, 'timeout')
  }
  const ended = twin.ended || reply !== null
  const all = twin.answers.length + twin.refused.length === twin.asked.length
  return { twin: { ...twin, ended, over: twin.over || (ended && all) }, reply }
}

function collected(twin: Twin, config: Config): [Twin, Outcome | null] {
  if (twin.over) return [twin, null]
  const merged = mergeOf(kinds(twin.answers))
  const short = shortOf(twin, config)
  const low = config.minimum !== null && !descends(merged.vv, config.minimum)
  if (short !== null || low) {
    if (twin.answers.length + twin.refused.length < twin.asked.length) return [twin, null]
    const more = oneMore(twin, config.n)
    if (more !== twin) return [more, null]
    return [twin, missed(twin, config, short?.code ?? 'minimum_unsatisfied')]
  }
  const telling = kinds(twin.answers)
  if (config.w === 0 || telling.length === 0) return [twin, okOf(twin, telling, config)]
  const holders = twin.answers
    .filter(({ what }) => sameState(states[what] ?? mergeOf([]), merged))
    .map(({ from }) => from)
  if (holders.length >= config.w) return [twin, okOf(twin, telling, config)]
  const next = { ...twin, telling, holders, heard: countsOf(twin, config) }
  return [next, config.w > config.n ? missed(next, config, 'w_unsatisfied') : null]
}

function writtenBack(twin: Twin, config: Config): Outcome | null {
  if (twin.holders.length >= config.w) return okOf(twin, twin.telling ?? [], config)
  if (twin.holders.length + twin.unable.length < config.n) return null
  return missed(twin, config, 'w_unsatisfied')
}

/** A fallback's "nothing" is no answer. */
function countsOf(twin: Twin, config: Config) {
  const counted = twin.answers.filter(
    ({ from, what }) => what !== 'nothing' || isOwner(from, config),
  )
  const owners = counted.filter(({ from }) => isOwner(from, config)).length
  return { nodes: counted.length, owners }
}

function shortOf(twin: Twin, config: Config) {
  const { nodes, owners } = countsOf(twin, config)
  if (nodes < config.r) return { code: 'r_unsatisfied', need: config.r, got: nodes } as const
  if (owners < config.pr) return { code: 'pr_unsatisfied', need: config.pr, got: owners } as const
  return null
}

function missed(twin: Twin, config: Config, code: (Outcome & { kind: 'rejected' })['code']) {
  const short = shortOf(twin, config)
  const [need, got] =
    short !== null
      ? [short.need, short.got]
      : twin.telling !== null
        ? [config.w, twin.holders.length]
        : [1, 0]
  return { kind: 'rejected', code, need, got } as const
}

function okOf(twin: Twin, telling: readonly What[], config: Config): Outcome {
  const merged = mergeOf(telling)
  return {
    kind: 'ok',
    f: 'get',
    values: merged.siblings,
    context: { keyHash: key.hash, vv: merged.vv },
    counts: twin.heard ?? countsOf(twin, config),
  }
}

// --- the search

function everyOrder(config: Config): number {
  const { n, r, w, hedge } = config
  const people = [...names(n), stranger]
  const events: readonly Event[] = [
    { is: 'hedge' },
    { is: 'deadline' },
    ...people.flatMap((from): Event[] => [
      ...(['nothing', 'a', 'b'] as const).map((what): Event => ({ is: 'answer', from, what })),
      { is: 'refuse', from },
      ...(w === 0 ? [] : [{ is: 'written', from } as const, { is: 'unwritten', from } as const]),
    ]),
  ]
  const twin: Twin = {
    asked: names(hedge ? r : n),
    answers: [],
    refused: [],
    telling: null,
    heard: null,
    holders: [],
    unable: [],
    ended: false,
    over: false,
  }
  return explore<GetState, Twin, Event>({
    start: [start(config), twin],
    events: () => events,
    step: (state, event) => step(state, event, config),
    expect: (before, event) => expect(before, event, config),
    view: ({
      phase,
      askedMask,
      failedMask,
      states: held,
      told,
      holderMask,
      unableMask,
      ...rest
    }) => {
      const answers = held.map((state) => state?.siblings.length ?? 0)
      const { answeredMask, emptyMask, outcome, merged } = rest
      const masks = [askedMask, answeredMask, failedMask, emptyMask, holderMask, unableMask]
      return [phase, masks, answers, told.vv, merged.vv, outcome]
    },
    check: (before, event, [after, effects], { telling }) => {
      const done = before.phase === 'done'
      if (done) assert.equal([after === before, effects], [true, []], event.is)
      // Nobody is asked to store what the client will not be told, and all who are asked get the
      // same.
      for (const state of statesSent(effects)) assert.equal(state, mergeOf(telling ?? []))
      for (const outcome of effects.flatMap((one) => (one.kind === 'reply' ? [one.outcome] : []))) {
        if (w === 0 || outcome.kind !== 'ok' || outcome.context.vv.length === 0) continue
        const holders = after.phase === 'collecting' ? 0 : bits(after.holderMask)
        const found = after.states.filter(
          (state) => state !== null && sameState(state, after.merged),
        )
        assert.ok(Math.max(holders, found.length) >= w, 'told, and not on w nodes (RW-3)')
      }
    },
  })
}

const bits = (mask: number): number => mask.toString(2).replaceAll('0', '').length

const statesSent = (effects: readonly Effect[]): readonly KeyState[] =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'replicate' ? [effect.message.state] : [],
  )

for (const n of [1, 2, 3, 4]) {
  test(`get: N=${String(n)}, every r and pr, every order of events`, () => {
    let steps = 0
    for (let r = 1; r <= n; r++) {
      for (let pr = 0; pr <= n; pr++) steps += everyOrder({ ...plain, n, r, pr })
    }
    assert.ok(steps > 10)
  })
}

test('get: N=3, one or two of them fallbacks, whose "nothing" never counts', () => {
  let steps = 0
  for (const fallbacks of [1, 2]) {
    for (const r of [1, 2, 3]) {
      for (const pr of [0, 1, 2]) steps += everyOrder({ ...plain, n: 3, fallbacks, r, pr })
    }
  }
  assert.ok(steps > 1_000)
})

test('get: N=3 and a minimum, every r: never answered with less', () => {
  const { vv: minimum } = stateOf('n2')
  let steps = 0
  for (const r of [1, 2, 3]) {
    for (const hedge of [false, true]) steps += everyOrder({ ...plain, n: 3, r, minimum, hedge })
  }
  assert.ok(steps > 1_000)
})

test('get: hedged, N up to 4, every r: one more is asked at each look, and whenever answers run out', () => {
  let steps = 0
  for (const n of [2, 3, 4]) {
    for (let r = 1; r <= n; r++) steps += everyOrder({ ...plain, n, r, hedge: true })
  }
  assert.ok(steps > 1_000)
})

test('get: monotonic, N up to 3, every r and w: told only what w nodes hold', () => {
  let steps = 0
  for (const n of [1, 2, 3]) {
    for (let r = 1; r <= n; r++) {
      for (let w = 1; w <= n; w++) steps += everyOrder({ ...plain, n, r, w })
    }
  }
  assert.ok(steps > 1_000)
})

test('get: monotonic, and fewer take part than must hold it: refused as soon as that is known', () => {
  assert.ok(everyOrder({ ...plain, n: 2, r: 1, w: 3 }) > 100)
})

test.run()
