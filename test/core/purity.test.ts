/**
 * Purity, shown: every machine runs on frozen arguments, twice, with equal answers; and whole
 * nodes, told the same, do the same, and never change what they were told or have said: the
 * simulator hands one message object to several nodes.
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, KeyState, Outcome, PutRequest } from '../../core/index.js'
import { nodeId } from '../../core/index.js'
import * as forward from '../../core/coordinate/forward.js'
import * as collected from '../../core/coordinate/collected.js'
import * as get from '../../core/coordinate/get.js'
import * as put from '../../core/coordinate/put.js'
import type { ActiveList } from '../../core/coordinate/quorum.js'
import { respond, sloppyList, strictList } from '../../core/coordinate/quorum.js'
import { TestCluster } from './cluster.js'
import {
  deadlineMicros,
  key,
  names,
  origin,
  quorum,
  self,
  sibling,
  startMicros,
} from './coordinate/sample.js'
import { deepFreeze, pure } from './freeze.js'
import { Walk, moves } from './walk.js'

const nodes = names(3)
const active: ActiveList = {
  nodes,
  hintFor: [null, null, nodeId('n9')],
  ownerMask: 0b011,
  uncovered: [],
}
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
const held: KeyState = {
  vv: [{ actor: sibling('n1', 1).actor, n: 1 }],
  siblings: [sibling('n1', 1)],
}
const other: KeyState = {
  vv: [{ actor: sibling('n2', 4).actor, n: 4 }],
  siblings: [sibling('n2', 4)],
}
const outcome: Outcome = { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }

const start = {
  request: 3,
  origin,
  operation,
  key,
  active,
  reapEpoch: 0,
  nowMicros: startMicros,
  deadlineMicros,
}
const putMachine = {
  start: pure(put.putStart),
  durable: pure(put.putDurable),
  acked: pure(put.putAcked),
  refused: pure(put.putRefused),
  renewed: pure(put.putRenewed),
  timer: pure(put.putTimer),
  stranded: pure(put.strandedOwners),
  unserved: pure(put.unservedOwners),
}
const getMachine = {
  start: pure(get.getStart),
  answered: pure(get.getAnswered),
  refused: pure(get.getRefused),
  again: pure(get.getAskedAgain),
  restarted: pure(get.getRestarted),
  written: pure(get.getWrittenBack),
  unwritten: pure(get.getUnwritten),
  timer: pure(get.getTimer),
  stale: pure(collected.staleMask),
}
const forwardMachine = {
  start: pure(forward.forwardStart),
  answered: pure(forward.forwardAnswered),
  refused: pure(forward.forwardRefused),
  timer: pure(forward.forwardTimer),
}

/** Numbers that choose what happens next, and to whom. */
const choices = fc.array(fc.tuple(fc.nat(9), fc.nat(3)), { maxLength: 12 })
const whom = (pick: number) => nodeId(`n${String(pick + 1)}`)

