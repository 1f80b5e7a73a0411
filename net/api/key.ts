/**
 * Keys in a URL are bytes, percent-encoded; in the core they are text. UTF-8 becomes the text it
 * is. A byte that is part of no UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, which no UTF-8
 * stands for (as PEP 383 does it): every sequence of bytes is a key of its own, and comes back as
 * it was.
 */
import { isUtf8 } from 'node:buffer'

/** What may stand in a path unescaped (RFC 3986: pchar without the percent sign). */
const plain = /^[A-Za-z0-9\-._~!$&'()*+,;=:@]*$/

const loneSurrogate = /\p{Surrogate}/u

/** Null: a percent sign without two hexadecimal digits, or a character that must be encoded. */
export function decodeKey(segment: string): string | null {
  if (plain.test(segment)) return segment
  const bytes = Buffer.allocUnsafe(segment.length)
  let length = 0
  for (let i = 0; i < segment.length; i++) {
    let code = segment.charCodeAt(i)
    if (code === 0x25) {
      code = parseHex(segment, i + 1)
      if (code < 0) return null
      i += 2
    } else if (!plain.test(segment.charAt(i))) return null
    bytes[length++] = code
  }
  return keyOfBytes(bytes.subarray(0, length))
}

export function encodeKey(key: string): string {
  if (plain.test(key)) return key
  let encoded = ''
  for (const byte of bytesOfKey(key)) {
    const character = String.fromCharCode(byte)
    encoded += plain.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

export function keyOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  let key = ''
  for (let at = 0; at < buffer.length;) {
    const size = characterBytes(buffer, at)
    if (size === 0) key += String.fromCharCode(0xdc00 + (buffer[at++] as number))
    else {
      key += buffer.toString('utf8', at, at + size)
      at += size
    }
  }
  return key
}

export function bytesOfKey(key: string): Uint8Array {
  if (!loneSurrogate.test(key)) return Buffer.from(key, 'utf8')
  const parts: Buffer[] = []
  for (const character of key) {
    const code = character.charCodeAt(0)
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff
    parts.push(isByte ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** How many bytes the UTF-8 character at `at` takes; 0: there is none. */
function characterBytes(buffer: Buffer, at: number): number {
  for (let size = 1; size <= 4 && at + size <= buffer.length; size++) {
    if (isUtf8(buffer.subarray(at, at + size))) return size
  }
  return 0
}

function parseHex(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
