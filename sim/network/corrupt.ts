/**
 * A message whose bits were flipped on its way, as the receiving side sees it: real bytes, which a
 * checksum and the decoder judge as they would on a live connection.
 */
import type { Message } from '../../core/index.js'
import { decodeMessage } from '../../core/wire/decode.js'
import { encodeMessage } from '../../core/wire/encode.js'
import { openFrame, sealFrame, unchecked } from '../../core/wire/frame.js'
import type { RandomStream } from '../random.js'

export interface Corrupted {
  readonly frame: Uint8Array
  /** As it was sent, for counting and for people. */
  readonly message: Message
}

/** A burst of noise hits one to eight bits. */
const mostBits = 8

export function corrupt(message: Message, random: RandomStream): Corrupted {
  const frame = sealFrame(encodeMessage(message))
  const bits = 1 + random.integer(mostBits)
  for (let flipped = 0; flipped < bits; flipped++) {
    const bit = random.integer(frame.length * 8)
    const at = bit >>> 3
    frame[at] = (frame[at] as number) ^ (1 << (bit & 7))
  }
  return { frame, message }
}

/**
 * `refused`: the checksum does not fit, or nothing can be read; `readable` says whether the decoder
 * alone would have believed it. `passed`: the checksum fits, because the flips undid each other, or
 * (`changed`) by the one chance in 2^32.
 */
export type Judgement =
  | { readonly kind: 'refused'; readonly readable: boolean }
  | { readonly kind: 'passed'; readonly message: Message; readonly changed: boolean }

export function judge({ frame, message: sent }: Corrupted, partitions: number): Judgement {
  const message = decodeMessage(unchecked(frame), partitions)
  if (message === null || openFrame(frame) === null) {
    return { kind: 'refused', readable: message !== null }
  }
  const original = sealFrame(encodeMessage(sent))
  const changed =
    frame.length !== original.length || frame.some((byte, index) => byte !== original[index])
  return { kind: 'passed', message, changed }
}
