/** DEL-1, DEL-2 and AE-2 against the smallest thing that breaks each, and in whole runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, Plant } from '../../../core/index.js'
import { World } from '../../../sim/world.js'
import { LineWriter } from '../../../sim/line.js'
import { root } from '../../scenarios/root.js'
import { scenarioOf } from '../stage.js'
import { breaks, hand, header, held, key, optionsOf, sibling, stateOf } from './scene.js'

const value = sibling(0, 1, 'a')
const tombstone = sibling(1, 2, null)
const deleted = stateOf([tombstone], [value])

test('DEL-1: what a reaped tombstone covered never comes back; the tombstone may', () => {
  const { store } = hand()
  store(0, held(stateOf([value])))
  store(1, held(deleted))
  store(0, held(deleted))
  store(1, { type: 'key_reaped', key })
  store(1, held(deleted))
  store(1, { type: 'key_reaped', key })
  const after = sibling(0, 3, 'new')
  store(0, held(stateOf([after])))
  breaks('DEL-1', () => store(2, held(stateOf([value]))))
})

test('DEL-2: tombstones are gone some rounds after everything has healed', () => {
  const reap = { everyMicros: 1_000_000, afterMicros: 0 }
  const options = (index: number) => ({
    ...optionsOf(index),
    antiEntropyMicros: 1_000_000,
    reap,
  })
  const scene = hand(options)
  scene.invariants.ended()
  scene.tombstones = 1
  breaks('DEL-2', () => {
    scene.invariants.ended()
  })
  const patient = hand((index) => ({ ...options(index), antiEntropyMicros: 60_000_000 }))
  patient.tombstones = 1
  patient.invariants.ended()
})

test('AE-2: one state sent in vain is chance, dozens are a storm', () => {
  const { store, invariants, held: holds } = hand()
  store(0, held(stateOf([value])))
  holds.set(`1/${key.id}`, stateOf([value]))
  const items = [{ key, state: stateOf([value]), reapEpoch: 0 }]
  const message: Message = { kind: 'sync_states', ...header(0), request: 1, items, wanted: [] }
  for (let i = 0; i < 19; i++) invariants.sent(0, 1, message)
  breaks('AE-2', () => invariants.sent(0, 1, message))
})

test('AE-2: of many copies all but one may come too late, not more', () => {
  const four = (index: number) => ({
    ...optionsOf(index),
    replication: { ...optionsOf(index).replication, n: 4 },
  })
  const { store, invariants, held: holds } = hand(four)
  store(0, held(stateOf([value])))
  const items = [{ key, state: stateOf([value]), reapEpoch: 0 }]
  const message: Message = { kind: 'sync_states', ...header(0), request: 1, items, wanted: [] }
  for (let i = 0; i < 20; i++) invariants.sent(0, 1, message)
  holds.set(`1/${key.id}`, stateOf([value]))
  for (let i = 0; i < 39; i++) invariants.sent(0, 1, message)
  const { explanation } = breaks('AE-2', () => invariants.sent(0, 1, message))
  assert.match(explanation, '40 of 60')
})

/** The invariant that a planted bug breaks in its scenario; null: none. */
function brokenBy(name: string, plant: Plant | null): string | null {
  const text = readFileSync(join(root, 'scenarios/planted', `${name}.yaml`), 'utf8')
  const sink = {
    history: new LineWriter(() => undefined),
    event: () => undefined,
    metrics: () => undefined,
    message: () => undefined,
    trace: () => undefined,
  }
  const world = new World({ scenario: scenarioOf(text), sink, plant })
  while (world.advance(1_000_000));
  return world.guard.violation?.invariant ?? null
}

for (const [name, plant, invariant] of [
  ['reap-by-clock', 'reap_by_clock', 'DEL-1'],
  ['repair-races-reap', 'repair_races_reap', 'DEL-1'],
  ['repair-at-first-sight', 'repair_at_first_sight', 'AE-2'],
  ['tree-drifts', 'tree_drifts', 'AE-3'],
] as const) {
  test(`planted: ${plant} breaks ${invariant}, and the correct code nothing`, () => {
    assert.is(brokenBy(name, plant), invariant)
    assert.is(brokenBy(name, null), null)
  })
}

test.run()
