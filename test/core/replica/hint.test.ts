/**
 * The delivery machine over real storage: every sequence of looks, answers, growing and new hints
 * up to a length, against what a person would keep on a slip of paper.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, KeyState, NodeId, Now } from '../../../core/index.js'
import { defaultLimits, nodeId } from '../../../core/index.js'
import type { HandoffState } from '../../../core/replica/hint.js'
import {
  handoffAnswered,
  handoffTick,
  hintRefusal,
  idleHandoff,
  keepHint,
} from '../../../core/replica/hint.js'
import type { Shell } from '../../../core/shell.js'
import { createShell } from '../../../core/shell.js'
import { keyRef } from '../../../core/index.js'
import { TestCluster } from '../cluster.js'
import { deepFreeze } from '../freeze.js'
import { sibling } from '../coordinate/sample.js'

const target = nodeId('n2')
const retryMicros = 1_000

function shellOf(limits: Partial<typeof defaultLimits> = {}): Shell {
  const cluster = new TestCluster({
    nodes: 3,
    limits: { handoffBatch: 2, ...limits },
    timing: { handoffRetryMicros: retryMicros },
  })
  const { options } = cluster.box('n1')
  return createShell(options, 1, sibling('n1', 1).actor, null)
}

const stateOf = (n: number): KeyState => {
  const { actor } = sibling('n3', n)
  return { vv: [{ actor, n }], siblings: [sibling('n3', n)] }
}
const keyOf = (i: number) => keyRef('default', `k${String(i)}`, 8)

const verbs = ['look', 'late', 'answer', 'old_answer', 'grow', 'add', 'sync'] as const
type Verb = (typeof verbs)[number]

/** One run of the machine; each verb is done and checked. */
class Run {
  readonly #shell = shellOf()
  #state: HandoffState = idleHandoff(target)
  #nowMicros = 0
  #durable = 0
  #added = 0
  #grown = 0
  /** The slip of paper: what was sent last, not answered yet. */
  #sent: readonly (readonly [string, KeyState])[] = []

  constructor() {
    for (let i = 0; i < 3; i++) this.#add()
    this.#durable = this.#shell.persists
  }

  do(verb: Verb): void {
    switch (verb) {
      case 'look':
        this.#look(1)
        break
      case 'late':
        this.#look(retryMicros)
        break
      case 'answer':
        this.#answer(this.#state.request)
        break
      case 'old_answer':
        this.#answer(this.#state.request - 1)
        break
      case 'grow':
        this.#keep(0, stateOf(100 + ++this.#grown))
        break
      case 'add':
        this.#add()
        break
      case 'sync':
        this.#durable = this.#shell.persists
        break
    }
    deepFreeze(this.#state)
  }

  #add(): void {
    this.#keep(this.#added++, stateOf(this.#added))
  }

  #keep(key: number, state: KeyState): void {
    this.#shell.storage.putHint(target, keyOf(key), state, ++this.#shell.persists, 0)
  }

  get #now(): Now {
    return { monoMicros: this.#nowMicros, wallMicros: 0, durablePersists: this.#durable }
  }

  #hints(): readonly (readonly [string, KeyState, number])[] {
    const entries = this.#shell.storage.hints.get(target)?.entries ?? new Map<string, never>()
    return [...entries].map(([id, { state, persist }]) => [id, state, persist] as const)
  }

  #look(passedMicros: number): void {
    this.#nowMicros += passedMicros
    const before = this.#state
    const [state, effects] = handoffTick(this.#shell, before, this.#now)
    const overdue = this.#nowMicros - before.sentMicros >= retryMicros
    if (before.batch !== null && !overdue) {
      assert.is(state, before, 'one batch at a time')
      assert.equal(effects, [])
      return
    }
    const ready = this.#hints().filter(([, , persist]) => persist <= this.#durable)
    const sent = ready.slice(0, 2).map(([id, hint]) => [id, hint] as const)
    assert.equal(itemsOf(effects), sent, 'durable hints, oldest first, no more than a batch')
    if (sent.length > 0) assert.is(state.request, before.request + 1)
    this.#sent = sent
    this.#state = state
  }

  #answer(request: number): void {
    const before = this.#hints()
    const open = this.#state.batch !== null && request === this.#state.request
    const state = this.#state
    const [after, effects] = handoffAnswered(this.#shell, state, request, this.#now)
    const gone = open ? this.#sent : []
    const stays = before.filter(
      ([id, hint]) => !gone.some(([sentId, sent]) => sentId === id && sent === hint),
    )
    assert.equal(this.#hints(), stays, 'deleted: what was sent and has not grown since (HINT-2)')
    if (!open) assert.is(after, state)
    const deleted = effects.flatMap((effect) => (effect.kind === 'persist' ? effect.records : []))
    assert.is(deleted.length, before.length - stays.length)
    if (open) this.#sent = []
    this.#state = after
  }
}

