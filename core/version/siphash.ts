/**
 * SipHash-2-4 (Aumasson and Bernstein 2012): a short checksum that only holders of the 16-byte key
 * can make. Two of them are worked out for every write of a client, so the four words of 64 bits
 * are eight variables of 32, lower halves and higher halves, and no step of a round is a call.
 */
import { assert } from '../assert.js'
import { uint32At } from '../wire/bytes.js'

export const sipKeyBytes = 16
export const sipTagBytes = 8

/** Rounds for a word of the message, and after the last one. */
const compression = 2
const finalization = 4

/** Eight bytes, as in the paper's own test vectors: lowest first. Of the first `end` of `bytes`. */
export function sipHash24(key: Uint8Array, bytes: Uint8Array, end = bytes.length): Uint8Array {
  assert(key.length === sipKeyBytes, 'a SipHash key has 16 bytes')
  let low0 = uint32At(key, 0) ^ 0x70736575
  let high0 = uint32At(key, 4) ^ 0x736f6d65
  let low1 = uint32At(key, 8) ^ 0x6e646f6d
  let high1 = uint32At(key, 12) ^ 0x646f7261
  let low2 = uint32At(key, 0) ^ 0x6e657261
  let high2 = uint32At(key, 4) ^ 0x6c796765
  let low3 = uint32At(key, 8) ^ 0x79746573
  let high3 = uint32At(key, 12) ^ 0x74656462
  const absorbing = compression * ((end >> 3) + 1)
  let low = 0
  let high = 0
  for (let round = 0; round < absorbing + finalization; round++) {
    if (round < absorbing && (round & 1) === 0) {
      low = halfAt(bytes, round << 2, end)
      high = halfAt(bytes, (round << 2) + 4, end)
      low3 ^= low
      high3 ^= high
    } else if (round === absorbing) low2 ^= 0xff
    low0 = (low0 + low1) | 0
    high0 = (high0 + high1 + carry(low0, low1)) | 0
    low2 = (low2 + low3) | 0
    high2 = (high2 + high3 + carry(low2, low3)) | 0
    // Rotated left by 13 and 16, and v0 by 32.
    const turned1 = ((low1 << 13) | (high1 >>> 19)) ^ low0
    high1 = ((high1 << 13) | (low1 >>> 19)) ^ high0
    low1 = turned1
    const turned3 = ((low3 << 16) | (high3 >>> 16)) ^ low2
    high3 = ((high3 << 16) | (low3 >>> 16)) ^ high2
    low3 = turned3
    const lower0 = (high0 + low3) | 0
    high0 = (low0 + high3 + carry(lower0, low3)) | 0
    low0 = lower0
    low2 = (low2 + low1) | 0
    high2 = (high2 + high1 + carry(low2, low1)) | 0
    // By 21 and 17, and v2 by 32.
    const again3 = ((low3 << 21) | (high3 >>> 11)) ^ low0
    high3 = ((high3 << 21) | (low3 >>> 11)) ^ high0
    low3 = again3
    const again1 = ((low1 << 17) | (high1 >>> 15)) ^ low2
    high1 = ((high1 << 17) | (low1 >>> 15)) ^ high2
    low1 = again1
    const lower2 = high2
    high2 = low2
    low2 = lower2
    if (round < absorbing && (round & 1) === 1) {
      low0 ^= low
      high0 ^= high
    }
  }
  return tagOf(low0 ^ low1 ^ low2 ^ low3, high0 ^ high1 ^ high2 ^ high3)
}

/** Of a sum of 32 bits and what was added to make it. */
const carry = (sum: number, added: number): number => (sum >>> 0 < added >>> 0 ? 1 : 0)

/** Four bytes of the message; behind its end zeros, and its length in the last byte of a word. */
function halfAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return uint32At(bytes, at) | 0
  let half = (at & 4) === 4 ? end << 24 : 0
  for (let i = at; i < end; i++) half |= (bytes[i] as number) << (8 * (i - at))
  return half
}

function tagOf(low: number, high: number): Uint8Array {
  const tag = new Uint8Array(sipTagBytes)
  for (let i = 0; i < 4; i++) {
    tag[i] = low >>> (8 * i)
    tag[i + 4] = high >>> (8 * i)
  }
  return tag
}
