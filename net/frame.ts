/**
 * Many messages in one stream of bytes: length (4) | crc32c of the payload (4) | payload, numbers
 * lowest byte first.
 *
 * A payload that is too large or was damaged on its way is counted and left out, and reading goes
 * on behind it. Only where not even the lengths can be believed any more is the stream lost: then
 * the link is closed and dialled anew, for there is no place left at which a frame could be known
 * to begin.
 */
import type { ByteWriter } from '../core/index.js'
import { crc32c } from '../core/index.js'

export const frameHeaderBytes = 8

/** Of one link, for metrics. */
export interface FrameCounters {
  frames: number
  bytes: number
  malformed: number
  tooLarge: number
}

export const newFrameCounters = (): FrameCounters => ({
  frames: 0,
  bytes: 0,
  malformed: 0,
  tooLarge: 0,
})

/** Begins a frame; what is written then is its payload, until `endFrame`. */
export function beginFrame(writer: ByteWriter): number {
  const start = writer.length
  writer.uint32(0)
  writer.uint32(0)
  return start
}

export function endFrame(writer: ByteWriter, start: number): void {
  const from = start + frameHeaderBytes
  writer.patchUint32(start, writer.length - from)
  writer.patchUint32(start + 4, writer.within(from, crc32c))
}

/** No message is a tenth as long: a length above it is no length. */
const mostSkippedBytes = 1 << 28
/** So many damaged frames in a row: the lengths are wrong, not the payloads. */
const mostMalformed = 8

export interface FrameReaderOptions {
  readonly mostBytes: number
  readonly counters: FrameCounters
  /** The payload is `bytes[start..end)`, good during the call only. False: it makes no sense. */
  readonly receive: (bytes: Uint8Array, start: number, end: number) => boolean
}

export class FrameReader {
  readonly #options: FrameReaderOptions
  /** The start of a frame whose end has not come yet. */
  #held = new Uint8Array(4_096)
  #heldBytes = 0
  #skipBytes = 0
  #malformedInRow = 0
  #lost = false

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** False: the stream is lost, and everything that follows in it. */
  push(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length && !this.#lost) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at)
        this.#skipBytes -= skipped
        at += skipped
      } else if (this.#heldBytes > 0) at = this.#fill(chunk, at)
      else at = this.#read(chunk, at)
    }
    return !this.#lost
  }

  /** A frame that begins in this chunk. */
  #read(chunk: Uint8Array, at: number): number {
    const there = chunk.length - at
    if (there < frameHeaderBytes) return this.#hold(chunk, at)
    const size = uint32(chunk, at)
    if (size > this.#options.mostBytes) return this.#skip(size, at + frameHeaderBytes)
    const end = at + frameHeaderBytes + size
    if (end > chunk.length) return this.#hold(chunk, at)
    this.#take(chunk, at, end)
    return end
  }

  /** More of a frame that began earlier. */
  #fill(chunk: Uint8Array, start: number): number {
    let at = start
    if (this.#heldBytes < frameHeaderBytes) {
      at = this.#append(chunk, at, frameHeaderBytes)
      if (this.#heldBytes < frameHeaderBytes) return at
    }
    const size = uint32(this.#held, 0)
    if (size > this.#options.mostBytes) {
      this.#heldBytes = 0
      return this.#skip(size, at)
    }
    const end = frameHeaderBytes + size
    const next = this.#append(chunk, at, end)
    if (this.#heldBytes === end) {
      this.#heldBytes = 0
      this.#take(this.#held, 0, end)
    }
    return next
  }

  #hold(chunk: Uint8Array, at: number): number {
    this.#append(chunk, at, Infinity)
    return chunk.length
  }

  #append(chunk: Uint8Array, at: number, upTo: number): number {
    const taken = Math.min(upTo - this.#heldBytes, chunk.length - at)
    if (this.#heldBytes + taken > this.#held.length) {
      const grown = new Uint8Array(Math.max(2 * this.#held.length, this.#heldBytes + taken))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = grown
    }
    this.#held.set(chunk.subarray(at, at + taken), this.#heldBytes)
    this.#heldBytes += taken
    return at + taken
  }

  #skip(size: number, next: number): number {
    this.#options.counters.tooLarge++
    if (size > mostSkippedBytes) this.#lost = true
    else this.#skipBytes = size
    return next
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const { counters, receive } = this.#options
    counters.frames++
    counters.bytes += end - start
    const from = start + frameHeaderBytes
    const whole = uint32(bytes, start + 4) === crc32c(bytes, from, end)
    if (!whole) this.#malformedInRow++
    else this.#malformedInRow = 0
    if (this.#malformedInRow >= mostMalformed) this.#lost = true
    // An empty payload says nothing but that the link lives.
    if (whole && (from === end || receive(bytes, from, end))) return
    counters.malformed++
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0
}
