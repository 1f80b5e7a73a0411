import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AssertionError } from '../../../core/index.js'
import { sipHash24 } from '../../../core/version/siphash.js'

const key = Uint8Array.from({ length: 16 }, (_, i) => i)
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)
const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Key 00 01 .. 0f over 00 01 02 ..: the authors' published outputs by length; 15 is the example in
 * the paper's appendix A.
 */
const published = new Map([
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [2, '5a4fa9d909806c0d'],
  [3, '2d7efbd796666785'],
  [4, 'b7877127e09427cf'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [16, 'db9bc2577fcc2a3f'],
  [63, '724506eb4c328a95'],
])

test('siphash: the published vectors', () => {
  for (const [length, expected] of published) {
    assert.is(hex(sipHash24(key, counting(length))), expected, `length ${String(length)}`)
  }
})

const mask = (1n << 64n) - 1n
const left = (word: bigint, bits: bigint): bigint =>
  ((word << bits) | (word >> (64n - bits))) & mask
const wordAt = (bytes: Uint8Array, at: number): bigint =>
  [...bytes.subarray(at, at + 8)].reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n)

/** The dumb twin: the paper's figure, in big integers. */
function sipHashByTheBook(secret: Uint8Array, bytes: Uint8Array): bigint {
  const [k0, k1] = [wordAt(secret, 0), wordAt(secret, 8)]
  let v0 = k0 ^ 0x736f6d6570736575n
  let v1 = k1 ^ 0x646f72616e646f6dn
  let v2 = k0 ^ 0x6c7967656e657261n
  let v3 = k1 ^ 0x7465646279746573n
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & mask
      v2 = (v2 + v3) & mask
      v1 = left(v1, 13n) ^ v0
      v3 = left(v3, 16n) ^ v2
      v0 = left(v0, 32n)
      v2 = (v2 + v1) & mask
      v0 = (v0 + v3) & mask
      v1 = left(v1, 17n) ^ v2
      v3 = left(v3, 21n) ^ v0
      v2 = left(v2, 32n)
    }
  }
  const padded = new Uint8Array((Math.floor(bytes.length / 8) + 1) * 8)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length
  for (let at = 0; at < padded.length; at += 8) {
    const word = wordAt(padded, at)
    v3 ^= word
    rounds(2)
    v0 ^= word
  }
  v2 ^= 0xffn
  rounds(4)
  return v0 ^ v1 ^ v2 ^ v3
}

test('siphash: any key, any bytes: as by the book', () => {
  const keys = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(keys, fc.uint8Array({ maxLength: 70 }), (secret, bytes) => {
      assert.is(wordAt(sipHash24(secret, bytes), 0), sipHashByTheBook(secret, bytes))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('siphash: a key of another length is refused', () => {
  assert.throws(
    () => sipHash24(counting(15), counting(3)),
    (e: unknown) => e instanceof AssertionError,
  )
})

test.run()
