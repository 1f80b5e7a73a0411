import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyRef } from '../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../core/index.js'
import type { Entry } from '../../core/shelf.js'
import { Shelf } from '../../core/shelf.js'
import { states } from './version/arbitrary.js'

const partitions = 16
const keys = Array.from({ length: 40 }, (_, at) =>
  keyRef(at % 3 === 0 ? 'ü\ud800' : 'default', `k${String(at)}`, partitions),
)

const byId = (a: Entry, b: Entry): number => (a.key.id < b.key.id ? -1 : 1)

const large = 'v'.repeat(10_000)
const values = fc.oneof(
  states,
  states,
  fc.constant(null).map(() => stateOf(large)),
)

function stateOf(value: string) {
  const actor = actorOf(nodeId('n1'), 0)
  return { vv: [{ actor, n: 1 }], siblings: [{ actor, n: 1, value, hlc: -5 }] }
}

const moves = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('set' as const, 'replace' as const),
      at: fc.nat(keys.length - 1),
      state: values,
      persist: fc.nat(),
    }),
    fc.record({
      kind: fc.constantFrom('get', 'find', 'peek', 'delete'),
      at: fc.nat(keys.length - 1),
    }),
  ),
  { maxLength: 160, size: 'max' },
)

function look(shelf: Shelf, kind: string, key: KeyRef): Entry | null {
  if (kind === 'find') return shelf.find(key)
  return kind === 'get' ? shelf.get(key.id) : shelf.peek(key.id)
}

test('shelf: however few are in use, it holds what a map would', () => {
  let packed = 0
  fc.assert(
    fc.property(moves, fc.integer({ min: 0, max: 4 }), (made, mostInUse) => {
      const shelf = new Shelf(mostInUse)
      const twin = new Map<string, Entry>()
      for (const move of made) {
        const key = keys[move.at]!
        if ('state' in move) {
          const { state, persist } = move
          // By another reference that says the same, as one that came in a message.
          const held = move.kind === 'set' ? null : shelf.find({ ...key })
          if (held === null) shelf.set({ key, state, persist })
          else shelf.replace(held, state, persist)
          twin.set(key.id, { key, state, persist })
        } else if (move.kind === 'delete') {
          shelf.delete(key)
          twin.delete(key.id)
        } else {
          const found = look(shelf, move.kind, key)
          assert.equal(found, twin.get(key.id) ?? null)
        }
        assert.is(shelf.size, twin.size)
      }
      packed += shelf.packed
      assert.equal([...shelf.values()].sort(byId), [...twin.values()].sort(byId))
      const places: [string, number][] = []
      shelf.eachPlace((id, partition) => places.push([id, partition]))
      const expected = [...twin.values()].map(({ key }) => [key.id, key.partition])
      assert.equal(new Map(places), new Map(expected as [string, number][]))
    }),
    { seed: 1, numRuns: 600 },
  )
  assert.ok(packed > 200, String(packed))
})

test('shelf: what is read while it is packed and unpacked comes once, and all of it', () => {
  const shelf = new Shelf(3)
  for (const key of keys) shelf.set({ key, state: stateOf(key.key), persist: 0 })
  assert.is(shelf.packed, keys.length - 3)
  const seen: string[] = []
  for (const { key } of shelf.values()) {
    seen.push(key.id)
    // Another is taken into use, and pushes one out.
    shelf.get(keys[(seen.length * 5) % keys.length]!.id)
  }
  assert.equal(
    seen,
    keys.map(({ id }) => id),
  )
})

test('shelf: within a step an entry is the same object', () => {
  const shelf = new Shelf(3)
  for (const key of keys) shelf.set({ key, state: stateOf(key.key), persist: 7 })
  const { id } = keys[0]!
  const entry = shelf.get(id)
  assert.is(shelf.get(id), entry)
  assert.is(shelf.peek(id), entry)
})

test('shelf: what is packed is kept by nobody else, and one that is found is in use again', () => {
  const shelf = new Shelf(1)
  const [first, second] = [keys[0]!, keys[1]!]
  shelf.set({ key: first, state: stateOf('1'), persist: 1 })
  shelf.set({ key: second, state: stateOf('2'), persist: 2 })
  const before = shelf.find(second)
  assert.equal(shelf.find(first)?.state, stateOf('1'))
  const after = shelf.find(second)
  assert.is.not(after, before, 'it was packed meanwhile')
  assert.equal(after, before)
  shelf.delete(second)
  assert.is(shelf.find(second), null)
})

test.run()
