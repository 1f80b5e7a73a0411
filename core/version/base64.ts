/** base64url without padding (RFC 4648 section 5): text that may stand in a header or a URL. */

import { asciiText } from '../wire/text.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))
const none = 0xff
/** By code unit. */
const values = new Uint8Array(128).fill(none)
codes.forEach((code, value) => (values[code] = value))

/** In one piece: put together letter by letter, the text would be a tree for who sends it. */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let bits = 0
  let count = 0
  let at = 0
  for (let i = 0; i < bytes.length; i++) {
    bits = ((bits << 8) | (bytes[i] as number)) & 0xffff
    count += 8
    for (; count >= 6; count -= 6) {
      text[at++] = codes[(bits >>> (count - 6)) & 0x3f] as number
    }
  }
  if (count > 0) text[at++] = codes[(bits << (6 - count)) & 0x3f] as number
  return asciiText(text, 0, at)
}

/** Null for anything that `toBase64` does not write: other characters, padding, bits left over. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let count = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)] ?? none
    if (value === none) return null
    bits = ((bits << 6) | value) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes[at++] = bits >>> count
  }
  return (bits & ((1 << count) - 1)) === 0 ? bytes : null
}
