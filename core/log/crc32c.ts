/**
 * CRC-32C (Castagnoli; RFC 3720 B.4), eight bytes a step (Kounavis and Berry 2005, slicing-by-8).
 */

const polynomial = 0x82f63b78
const slices = 8
const tables = makeTables()

/** `tables[256 * s + b]`: byte b, followed by s bytes of zero. */
function makeTables(): Int32Array {
  const made = new Int32Array(256 * slices)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? polynomial : 0)
    made[byte] = crc
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number
    made[at] = (before >>> 8) ^ (made[before & 0xff] as number)
  }
  return made
}

/** Of `bytes[start..end)`, unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ wordAt(bytes, at)
    const high = wordAt(bytes, at + 4)
    crc =
      slice(7, low) ^
      slice(6, low >>> 8) ^
      slice(5, low >>> 16) ^
      slice(4, low >>> 24) ^
      slice(3, high) ^
      slice(2, high >>> 8) ^
      slice(1, high >>> 16) ^
      slice(0, high >>> 24)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ slice(0, crc ^ (bytes[at] as number))
  return ~crc >>> 0
}

function slice(index: number, word: number): number {
  return tables[(index << 8) | (word & 0xff)] as number
}

function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}
