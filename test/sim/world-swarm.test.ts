/**
 * Random scenarios with random faults, each judged by a checker of its own: nothing acknowledged is
 * lost, siblings are true, no dot twice, nothing rejected appears.
 *
 *     SWARM=1000..1200 npx tsx test/sim/world-swarm.test.ts      looks at those seeds
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { play, scenarioOf } from './stage.js'
import { swarmScenario } from './swarm.js'
import { problemsOf } from './truth.js'

const [first = 1, last = 30] = (process.env['SWARM'] ?? '').split('..').filter(Boolean).map(Number)

/** All that is wrong with one run, with the seed that shows it. */
function judge(seed: number): { readonly problems: readonly string[]; readonly acked: number } {
  const given = swarmScenario(seed)
  const { world, history } = play(scenarioOf(given))
  const siblings = seed % 5 !== 0
  const converged = world.report.convergedAtMicros !== null
  const problems = problemsOf(history, converged, siblings)
  return {
    problems: problems.map((problem) => `seed ${String(seed)}: ${problem}`),
    acked: history.filter(({ type, f }) => type === 'ok' && f !== 'final' && f !== 'read').length,
  }
}

for (let from = first; from <= last; from += 10) {
  const to = Math.min(from + 9, last)
  test(`swarm: seeds ${String(from)} to ${String(to)}`, () => {
    let acked = 0
    for (let seed = from; seed <= to; seed++) {
      const found = judge(seed)
      assert.equal(found.problems, [])
      acked += found.acked
    }
    assert.ok(acked > 100, 'something was written')
  })
}

test.run()
