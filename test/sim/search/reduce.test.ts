import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reduce, type Trials } from '../../../sim/search/reduce.js'

/** Drives it against a predicate; how many were tried. */
function run(items: readonly number[], fails: (kept: readonly number[]) => boolean) {
  function* attempt(kept: readonly number[]): Trials<readonly number[], boolean> {
    return yield kept
  }
  const steps = reduce(items, attempt)
  let trials = 0
  for (let step = steps.next(); ; step = steps.next(fails(step.value))) {
    if (step.done === true) return { kept: step.value, trials }
    trials++
  }
}

const count = fc.integer({ min: 1, max: 200 })

test('reduce: what is needed stays, everything else goes', () => {
  fc.assert(
    fc.property(count, fc.uniqueArray(fc.nat(199), { maxLength: 8 }), (size, wanted) => {
      const items = Array.from({ length: size }, (_, index) => index)
      const needed = wanted.filter((one) => one < size).sort((a, b) => a - b)
      const { kept } = run(items, (some) => needed.every((one) => some.includes(one)))
      assert.equal(kept, needed)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('reduce: the answer fails, whatever makes it fail', () => {
  fc.assert(
    fc.property(count, fc.integer({ min: 1, max: 9 }), fc.nat(8), (size, by, rest) => {
      const items = Array.from({ length: size }, (_, index) => index)
      const fails = (some: readonly number[]): boolean =>
        some.length === size || some.reduce((sum, one) => sum + one, 0) % by === rest % by
      assert.ok(fails(run(items, fails).kept))
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('reduce: three of a thousand in fewer than a hundred trials', () => {
  const items = Array.from({ length: 1_000 }, (_, index) => index)
  const needed = [17, 400, 950]
  const { kept, trials } = run(items, (some) => needed.every((one) => some.includes(one)))
  assert.equal(kept, needed)
  assert.ok(trials < 100, `${String(trials)} trials`)
})

test('reduce: of nothing, nothing', () => {
  assert.equal(
    run([], () => true),
    { kept: [], trials: 0 },
  )
})

test.run()
