/**
 * The placement hash: where a key lives (protocol.md section 1). Every implementation in every language must agree on it;
 * docs/placement-hash.md has it in Go and Python, and a test holds the golden vectors.
 *
 * FNV-1a, 64 bits, over the UTF-8 bytes of `bucket \0 key`; then, since the top bits choose the partition and FNV mixes them worst, the upper
 * word is fmix32 (MurmurHash3's finalizer) of upper XOR lower. A lone surrogate hashes as U+FFFD, as UTF-8 encoders write it.
 */
import type { KeyRef } from '../types.js'

const twoTo32 = 4_294_967_296
/** The FNV prime is 2^40 + this. */
const primeLow = 0x1b3

/** Upper 32 bits, unsigned. */
export function placementHash(id: string): number {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (let i = 0; i < id.length; i++) {
    let unit = id.charCodeAt(i)
    if (unit >= 0x80) {
      const bytes = utf8(id, i)
      if (bytes.length === 4) i++
      for (let j = 0; j < bytes.length - 1; j++) {
        low = (low ^ (bytes[j] as number)) >>> 0
        const product = low * primeLow
        high = (high * primeLow + Math.floor(product / twoTo32) + ((low << 8) >>> 0)) % twoTo32
        low = product >>> 0
      }
      unit = bytes[bytes.length - 1] as number
    }
    low = (low ^ unit) >>> 0
    const product = low * primeLow
    high = (high * primeLow + Math.floor(product / twoTo32) + ((low << 8) >>> 0)) % twoTo32
    low = product >>> 0
  }
  let mixed = (high ^ low) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The UTF-8 bytes of the character that begins at `at`. */
function utf8(text: string, at: number): readonly number[] {
  const unit = text.codePointAt(at) as number
  const point = unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 63)]
  if (point < 0x10000) {
    return [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]
  }
  return [
    0xf0 | (point >> 18),
    0x80 | ((point >> 12) & 63),
    0x80 | ((point >> 6) & 63),
    0x80 | (point & 63),
  ]
}

/** `partitions` is Q, a power of two: the top bits of the hash choose one. */
export function keyRef(bucket: string, key: string, partitions: number): KeyRef {
  const id = `${bucket}\0${key}`
  const hash = placementHash(id)
  return { bucket, key, id, hash, partition: Math.floor((hash * partitions) / twoTo32) }
}
