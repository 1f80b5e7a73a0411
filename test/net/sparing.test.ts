import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sparing } from '../../net/sparing.js'

test('sparing: a few a second are let through, and the next one tells of the others', () => {
  let now = 5_000
  const sparing = new Sparing(2, () => now)
  assert.equal(
    [sparing.admit(), sparing.admit(), sparing.admit(), sparing.admit()],
    [0, 0, null, null],
  )
  now += 999
  assert.is(sparing.admit(), null)
  now += 1
  assert.equal([sparing.admit(), sparing.admit(), sparing.admit()], [3, 0, null])
})

test.run()