const itemsOf = (effects: readonly Effect[]): readonly unknown[] =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'handoff'
      ? effect.message.items.map(({ key, state }) => [key.id, state])
      : [],
  )

test('hint: a look, then every sequence of five looks, answers, new and grown hints', () => {
  const length = 5
  let runs = 0
  for (let number = 0; number < verbs.length ** length; number++) {
    const run = new Run()
    run.do('look')
    for (let rest = number, i = 0; i < length; i++, rest = Math.floor(rest / verbs.length)) {
      run.do(verbs[rest % verbs.length] as Verb)
    }
    runs++
  }
  assert.is(runs, 16_807)
})

const now: Now = { monoMicros: 0, wallMicros: 0, durablePersists: 0 }
const hintFor = (shell: Shell, at: Now, node: NodeId, i: number) =>
  hintRefusal(shell, at, node, keyOf(i))

test('hint: over the bytes of a target a new key is refused, a known one may grow', () => {
  const shell = shellOf({ hintBytesPerTarget: 60 })
  assert.is(hintFor(shell, now, target, 0), null)
  shell.storage.putHint(target, keyOf(0), stateOf(1), 1, 0)
  assert.is(hintFor(shell, now, target, 1), null)
  shell.storage.putHint(target, keyOf(1), stateOf(1), 2, 0)
  assert.is(hintFor(shell, now, target, 2), 'hint_refused')
  assert.is(hintFor(shell, now, target, 0), null)
  assert.is(hintFor(shell, now, nodeId('n3'), 2), null, 'the cap is per target')
})

test('hint: older than the window, nothing more is taken for that target', () => {
  const shell = shellOf({ hintWindowMicros: 500 })
  shell.storage.putHint(target, keyOf(0), stateOf(1), 1, 0)
  assert.is(hintFor(shell, { ...now, monoMicros: 500 }, target, 1), null)
  assert.is(hintFor(shell, { ...now, monoMicros: 501 }, target, 1), 'hint_refused')
  shell.storage.deleteHint(target, keyOf(0))
  assert.is(hintFor(shell, { ...now, monoMicros: 501 }, target, 1), null, 'all were delivered')
})

test('hint: a node keeps none for itself', () => {
  const shell = shellOf()
  assert.is(hintFor(shell, now, shell.options.id, 0), 'hint_refused')
})

test('hint: a coordinator over its caps notes that the owner needs repair, once (HINT-4)', () => {
  const shell = shellOf({ hintBytesPerTarget: 0 })
  const first = keepHint(shell, now, target, keyOf(0), stateOf(1))
  assert.is(first?.type, 'hint', 'the first one is always under the cap')
  const { partition } = keyOf(1)
  assert.equal(keepHint(shell, now, target, keyOf(1), stateOf(1)), {
    type: 'needs_repair',
    target,
    partition,
    needed: true,
  })
  assert.is(keepHint(shell, now, target, keyOf(1), stateOf(2)), null)
})

test('hint: counts and bytes follow what is kept', () => {
  const shell = shellOf()
  const { storage } = shell
  storage.putHint(target, keyOf(0), stateOf(1), 1, 0)
  const one = storage.hints.get(target)?.bytes ?? 0
  storage.putHint(target, keyOf(1), stateOf(1), 2, 0)
  assert.is(storage.hintCount, 2)
  assert.is(storage.hints.get(target)?.bytes, 2 * one)
  storage.putHint(target, keyOf(1), stateOf(2), 3, 0)
  assert.is(storage.hintCount, 2)
  storage.deleteHint(target, keyOf(0))
  storage.deleteHint(target, keyOf(0))
  storage.deleteHint(target, keyOf(1))
  assert.is(storage.hintCount, 0)
  assert.is(storage.hints.get(target), undefined)
})

test.run()
