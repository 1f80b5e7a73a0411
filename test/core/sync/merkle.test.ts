import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyState } from '../../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../../core/index.js'
import { noSums, plus, sameSums, stateSums, type Sums } from '../../../core/sync/hash.js'
import {
  firstLeafOf,
  leafOf,
  leavesPerSegment,
  MerkleTree,
  segmentCount,
  segmentOf,
} from '../../../core/sync/merkle.js'
import { pure } from '../freeze.js'
import { copy, states } from '../version/arbitrary.js'

/** One partition is enough: every key is in it. */
const partitions = 1
const keys = Array.from({ length: 40 }, (_, i) => keyRef('b', `k${String(i)}`, partitions))

interface Told {
  readonly root: Sums
  readonly segments: readonly (readonly [number, Sums])[]
  readonly leaves: readonly (readonly [number, Sums, readonly string[]])[]
}

/** All that a tree says, in an order of its own. */
function told(tree: MerkleTree): Told {
  const found = Array.from({ length: segmentCount * leavesPerSegment }, (_, leaf) => leaf)
  return {
    root: tree.root,
    segments: tree.segments(),
    leaves: found.flatMap((leaf) => {
      const ids = tree.keys(leaf).map(({ key }) => key.id)
      return ids.length === 0 ? [] : [[leaf, tree.leaf(leaf), ids.sort(byText)] as const]
    }),
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)

/** The same data in a new tree: the dumb twin. */
function rebuilt(data: ReadonlyMap<number, KeyState>): MerkleTree {
  const tree = new MerkleTree(partitions)
  for (const [at, state] of data) tree.update(keys[at]!, state)
  return tree
}

const changes = fc.array(
  fc.tuple(fc.nat(keys.length - 1), fc.option(states, { nil: null, freq: 3 })),
  { maxLength: 60 },
)

test('merkle: after any changes the tree is that of what remains (AE-3)', () => {
  fc.assert(
    fc.property(changes, (made) => {
      const tree = new MerkleTree(partitions)
      const data = new Map<number, KeyState>()
      for (const [at, state] of made) {
        tree.update(keys[at]!, state)
        if (state === null) data.delete(at)
        else data.set(at, state)
      }
      assert.equal(told(tree), told(rebuilt(data)))
      const ids = [...tree.all()].map(({ key }) => key.id).sort(byText)
      assert.equal(ids, [...data.keys()].map((at) => keys[at]!.id).sort(byText))
    }),
    { seed: 1, numRuns: 60 },
  )
})

test('merkle: every node is the sum of those below it', () => {
  fc.assert(
    fc.property(changes, (made) => {
      const tree = new MerkleTree(partitions)
      for (const [at, state] of made) tree.update(keys[at]!, state)
      let root = noSums
      for (let segment = 0; segment < segmentCount; segment++) {
        let sums = noSums
        for (let i = 0; i < leavesPerSegment; i++) {
          const leaf = firstLeafOf(segment) + i
          assert.is(segmentOf(leaf), segment)
          assert.equal(
            tree.leaf(leaf),
            tree.keys(leaf).reduce((sum, key) => plus(sum, key.sums), noSums),
          )
          sums = plus(sums, tree.leaf(leaf))
        }
        assert.equal(tree.segment(segment), sums)
        root = plus(root, sums)
      }
      assert.equal(tree.root, root)
    }),
    { seed: 1, numRuns: 8 },
  )
})

test('merkle: an empty tree, a tree emptied again, and a key taken out that was never in', () => {
  const tree = new MerkleTree(partitions)
  const empty = told(tree)
  assert.equal(empty, { root: noSums, segments: [], leaves: [] })
  tree.update(keys[1]!, null)
  assert.equal(told(tree), empty)
  tree.update(keys[1]!, { vv: [{ actor: actorOf(nodeId('n1'), 0), n: 1 }], siblings: [] })
  assert.not.equal(told(tree), empty)
  tree.update(keys[1]!, null)
  assert.equal(told(tree), empty)
})

test('merkle: the keys of one partition of many spread over all leaves', () => {
  const many = 64
  const leaves = new Set<number>()
  for (let i = 0; i < 64 * 300; i++) {
    const key = keyRef('b', `key${String(i)}`, many)
    if (key.partition === 7) leaves.add(leafOf(key.hash, many))
  }
  // About 300 keys in 32,768 leaves: one or two pairs share one.
  assert.ok(leaves.size > 250, `${String(leaves.size)} leaves`)
  for (const leaf of leaves) assert.ok(leaf >= 0 && leaf < segmentCount * leavesPerSegment)
})

/** What the sums are of: the name, the vector, the dots. */
const face = ({ vv, siblings }: KeyState): string =>
  JSON.stringify([vv, siblings.map(({ actor, n }) => [actor, n])])

test('merkle, sums: equal exactly where vector and dots are', () => {
  fc.assert(
    fc.property(states, states, (x, y) => {
      const [a, b] = [pure(stateSums)('k', x), pure(stateSums)('k', y)]
      assert.equal(a, stateSums('k', copy(x)))
      assert.is(sameSums(a, b), face(x) === face(y))
      assert.not.equal(stateSums('j', x), a)
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('merkle, sums: what stands side by side does not run together', () => {
  const [ab, c, a, bc] = ['ab', 'c', 'a', 'bc'].map((name) => actorOf(nodeId(name), 0))
  const of = (id: string, ...vv: readonly (readonly [typeof ab, number])[]): Sums =>
    stateSums(id, { vv: vv.map(([actor, n]) => ({ actor: actor!, n })), siblings: [] })
  assert.not.equal(of('k', [ab, 1], [c, 1]), of('k', [a, 1], [bc, 1]))
  assert.not.equal(of('ka', [bc, 1]), of('kab', [c, 1]))
  assert.not.equal(of('k', [a, 1]), of('k', [a, 1 + 2 ** 32]))
  assert.not.equal(of('k', [a, 2 ** 32]), of('k', [a, 2 ** 33]))
})

test('merkle, sums: a vector entry is not a sibling', () => {
  const [x, y] = ['x', 'y'].map((name) => actorOf(nodeId(name), 0)) as [never, never]
  const entry = { actor: y, n: 1 }
  const vector = stateSums('k', { vv: [{ actor: x, n: 1 }, entry], siblings: [] })
  const sibling = { ...entry, value: 'v', hlc: 0 }
  assert.not.equal(stateSums('k', { vv: [{ actor: x, n: 1 }], siblings: [sibling] }), vector)
})

test('merkle, sums: each word spreads, and no two of 100,000 small states share both', () => {
  const actor = actorOf(nodeId('n1'), 0)
  const seen = new Set<string>()
  const ones = new Float64Array(64)
  for (let i = 0; i < 100_000; i++) {
    const n = 1 + (i % 1_000)
    const key = `k${String(Math.floor(i / 1_000))}`
    const { a, b } = stateSums(key, { vv: [{ actor, n }], siblings: [] })
    seen.add(`${String(a)}/${String(b)}`)
    for (let bit = 0; bit < 32; bit++) {
      ones[bit]! += (a >>> bit) & 1
      ones[32 + bit]! += (b >>> bit) & 1
    }
  }
  assert.is(seen.size, 100_000)
  // Five standard deviations of 100,000 coins are 790.
  for (const count of ones) assert.ok(Math.abs(count - 50_000) < 800, String(count))
})

test.run()
