import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyState, Ring } from '../../../core/index.js'
import { keyRef, nodeId, Placement } from '../../../core/index.js'
import { Storage } from '../../../core/storage.js'
import { Forest } from '../../../core/sync/forest.js'
import { noSums } from '../../../core/sync/hash.js'
import { MerkleTree } from '../../../core/sync/merkle.js'
import { emptyState } from '../../../core/version/siblings.js'
import { states } from '../version/arbitrary.js'

const [n1, n2] = [nodeId('n1'), nodeId('n2')]
const members = [n1, n2].map((id) => ({ id, zone: '', weight: 1 }))
/** n1 owns partitions 0 and 1, n2 the others. */
const ring: Ring = {
  epoch: 1,
  partitions: 4,
  replicas: 1,
  members,
  owners: [[n1], [n1], [n2], [n2]],
}
const placement = new Placement(ring)
const keys = Array.from({ length: 24 }, (_, i) => keyRef('b', `k${String(i)}`, 4))
const everything = Number.MAX_SAFE_INTEGER

function planted(): { readonly storage: Storage; readonly forest: Forest } {
  const storage = new Storage(null)
  const forest = new Forest(storage, placement, n1)
  storage.onPut = forest.touched
  return { storage, forest }
}

const roots = (forest: Forest, durable: number) =>
  [0, 1, 2, 3].map((partition) => forest.tree(partition, durable)?.root ?? null)

function rootsOf(data: ReadonlyMap<string, KeyState>) {
  return [0, 1, 2, 3].map((partition) => {
    if (!placement.isOwner(partition, n1)) return null
    const tree = new MerkleTree(4)
    for (const key of keys) {
      const state = key.partition === partition ? data.get(key.id) : undefined
      if (state !== undefined) tree.update(key, state)
    }
    return tree.root
  })
}

type Move =
  | { readonly kind: 'put'; readonly at: number; readonly state: KeyState }
  | { readonly kind: 'sync' | 'look' | 'rebuild'; readonly count: number }

/** Some keys are written again and again, also after their tree was looked at. */
const places = fc.oneof(fc.nat(3), fc.nat(keys.length - 1))

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('put' as const), at: places, state: states }),
    fc.record({
      kind: fc.constantFrom('sync', 'sync', 'look', 'look', 'rebuild'),
      count: fc.nat(9),
    }),
  ),
  { maxLength: 60 },
)

test('forest: a tree holds what was durable of each key when it was last looked at', () => {
  fc.assert(
    fc.property(moves, (made) => {
      const { storage, forest } = planted()
      const seen = new Map<string, KeyState>()
      let persists = 0
      let durable = 0
      const look = (): void => {
        for (const { key, state, persist } of storage.entries()) {
          if (persist <= durable) seen.set(key.id, state)
        }
        assert.equal(roots(forest, durable), rootsOf(seen))
        assert.equal(forest.drift(durable), [])
      }
      for (const move of made) {
        if (move.kind === 'put') {
          const key = keys[move.at]!
          const held = storage.entry(key.id)
          if (held === null) storage.put(key, move.state, ++persists)
          else storage.replace(held, move.state, ++persists)
        } else if (move.kind === 'sync') durable = Math.min(persists, durable + move.count)
        else if (move.kind === 'look') look()
        else {
          // Anew, from what there is: of a key in flight nothing is left.
          forest.rebuild()
          seen.clear()
        }
      }
      durable = persists
      look()
      const data = new Map([...storage.entries()].map(({ key, state }) => [key.id, state]))
      assert.equal(roots(forest, durable), rootsOf(data), 'AE-3')
      assert.equal(forest.drift(durable), [])
      forest.rebuild()
      assert.equal(roots(forest, durable), rootsOf(data), 'AE-3, built anew')
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('forest: what a log brought back is in the trees, and what others own is not', () => {
  const held = new Map(keys.map((key) => [key.id, { key, state: emptyState }]))
  const counters = { incarnation: 1, actorEpoch: 0, leaseUpTo: 0, damaged: false }
  const nothing = {
    hints: new Map(),
    needsRepair: new Map(),
    reapEpochs: new Map(),
    reapedHlc: 0,
    doubtful: new Set<number>(),
  }
  const who = { clusterId: 'c', nodeId: n1 }
  const storage = new Storage({ ...who, ...counters, ...nothing, keys: held })
  const forest = new Forest(storage, placement, n1)
  const data = new Map(keys.map((key) => [key.id, emptyState]))
  assert.equal(roots(forest, 0), rootsOf(data))
  assert.is(forest.tree(2, everything), null)
})

test('forest: a key in flight is busy, and nothing of it is told', () => {
  const { storage, forest } = planted()
  const key = keys.find(({ partition }) => partition === 0)!
  const leaf = forest.leafOf(key)
  storage.put(key, emptyState, 1)
  assert.equal(forest.tree(0, 0)?.root, noSums)
  assert.equal(forest.busyKeys(0, new Set([leaf])), [key])
  assert.equal(forest.busyKeys(0, new Set([leaf + 1])), [])
  assert.is(forest.tree(0, 1)?.keys(leaf).length, 1)
  assert.equal(forest.busyKeys(0, new Set([leaf])), [])
})

test('forest: a key that was put past the tree is drift (planted bug 24)', () => {
  const { storage, forest } = planted()
  const [first, second] = keys.filter(({ partition }) => partition === 1)
  storage.put(first!, emptyState, 0)
  assert.equal(forest.drift(0), [])
  storage.onPut = null
  storage.put(second!, emptyState, 0)
  assert.equal(forest.drift(0), [1])
  forest.rebuild()
  assert.equal(forest.drift(0), [])
})

test.run()
