/**
 * A message on a wire: its bytes and a checksum over them. A network may flip bits, and TCP's own
 * sixteen bits of checksum let one bad segment in some ten thousands of them through; what still
 * decodes would be believed. CRC-32C finds every error of up to three bits in a message of any size
 * that we send, and all but one in 2^32 of the others.
 *
 *   frame = message (any length) | crc32c of it (4)
 */
import { crc32c } from '../log/crc32c.js'
import { ByteReader, ByteWriter } from './bytes.js'

const checksumBytes = 4

export function sealFrame(message: Uint8Array): Uint8Array {
  const writer = new ByteWriter(message.length + checksumBytes)
  writer.raw(message)
  writer.uint32(crc32c(message))
  return writer.finish()
}

/** The message; null where the checksum does not fit it. */
export function openFrame(frame: Uint8Array): Uint8Array | null {
  const message = unchecked(frame)
  const reader = new ByteReader(frame, message.length)
  return reader.uint32() === crc32c(message) && reader.done ? message : null
}

/** What stands where the message would, whether or not the checksum fits it. */
export function unchecked(frame: Uint8Array): Uint8Array {
  return frame.subarray(0, Math.max(0, frame.length - checksumBytes))
}
