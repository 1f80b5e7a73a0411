/** News on their way: each as often as it should be, the least told first, never above a packet. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MemberUpdate } from '../../../core/index.js'
import { nodeId } from '../../../core/index.js'
import { retransmits, Rumours, updateBytes } from '../../../core/member/rumours.js'

const news = (node: string, refutation = 0): MemberUpdate => {
  return { node: nodeId(node), state: 'alive', incarnation: 1, refutation, by: null }
}
const names = (updates: readonly MemberUpdate[]): string =>
  updates.map(({ node, refutation }) => `${node}/${String(refutation)}`).join(' ')

test('rumours: 4 * ceil(log10(n + 1)) times', () => {
  const wanted: readonly (readonly [number, number])[] = [
    [1, 4],
    [3, 4],
    [9, 4],
    [10, 8],
    [99, 8],
    [100, 12],
    [1_000, 16],
  ]
  for (const [members, times] of wanted) assert.is(retransmits(members), times)
})

test('rumours: each is told its times, and then never again', () => {
  const rumours = new Rumours(3)
  rumours.add(news('n1'))
  rumours.add(news('n2'))
  for (let i = 0; i < 4; i++) assert.is(names(rumours.take(1_000)), 'n1/0 n2/0')
  assert.equal(rumours.take(1_000), [])
  assert.is(rumours.size, 0)
})

test('rumours: newer news of a node replaces the older, and begins anew', () => {
  const rumours = new Rumours(3)
  rumours.add(news('n1'))
  rumours.take(1_000)
  rumours.add(news('n1', 1))
  for (let i = 0; i < 4; i++) assert.is(names(rumours.take(1_000)), 'n1/1')
  assert.is(rumours.size, 0)
})

test('rumours: what the receiver should know goes first, in front of all that waits, once', () => {
  const rumours = new Rumours(3)
  for (const node of ['n1', 'n2', 'n3']) rumours.add(news(node))
  assert.is(names(rumours.take(1_000, news('n2', 7))), 'n2/7 n1/0 n3/0')
})

test('rumours: told by turns where not all fit, always within the bytes (all nodes, any sizes)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 90, max: 400 }),
      (ids, bytes) => {
        const rumours = new Rumours(5)
        const told = new Map<string, number>()
        for (const id of new Set(ids)) {
          told.set(id, 0)
          rumours.add(news(id))
        }
        while (rumours.size > 0) {
          const taken = rumours.take(bytes)
          assert.ok(taken.length > 0, 'as long as anything waits, something is told')
          let size = 0
          for (const update of taken) {
            size += updateBytes(update)
            told.set(update.node, (told.get(update.node) ?? 0) + 1)
          }
          assert.ok(size <= bytes)
          const counts = [...told.values()]
          assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, 'the least told first')
        }
        for (const count of told.values()) assert.is(count, 4)
      },
    ),
    { seed: 1, numRuns: 200 },
  )
})

test.run()