test('purity: the put machine', () => {
  fc.assert(
    fc.property(choices, (taken) => {
      const [begun] = putMachine.start({
        ...start,
        state: held,
        dot: { actor: sibling('n1', 1).actor, n: 1 },
        context: { keyHash: key.hash, vv: [] },
        w: 2,
        pw: 1,
        selfIndex: 0,
        records: [],
        fallbackAfterMicros: 500,
      })
      let state = begun
      for (const [what, pick] of taken) {
        if (what < 2) [state] = putMachine.durable(self, state, startMicros)
        else if (what < 5) [state] = putMachine.acked(self, state, whom(pick))
        else if (what < 6) [state] = putMachine.refused(self, state, whom(pick))
        else if (what < 7) {
          const payload = { state: other, reapEpoch: pick }
          ;[state] = putMachine.renewed(self, state, payload, whom(pick), startMicros)
        } else {
          const nowMicros = what === 9 ? deadlineMicros : startMicros + 500
          ;[state] = putMachine.timer(self, state, nowMicros, [nodeId('n9'), nodeId('f')])
        }
        assert.equal(putMachine.stranded(state), put.strandedOwners(state))
        assert.equal(putMachine.unserved(state), put.unservedOwners(state))
      }
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('purity: the get machine', () => {
  fc.assert(
    fc.property(choices, fc.boolean(), (taken, hedge) => {
      const [begun] = getMachine.start(self, {
        ...start,
        operation: { opId: 'o', minimum: hedge ? held.vv : null },
        conflict: 'siblings',
        r: 2,
        pr: 1,
        w: hedge ? 0 : 3,
        ask: hedge ? 2 : 3,
        hedgeMicros: 100,
        resendMicros: hedge ? null : 400,
      })
      let state = begun
      for (const [what, pick] of taken) {
        const from = whom(pick)
        const nowMicros = what === 9 ? deadlineMicros : startMicros + 100
        if (what < 5) {
          const found = [held, other, null][what % 3] ?? null
          ;[state] = getMachine.answered(self, state, from, found, pick < 2, nowMicros)
        } else if (what < 6) [state] = getMachine.refused(self, state, from, nowMicros)
        else if (what < 7) [state] = getMachine.written(self, state, from, nowMicros)
        else if (what < 8) [state] = getMachine.unwritten(self, state, from, nowMicros)
        else [state] = getMachine.timer(self, state, nowMicros)
        assert.is(getMachine.stale(state), collected.staleMask(state))
      }
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('purity: the forward machine', () => {
  fc.assert(
    fc.property(choices, (taken) => {
      const [begun] = forwardMachine.start(self, {
        ...start,
        target: { node: whom(0), incarnation: 0 },
        others: [{ node: whom(1), incarnation: 4 }],
      })
      let state = begun
      for (const [what, pick] of taken) {
        const from = whom(pick)
        const code = what < 5 ? 'not_ready' : 'not_accepted'
        if (what === 9) [state] = forwardMachine.timer(self, state)
        else if (what === 8) [state] = forwardMachine.answered(self, state, from, outcome)
        else {
          const refusal = { from, incarnation: 7, code } as const
          ;[state] = forwardMachine.refused(self, state, refusal, startMicros)
        }
        assert.ok(Object.isFrozen(begun), 'nothing writes to a state')
      }
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('purity: lists and answers', () => {
  const { placement } = new TestCluster({ nodes: 5 })
  deepFreeze(placement.ring)
  const dislikes = (node: string): boolean => node === 'n2' || node === 'n4'
  assert.equal(sloppyList(placement, 1, dislikes), sloppyList(placement, 1, dislikes))
  assert.equal(strictList(placement, 1), strictList(placement, 1))
  const asker = { kind: 'peer', from: whom(1), request: 4, incarnation: 2 } as const
  assert.is(pure(respond)(self, asker, outcome)?.kind, 'send')
})

/** What the nodes of a walk have said, one line an effect. */
function transcript(taken: Parameters<Walk['move']>[0][], frozen: boolean): readonly string[] {
  const run = new Walk({ nodes: 5 })
  const lines: string[] = []
  const said = (kind: string, what: unknown): void => {
    if (frozen) deepFreeze(what)
    lines.push(`${kind} ${JSON.stringify(what)}`)
  }
  run.cluster.observers.push({
    persisted: (box, records) => {
      said(`${box.id} persists`, records)
    },
    sent: (box, to, message) => {
      said(`${box.id} to ${to}`, message)
    },
    replied: (box, request, end) => {
      said(`${box.id} answers ${String(request)}`, end)
    },
  })
  for (const move of taken) run.move(move)
  run.rest()
  return lines
}

test('purity: whole nodes told the same twice say the same, and never write to what was said', () => {
  fc.assert(
    fc.property(moves(100), (taken) => {
      const first = transcript([...taken], true)
      assert.equal(transcript([...taken], false), first)
    }),
    { seed: 1, numRuns: 40 },
  )
})

test('purity: an effect is data, and survives a copy', () => {
  const [, effects] = putMachine.start({
    ...start,
    state: held,
    dot: { actor: sibling('n1', 1).actor, n: 1 },
    context: { keyHash: key.hash, vv: [] },
    w: 2,
    pw: 0,
    selfIndex: 0,
    records: [{ type: 'key_state', key, state: held }],
    fallbackAfterMicros: 500,
  })
  const copy: readonly Effect[] = structuredClone([...effects])
  assert.equal(copy, effects)
})

test.run()
