/** base64url without padding (RFC 4648 section 5): text that may stand in a header or a URL. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values = new Map([...alphabet].map((character, value) => [character, value]))

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let count = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff
    count += 8
    for (; count >= 6; count -= 6) text += alphabet.charAt((bits >>> (count - 6)) & 0x3f)
  }
  return count === 0 ? text : text + alphabet.charAt((bits << (6 - count)) & 0x3f)
}

/** Null for anything that `toBase64` does not write: other characters, padding, bits left over. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let count = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = values.get(text.charAt(i))
    if (value === undefined) return null
    bits = ((bits << 6) | value) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes[at++] = bits >>> count
  }
  return (bits & ((1 << count) - 1)) === 0 ? bytes : null
}
