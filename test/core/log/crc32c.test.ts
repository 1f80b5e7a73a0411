import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { crc32c } from '../../../core/index.js'

const filled = (make: (index: number) => number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => make(index))

test('crc32c: the vectors of RFC 3720 B.4, and the usual check value', () => {
  assert.is(crc32c(filled(() => 0)), 0x8a9136aa)
  assert.is(crc32c(filled(() => 0xff)), 0x62a8ab43)
  assert.is(crc32c(filled((i) => i)), 0x46dd794e)
  assert.is(crc32c(filled((i) => 31 - i)), 0x113fdb5c)
  const read = new Uint8Array(48)
  read.set([0x01, 0xc0], 0)
  read[16] = 0x14
  read[22] = 0x04
  read[27] = 0x14
  read[31] = 0x18
  read[32] = 0x28
  read[40] = 0x02
  assert.is(crc32c(read), 0xd9963a56)
  assert.is(crc32c(new TextEncoder().encode('123456789')), 0xe3069283)
  assert.is(crc32c(new Uint8Array(0)), 0)
})

/** The dumb twin: a bit at a time. */
function crcByTheBook(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

test('crc32c: any bytes, any part of them, as bit by bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), fc.nat(60), (bytes, a, b) => {
      const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)]
      assert.is(crc32c(bytes, start, end), crcByTheBook(bytes.subarray(start, end)))
      assert.is(crc32c(bytes), crcByTheBook(bytes))
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test.run()
