/** base64url without padding (RFC 4648 section 5): text that may stand in a header or a URL. */

import { asciiText } from '../wire/text.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))
const none = 0xff
/** By code unit. */
const values = new Uint8Array(128).fill(none)
codes.forEach((code, value) => (values[code] = value))

/** In one piece: put together letter by letter, the text would be a tree for who sends it. */
export function toBase64(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const text = new Uint8Array(Math.ceil(((end - start) * 4) / 3))
  const whole = end - ((end - start) % 3)
  let at = 0
  for (let i = start; i < whole; i += 3) {
    const bits =
      ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number)
    text[at++] = codes[bits >>> 18] as number
    text[at++] = codes[(bits >>> 12) & 0x3f] as number
    text[at++] = codes[(bits >>> 6) & 0x3f] as number
    text[at++] = codes[bits & 0x3f] as number
  }
  if (whole < end) {
    const second = whole + 1 < end ? (bytes[whole + 1] as number) : 0
    const bits = ((bytes[whole] as number) << 16) | (second << 8)
    for (let shift = 18; at < text.length; shift -= 6) {
      text[at++] = codes[(bits >>> shift) & 0x3f] as number
    }
  }
  return asciiText(text, 0, at)
}

/** Null for anything that `toBase64` does not write: other characters, padding, bits left over. */
export function fromBase64(text: string): Uint8Array | null {
  const left = text.length % 4
  if (left === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let at = 0
  for (let i = 0; i < text.length; i += 4) {
    const bits =
      (valueAt(text, i) << 18) |
      (valueAt(text, i + 1) << 12) |
      (i + 2 < text.length ? valueAt(text, i + 2) << 6 : 0) |
      (i + 3 < text.length ? valueAt(text, i + 3) : 0)
    if (bits < 0) return null
    // What does not fit is left out: a write beyond the end of such an array does nothing.
    bytes[at++] = bits >>> 16
    bytes[at++] = bits >>> 8
    bytes[at++] = bits
    const unused = left === 2 ? 0xffff : 0xff
    if (left > 0 && i + 4 > text.length && (bits & unused) !== 0) return null
  }
  return bytes
}

/** Six bits; another character: all of the higher ones too, wherever it is moved. */
function valueAt(text: string, at: number): number {
  const value = values[text.charCodeAt(at)] ?? none
  return value === none ? -64 : value
}
