/** The frames of the bare reference: what goes in comes out, however the stream is cut. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Frame } from './batch.js'
import { Batch, FrameCutter } from './batch.js'

const test = suite('bench: frames of the bare reference')

const frame = fc.record({
  kind: fc.constantFrom<Frame['kind']>('hello', 'store', 'stored', 'fetch', 'fetched'),
  number: fc.nat(),
  stamp: fc.double({ noNaN: true }),
  key: fc.string({ unit: 'binary', maxLength: 30 }),
  value: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('v'.repeat(20_000))),
})

test('frames: a batch cut into pieces anywhere gives the same frames', () => {
  fc.assert(
    fc.property(fc.array(frame), fc.integer({ min: 1, max: 5_000 }), (frames, pieceBytes) => {
      const batch = new Batch()
      for (const { kind, number, stamp, key, value } of frames) {
        batch.add(kind, number, stamp, key, value)
      }
      const bytes = batch.take()
      const found: Frame[] = []
      const cutter = new FrameCutter()
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        cutter.push(bytes.subarray(from, from + pieceBytes), (each) => found.push(each))
      }
      assert.equal(
        found,
        frames.map((each) => ({ ...each })),
      )
      assert.ok(batch.isEmpty)
    }),
    { seed: 1, numRuns: 100 },
  )
})

test.run()
