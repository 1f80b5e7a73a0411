/**
 * What shrinking is for: a failure among fifty faults and a thousand operations comes down to at
 * most three faults and ten operations. How long it takes is measured elsewhere.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failsAs, failuresOf, hintsOf, type Failure } from '../../../sim/cli/shrink/failure.js'
import { operationsOf } from '../../../sim/search/change.js'
import { explicitOf, recordScript } from '../../../sim/search/explicit.js'
import { sayable } from '../../../sim/search/sayable.js'
import { shrink } from '../../../sim/search/shrink.js'
import { StagedSearch } from '../../../sim/search/stages.js'
import { fiftyFaults, target } from './fifty.js'

test('shrink: fifty faults and a thousand operations become three and ten at most', () => {
  const start = sayable(explicitOf(fiftyFaults, recordScript(fiftyFaults, null)))
  assert.ok(start.faults.length >= 50, String(start.faults.length))
  assert.ok(operationsOf(start).length >= 1_000, String(operationsOf(start).length))
  const [failure] = failuresOf(start, null) as readonly [Failure]
  assert.is(failure.check, 'durability')
  const { scenario: smallest, finished } = shrink({
    search: new StagedSearch({
      ...{ scenario: fiftyFaults, start, plant: null, hints: failure.hints },
      hintsOf: (candidate) => hintsOf(failure, candidate, null),
    }),
    fails: (candidate) => failsAs(failure, candidate, null),
    mostTrials: 2_000,
  })
  assert.ok(finished)
  assert.ok(smallest.faults.length <= target.faults, String(smallest.faults.length))
  assert.ok(
    operationsOf(smallest).length <= target.operations,
    String(operationsOf(smallest).length),
  )
  assert.ok(failsAs(failure, smallest, null))
})

test.run()
