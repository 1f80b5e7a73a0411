/**
 * The forward machine against a twin: every order of answers, refusals of both kinds, strangers'
 * and late ones, and the timer.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, NodeId, Outcome, PutRequest } from '../../../core/index.js'
import { nodeId } from '../../../core/index.js'
import type { Candidate, ForwardState } from '../../../core/coordinate/forward.js'
import {
  forwardAnswered,
  forwardRefused,
  forwardStart,
  forwardTimer,
} from '../../../core/coordinate/forward.js'
import { explore } from '../explore.js'
import { deadlineMicros, origin, quorum, self, startMicros } from './sample.js'

const operation: PutRequest = {
  kind: 'put',
  request: 9,
  opId: 'o',
  bucket: 'default',
  key: 'k',
  quorum,
  timeoutMicros: 99_000,
  value: 'v',
  context: null,
}
const done: Outcome = { kind: 'unknown', code: 'w_unsatisfied', need: 2, got: 1, dot: null }
const late: Outcome = { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }
const nobody: Outcome = { kind: 'rejected', code: 'no_reachable_owner', need: 1, got: 0 }

/** The life that each owner is really in. */
const lives: Readonly<Record<string, number>> = { o1: 3, o2: 5, o3: 7, x: 9 }
const people = Object.keys(lives).map(nodeId)

type Event =
  | { readonly is: 'answer' | 'not_accepted' | 'not_ready'; readonly from: NodeId }
  | { readonly is: 'deadline' }

/** What a person would write down: who has been asked as which life, in order. */
interface Twin {
  readonly asked: readonly (readonly [NodeId, number])[]
  readonly ended: boolean
}

function step(state: ForwardState, event: Event) {
  if (event.is === 'deadline') return forwardTimer(self, state)
  if (event.is === 'answer') return forwardAnswered(self, state, event.from, done)
  const { from, is: code } = event
  const refusal = { from, incarnation: lives[from] ?? 0, code }
  return forwardRefused(self, state, refusal, startMicros + 10)
}

function expect(twin: Twin, event: Event, candidates: readonly Candidate[]) {
  const same = { twin, reply: null }
  if (twin.ended) return same
  const over = { ...twin, ended: true }
  if (event.is === 'deadline') return { twin: over, reply: late }
  const [node, life] = twin.asked.at(-1) ?? [event.from, 0]
  if (event.from !== node) return same
  if (event.is === 'answer') return { twin: over, reply: done }
  if (event.is === 'not_ready') {
    if (life !== 0) return same
    const again = [node, lives[node] ?? 0] as const
    return { twin: { ...twin, asked: [...twin.asked, again] }, reply: null }
  }
  const tried = new Set(twin.asked.map(([one]) => one))
  const next = candidates.find((candidate) => !tried.has(candidate.node))
  if (next === undefined) return { twin: over, reply: nobody }
  const asked = [...twin.asked, [next.node, next.incarnation] as const]
  return { twin: { ...twin, asked }, reply: null }
}

const begin = (candidates: readonly Candidate[]) =>
  forwardStart(self, {
    request: 3,
    origin,
    operation,
    target: candidates[0] as Candidate,
    others: candidates.slice(1),
    nowMicros: startMicros,
    deadlineMicros,
  })

/** Everyone asked, with the life that the forward names and the time it leaves. */
const askedBy = (effects: readonly Effect[]): readonly unknown[] =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'forward'
      ? [[effect.to, effect.message.expects, effect.message.budgetMicros]]
      : [],
  )

for (const known of [0b111, 0b000, 0b010, 0b101]) {
  for (const count of [1, 2, 3]) {
    const text = known.toString(2).padStart(3, '0')
    test(`forward: ${String(count)} owners, lives known ${text}, every order of events`, () => {
      const candidates = people.slice(0, count).map((node, i): Candidate => {
        return { node, incarnation: (known & (1 << i)) === 0 ? 0 : (lives[node] ?? 0) }
      })
      const first = candidates[0] as Candidate
      const events: readonly Event[] = [
        { is: 'deadline' },
        ...people.flatMap((from): Event[] => [
          { is: 'answer', from },
          { is: 'not_accepted', from },
          { is: 'not_ready', from },
        ]),
      ]
      const steps = explore<ForwardState, Twin, Event>({
        start: [begin(candidates)[0], { asked: [[first.node, first.incarnation]], ended: false }],
        events: () => events,
        step,
        expect: (twin, event) => expect(twin, event, candidates),
        view: ({ phase, target, others, outcome }) => [phase, target, others, outcome],
        check: (before, _, [after, effects], twin) => {
          const asked = askedBy(effects)
          assert.ok(asked.length <= 1, 'one owner at a time')
          if (asked.length === 0) return
          assert.not.equal(after, before)
          const [node, life] = twin.asked.at(-1) ?? []
          assert.equal(asked, [[node, life, deadlineMicros - startMicros - 10]])
        },
      })
      assert.ok(steps > events.length)
    })
  }
}

test('forward: asks the first owner, arms its timer once, and names the life it means', () => {
  const [, effects] = begin([
    { node: nodeId('o1'), incarnation: 3 },
    { node: nodeId('o2'), incarnation: 5 },
  ])
  assert.equal(askedBy(effects), [['o1', 3, deadlineMicros - startMicros]])
  assert.equal(effects[0], { kind: 'arm', timer: 3, atMicros: deadlineMicros })
})

test.run()
