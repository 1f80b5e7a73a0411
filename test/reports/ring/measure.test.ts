import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fc from 'fast-check'
import type { Ring } from '../../../core/index.js'
import { createRing, keyRef, nodeId, planJoin, planLeave } from '../../../core/index.js'
import { ringPage } from '../../../reports/ring.js'
import { firstStep, keysByPartition, overload, stepOf } from '../../../reports/ring/measure.js'

const ringOf = (nodes: number, partitions: number, replicas: number): Ring =>
  createRing({
    members: Array.from({ length: nodes }, (_, i) => {
      return { id: nodeId(`n${String(i + 1)}`), zone: `z${String(i + 1)}`, weight: 1 }
    }),
    partitions,
    replicas,
  }).ring

const sampleOf = (count: number, partitions: number): readonly number[] =>
  keysByPartition(
    Array.from({ length: count }, (_, i) => keyRef('default', `k${String(i)}`, partitions)),
    partitions,
  )

/** By looking at every key: how many copies are on nodes that had none of them before. */
function copiesByHand(before: Ring, after: Ring, count: number): number {
  let moved = 0
  for (let i = 0; i < count; i++) {
    const { partition } = keyRef('default', `k${String(i)}`, before.partitions)
    const old = before.owners[partition] ?? []
    moved += (after.owners[partition] ?? []).filter((node) => !old.includes(node)).length
  }
  return moved
}

test('what a plan moves, counted partition by partition, is what every key says', () => {
  const nodes = fc.integer({ min: 3, max: 9 })
  const choices = fc.record({ nodes, log: fc.integer({ min: 3, max: 8 }), joins: fc.boolean() })
  fc.assert(
    fc.property(choices, ({ nodes: count, log, joins }) => {
      const partitions = 2 ** log
      const ring = ringOf(count + 1, partitions, 3)
      const plan = joins
        ? planJoin(ring, { id: nodeId('new'), zone: 'new', weight: 1 })
        : planLeave(ring, nodeId('n2'))
      const step = stepOf('step', ring, plan, sampleOf(300, partitions))
      assert.is(step.movedKeys, copiesByHand(ring, plan.ring, 300))
      assert.is(step.copies, 900)
      assert.is(step.torn, 0)
      assert.is(
        step.shares.reduce((sum, { replicas }) => sum + replicas, 0),
        partitions * 3,
      )
      // RING-4: moved <= ideal + N per join; a leaver's replicas all go, and nothing else.
      assert.ok(step.movedReplicas >= step.dueReplicas)
      assert.ok(step.movedReplicas <= step.dueReplicas + (joins ? 3 : 0))
    }),
    { seed: 5, numRuns: 100 },
  )
})

test('the first ring has moved nothing, and says how full its fullest node is', () => {
  const step = firstStep(ringOf(5, 64, 3), ['a wish'], sampleOf(1_000, 64))
  assert.equal([step.movedReplicas, step.movedKeys, step.newFirstOwners], [0, 0, 0])
  assert.equal(step.problems, ['a wish'])
  // 192 replicas over five: 39 against 38.4.
  assert.ok(Math.abs(overload(step, 'replicas') - (39 / 38.4 - 1)) < 1e-9)
  assert.ok(overload(step, 'keys') > 0)
})

test('a member of weight 0 is due nothing, and no share is above all partitions', () => {
  const weights = [0, 1, 1, 1, 50]
  const { ring } = createRing({
    members: weights.map((weight, i) => ({
      id: nodeId(`n${String(i)}`),
      zone: `z${String(i)}`,
      weight,
    })),
    partitions: 16,
    replicas: 3,
  })
  const { shares } = firstStep(ring, [], sampleOf(10, 16))
  assert.equal([shares[0]?.fair, shares[0]?.replicas], [0, 0])
  assert.is(shares[4]?.fair, 16)
})

test('the page says the plan, its problems, and whether a partition would lose two owners', async () => {
  const ring = ringOf(4, 16, 3)
  const keys = sampleOf(100, 16)
  const good = stepOf('leave=n4', ring, planLeave(ring, nodeId('n4')), keys)
  const file = {
    format: 1 as const,
    ...{ version: '0', command: 'npx sim ring f.yaml', name: '<b>shop</b>' },
    ...{ partitions: 16, replicas: 3, keys: 100 },
    steps: [firstStep(ring, [], keys), good],
  }
  const page = await ringPage(file)
  assert.ok(page.includes('Every wish is met'))
  assert.ok(page.includes('&lt;b&gt;shop'))
  assert.not.ok(page.includes('<b>shop'))
  const torn = await ringPage({ ...file, steps: [{ ...good, torn: 2 }] })
  assert.ok(torn.includes('2 partitions would lose two owners at once'))
  const sad = await ringPage({ ...file, steps: [{ ...good, problems: ['zones are shared'] }] })
  assert.ok(sad.includes('1 wish not met') && sad.includes('zones are shared'))
})

test.run()
