/**
 * Where a key belongs (protocol.md section 1): the top bits of a 64-bit hash of the UTF-8 bytes of
 * `bucket \0 key`.
 *
 * The hash is FNV-1a 64 finished by murmur3's fmix64: FNV alone barely stirs its top bits for short
 * keys, and those are the ones that count here. Both are a few lines in any language;
 * docs/placement-hash.md has them in Python and Go, and the golden vectors hold all of them
 * together.
 *
 * A surrogate without its other half, which UTF-8 has no bytes for, is hashed as the three bytes
 * that its number would have (WTF-8; Python: `surrogatepass`): every string has its own bytes.
 */
import type { KeyRef } from '../types.js'

/** A 64-bit number as two unsigned halves. */
export interface Hash64 {
  readonly high: number
  readonly low: number
}

const offsetHigh = 0xcbf29ce4 | 0
const offsetLow = 0x84222325 | 0
/** The prime is 2^40 + 0x1b3, so the product is a shift and one small multiplication. */
const primeLow = 0x1b3

export function placementHash(id: string): Hash64 {
  const halves = new Uint32Array(2)
  hashInto(id, halves)
  return { high: halves[0] as number, low: halves[1] as number }
}

/** The upper half of `placementHash`, 0..2^32-1, without an allocation. */
export function placementHigh(id: string): number {
  return hashInto(id, null)
}

/**
 * Bucket names hold no `\0`, or two keys could share one id; who takes names from outside checks
 * that.
 */
export function keyRef(bucket: string, key: string, partitions: number): KeyRef {
  const id = `${bucket}\0${key}`
  const hash = hashInto(id, null) | 0
  return { bucket, key, id, hash, partition: partitionOf(hash, partitions) }
}

/** The key of this id, for who knows its partition. */
export function partitionedRef(id: string, partition: number): KeyRef {
  const end = id.indexOf('\0')
  return {
    bucket: id.slice(0, end),
    key: id.slice(end + 1),
    id,
    hash: hashInto(id, null) | 0,
    partition,
  }
}

/** The key of this id. */
export function refOfId(id: string, partitions: number): KeyRef {
  const ref = partitionedRef(id, 0)
  return { ...ref, partition: partitionOf(ref.hash, partitions) }
}

/**
 * The top bits of the hash; `partitions` is a power of two. Two shifts, for a shift by 32 would be
 * one by none.
 */
export function partitionOf(hash: number, partitions: number): number {
  return (hash >>> 1) >>> Math.clz32(partitions)
}

/** Returns the upper half; writes both to `halves` if that is given. */
function hashInto(text: string, halves: Uint32Array | null): number {
  let high = offsetHigh
  let low = offsetLow
  const { length } = text
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i)
    // ASCII takes one round; any other character takes one for each byte of its UTF-8.
    let rest = 0
    if (code >= 0x80) {
      if (isPair(text, i, code)) code = text.codePointAt(i++) as number
      const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      rest = size - 1
      const lead = (0xf00 >> size) & 0xff
      low ^= lead | (code >>> (6 * rest))
    } else low ^= code
    for (;;) {
      const lower = (low & 0xffff) * primeLow
      const upper = (low >>> 16) * primeLow + (lower >>> 16)
      high = (Math.imul(high, primeLow) + (low << 8) + (upper >>> 16)) | 0
      low = (upper << 16) | (lower & 0xffff)
      if (rest === 0) break
      rest--
      low ^= 0x80 | ((code >>> (6 * rest)) & 0x3f)
    }
  }
  return finish(high, low, halves)
}

function isPair(text: string, at: number, code: number): boolean {
  if ((code & 0xfc00) !== 0xd800 || at + 1 >= text.length) return false
  return (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

/** fmix64: x ^= x >>> 33; x *= c1; x ^= x >>> 33; x *= c2; x ^= x >>> 33. */
function finish(startHigh: number, startLow: number, halves: Uint32Array | null): number {
  let high = startHigh
  let low = startLow ^ (startHigh >>> 1)
  high = productHigh(high, low, 0xff51afd7 | 0, 0xed558ccd | 0)
  low = Math.imul(low, 0xed558ccd)
  low ^= high >>> 1
  high = productHigh(high, low, 0xc4ceb9fe | 0, 0x1a85ec53)
  low = Math.imul(low, 0x1a85ec53)
  low ^= high >>> 1
  if (halves !== null) {
    halves[0] = high
    halves[1] = low
  }
  return high >>> 0
}

/** The upper half of a 64-bit product, by the lower halves' 16-bit pieces. */
function productHigh(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const b0 = bLow & 0xffff
  const b1 = bLow >>> 16
  const middle = a1 * b0 + ((a0 * b0) >>> 16)
  const other = a0 * b1 + (middle % 0x10000)
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
  return (carry + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0
}

/** murmur3's fmix32: a fixed, well-stirred stand-in for chance. Unsigned. */
export function mix32(number: number): number {
  let mixed = number ^ (number >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
