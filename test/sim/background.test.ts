/** Background work against clients: what a returned node's hints cost those who wait. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { play, scenarioOf } from './stage.js'
import type { Played } from './stage.js'

/** Small links: a full batch of hints takes a tenth of a second on one of them. */
const mail = (yields: boolean) =>
  scenarioOf({
    name: 'mail',
    duration: '24s',
    settle: '30s',
    cluster: {
      nodes: 5,
      replication: { n: 3, r: 2, w: 2 },
      background_yields: yields,
      read_repair: false,
      anti_entropy: false,
    },
    network: { bandwidth: '10Mbit/s' },
    workload: {
      clients: 40,
      rate: '400/s',
      keys: { count: 20_000, distribution: 'uniform' },
      mix: { get: '30%', put: '70%' },
      value: '2KiB',
    },
    faults: [{ at: '4s', for: '10s', crash: 'n4' }],
  })

/** Operations begun after the node's return that took longer than so much. */
function slowOnes({ history }: Played, millis: number): number {
  const begun = new Map<string, number>()
  let slow = 0
  for (const { op = '', type, time, f } of history) {
    if (f === 'final') continue
    if (type === 'invoke') begun.set(op, time)
    else {
      const since = begun.get(op) ?? 0
      if (since >= 14e9 && time - since > millis * 1e6) slow++
    }
  }
  return slow
}

test('hints give way to clients: far fewer wait long, and all hints arrive all the same', () => {
  const [hasty, polite] = [play(mail(false)), play(mail(true))]
  const [before, after] = [slowOnes(hasty, 60), slowOnes(polite, 60)]
  assert.ok(before >= 20, `${String(before)} slow without`)
  assert.ok(after * 2 <= before, `${String(after)} slow with, ${String(before)} without`)
  for (const { world } of [hasty, polite]) {
    assert.is(
      world.processes.reduce((sum, { node }) => sum + (node?.hintCount ?? 0), 0),
      0,
    )
    assert.ok(world.report.convergedAtMicros !== null)
  }
  const deferred = ({ world }: Played): readonly number[] =>
    world.processes.map(({ node }) => node?.inspect().pace.deferred ?? 0)
  assert.equal(deferred(hasty), [0, 0, 0, 0, 0])
  assert.ok(deferred(polite).some((count) => count > 0))
})

test.run()
