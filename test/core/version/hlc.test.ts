import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { receiveHlc, tickHlc } from '../../../core/index.js'

const micros = fc.integer({ min: -1_000, max: 1_000 })

test('hlc: a tick rises, and is never behind the wall clock', () => {
  fc.assert(
    fc.property(micros, micros, (last, wall) => {
      assert.is(tickHlc(last, wall), Math.max(wall, last + 1))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('hlc: after hearing of a remote reading the next tick is above it', () => {
  fc.assert(
    fc.property(micros, micros, micros, (last, remote, wall) => {
      const heard = receiveHlc(last, remote, wall, 100)
      if (remote > wall + 100) return assert.is(heard, null)
      assert.ok(heard !== null && heard >= last)
      assert.ok(tickHlc(heard ?? 0, wall) > Math.max(last, remote))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('hlc: a reading too far ahead is refused, one at the limit is not', () => {
  assert.is(receiveHlc(5, 1_501, 1_000, 500), null)
  assert.is(receiveHlc(5, 1_500, 1_000, 500), 1_500)
  assert.is(receiveHlc(2_000, 1_500, 1_000, 500), 2_000)
})

test('hlc: a wall clock that jumps ahead and back leaves no trace by hearing alone', () => {
  const heard = receiveHlc(10, 20, 1_000_000, 500)
  assert.is(tickHlc(heard ?? 0, 30), 30)
})

test.run()
