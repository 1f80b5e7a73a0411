/** The inquiry machine: every order of the answers, doubled, late, missing, unsure. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Actor, Effect, VersionVector } from '../../../core/index.js'
import { nodeId } from '../../../core/index.js'
import type { GetPlan } from '../../../core/coordinate/collected.js'
import type { InquiryState } from '../../../core/coordinate/inquiry.js'
import { inquiryAnswered, inquiryStart, inquiryTimer } from '../../../core/coordinate/inquiry.js'
import { keyRef } from '../../../core/ring/hash.js'
import { deepFreeze } from '../freeze.js'

const members = ['n1', 'n2', 'n3', 'n4'].map(nodeId)
const owners = members.slice(0, 3)
const [n1, , n3, n4] = members as [never, never, never, never]
const self = { clusterId: 'test', from: n1, incarnation: 1, ringEpoch: 1 }
const dot = (actor: string, n: number) => ({ actor: actor as Actor, n })
const dots = [dot('n1:0', 4), dot('n2:0', 7)]
const nothing = { known: [], isSure: true }
const refusal = { kind: 'rejected', code: 'minimum_unsatisfied', need: 1, got: 0 } as const

const get = { key: keyRef('default', 'k', 8) } as unknown as GetPlan
const plan = deepFreeze({
  request: 5,
  get,
  origin: { kind: 'client' as const, request: 9 },
  refusal,
  dots,
  members,
  owners,
  retryMicros: 100,
  nowMicros: 0,
  deadlineMicros: 1_000,
})

const start = (): InquiryState => deepFreeze(inquiryStart(self, plan)[0])

type Said = { readonly known: VersionVector; readonly isSure: boolean }
function hear(state: InquiryState, from: string, round: number, said: Said = nothing) {
  const step = inquiryAnswered(self, state, nodeId(from), { round, ...said }, 10)
  return [deepFreeze(step[0]), step[1]] as const
}

const kinds = (effects: readonly Effect[]): string =>
  effects.map((effect) => (effect.kind === 'send' ? `to ${effect.to}` : effect.kind)).join(', ')

/** All orders of these. */
function* orders<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  if (items.length === 0) yield []
  for (const [i, item] of items.entries()) {
    for (const rest of orders(items.toSpliced(i, 1))) yield [item, ...rest]
  }
}

test('inquiry: all members, then the owners once more, in every order', () => {
  for (const first of orders(members)) {
    for (const second of orders(owners)) {
      let state = start()
      for (const from of first) [state] = hear(state, from, 1)
      assert.is(state.phase, 'owners')
      for (const from of second) {
        assert.is(state.phase, 'owners')
        ;[state] = hear(state, from, 2)
      }
      assert.is(state.phase, 'done')
      assert.is(state.outcome, null)
      assert.equal(state.left, dots)
    }
  }
})

test('inquiry: an answer of the first round, doubled or late, does not count in the second', () => {
  let state = start()
  for (const from of members) {
    ;[state] = hear(state, from, 1)
    ;[state] = hear(state, from, 1)
  }
  for (const from of owners) [state] = hear(state, from, 1)
  assert.equal(state.waiting, owners)
  ;[state] = hear(state, n4, 2)
  assert.equal(state.waiting, owners, 'who was not asked')
})

test('inquiry: what anybody knows of is not reaped; what nobody knows of may be', () => {
  const [some] = hear(start(), n3, 1, { known: [dot('n1:0', 5)], isSure: true })
  assert.equal(some.left, [dot('n2:0', 7)])
  const known = [dot('n1:0', 5), dot('n2:0', 7)]
  const [all, effects] = hear(some, n4, 1, { known, isSure: true })
  assert.is(all.phase, 'done')
  assert.is(all.outcome, refusal)
  assert.is(kinds(effects), 'disarm, reply')
  const [later] = hear(all, n1, 1)
  assert.is(later, all, 'it is over')
})

test('inquiry: one who is not sure ends it, in either round', () => {
  const unsure = { known: [], isSure: false }
  assert.is(hear(start(), n4, 1, unsure)[0].outcome, refusal)
  let state = start()
  for (const from of members) [state] = hear(state, from, 1)
  assert.is(hear(state, n3, 2, unsure)[0].outcome, refusal)
})

test('inquiry: the silent are asked again, until time is up', () => {
  assert.is(kinds(inquiryStart(self, plan)[1]), 'to n2, to n3, to n4, arm')
  let [state] = hear(start(), n3, 1)
  let effects: readonly Effect[]
  ;[state, effects] = inquiryTimer(self, state, 100)
  assert.is(kinds(effects), 'to n2, to n4, arm')
  ;[state, effects] = inquiryTimer(self, state, 1_000)
  assert.is(kinds(effects), 'disarm, reply')
  assert.equal(state.outcome, { kind: 'rejected', code: 'timeout', need: 1, got: 0 })
  assert.is(inquiryTimer(self, state, 1_100)[1].length, 0)
})

test.run()
