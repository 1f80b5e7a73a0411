/**
 * What a client holds between a read and a write (protocol.md section 2): opaque base64url of
 * {format, hash of the key, vv}, and a SipHash-2-4 tag by the cluster's secret. Without the tag a
 * client could claim to have seen what it never read, and its next write would bury it. A token for
 * another key is told by its hash.
 */
import { assert } from '../assert.js'
import type { Context } from '../types.js'
import { ByteReader, ByteWriter } from '../wire/bytes.js'
import { readContext, writeContext } from '../wire/part.js'
import { fromBase64, toBase64 } from './base64.js'
import { sipHash24, sipTagBytes } from './siphash.js'

export const contextFormat = 1

/**
 * A vector of about a thousand actors. Who lets vectors grow beyond that has lost the fight
 * elsewhere.
 */
export const maxContextCharacters = 16_384

/** A vector of a few actors fits. So small an array lies in the heap itself, and costs little. */
const usualBytes = 64

/** `secret`: 16 bytes, the same on all nodes. */
export function encodeContext(context: Context, secret: Uint8Array): string {
  const writer = new ByteWriter(usualBytes)
  writer.byte(contextFormat)
  writeContext(writer, context)
  writer.raw(writer.within(0, (bytes, _, end) => sipHash24(secret, bytes, end)))
  const token = writer.within(0, toBase64)
  assert(token.length <= maxContextCharacters, 'a context fits its token')
  return token
}

/** Null for every text that `encodeContext` did not write with this secret. Never throws. */
export function decodeContext(token: string, secret: Uint8Array): Context | null {
  if (token.length > maxContextCharacters) return null
  const bytes = fromBase64(token)
  if (bytes === null || bytes.length <= sipTagBytes) return null
  const end = bytes.length - sipTagBytes
  if (!isTag(sipHash24(secret, bytes, end), bytes, end)) return null
  const reader = new ByteReader(bytes, 0, end)
  if (reader.byte() !== contextFormat) return null
  const context = readContext(reader)
  return reader.done ? context : null
}

/** Are these the last bytes? In a time that does not tell how much of a forged tag was right. */
function isTag(tag: Uint8Array, bytes: Uint8Array, at: number): boolean {
  let difference = 0
  for (let i = 0; i < sipTagBytes; i++) difference |= (tag[i] as number) ^ (bytes[at + i] as number)
  return difference === 0
}
