import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFrame, sealFrame, unchecked } from '../../../core/wire/frame.js'

const bytes = fc.uint8Array({ maxLength: 300 })

test('frame: what is sealed opens as it was', () => {
  fc.assert(
    fc.property(bytes, (message) => {
      const frame = sealFrame(message)
      assert.equal(openFrame(frame), message)
      assert.equal(unchecked(frame), message)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('frame: up to three flipped bits, and every cut, are refused', () => {
  const flips = fc.uniqueArray(fc.nat(100_000), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(bytes, flips, fc.nat(303), (message, places, length) => {
      const frame = sealFrame(message)
      const bits = new Set(places.map((place) => place % (frame.length * 8)))
      const flipped = frame.slice()
      for (const bit of bits) flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
      assert.is(openFrame(flipped), null)
      if (length < frame.length) assert.is(openFrame(frame.slice(0, length)), null)
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test.run()
