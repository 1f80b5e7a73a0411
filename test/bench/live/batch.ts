/**
 * The frames of the bare reference: length (4), kind (1), number (4), stamp (8), then key and value
 * with their lengths. Many of them lie one behind the other in one buffer.
 */

export type FrameKind = 'hello' | 'store' | 'stored' | 'fetch' | 'fetched'

const kinds: readonly FrameKind[] = ['hello', 'store', 'stored', 'fetch', 'fetched']
const codes = new Map(kinds.map((kind, code) => [kind, code]))

export interface Frame {
  readonly kind: FrameKind
  /** Of the request; of the sender, in a `hello`. */
  readonly number: number
  readonly stamp: number
  readonly key: string
  readonly value: string
}

const fixedBytes = 4 + 1 + 4 + 8
const lengthsBytes = 2 + 4
/** Of one UTF-16 unit in UTF-8. */
const mostBytesOfUnit = 3

export class Batch {
  #bytes = Buffer.allocUnsafe(16 * 1024)
  #length = 0

  get isEmpty(): boolean {
    return this.#length === 0
  }

  add(kind: FrameKind, number: number, stamp = 0, key = '', value = ''): void {
    this.#reserve(fixedBytes + lengthsBytes + mostBytesOfUnit * (key.length + value.length))
    const bytes = this.#bytes
    const start = this.#length
    bytes[start + 4] = codes.get(kind) as number
    bytes.writeUInt32LE(number, start + 5)
    bytes.writeDoubleLE(stamp, start + 9)
    let at = start + fixedBytes
    const keyBytes = bytes.write(key, at + lengthsBytes)
    bytes.writeUInt16LE(keyBytes, at)
    const valueBytes = bytes.write(value, at + lengthsBytes + keyBytes)
    bytes.writeUInt32LE(valueBytes, at + 2)
    at += lengthsBytes + keyBytes + valueBytes
    bytes.writeUInt32LE(at - start, start)
    this.#length = at
  }

  /** All that was added; the batch is empty then. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return taken
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(2 * (this.#length + bytes))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** Cuts a stream into frames. */
export class FrameCutter {
  #held: Buffer | null = null

  push(chunk: Buffer, take: (frame: Frame) => void): void {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk])
    let at = 0
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32LE(at)
      if (bytes.length - at < size) break
      take(read(bytes, at))
      at += size
    }
    this.#held = at === bytes.length ? null : bytes.subarray(at)
  }
}

function read(bytes: Buffer, start: number): Frame {
  const at = start + fixedBytes
  const keyEnd = at + lengthsBytes + bytes.readUInt16LE(at)
  return {
    kind: kinds[bytes[start + 4] as number] as FrameKind,
    number: bytes.readUInt32LE(start + 5),
    stamp: bytes.readDoubleLE(start + 9),
    key: bytes.toString('utf8', at + lengthsBytes, keyEnd),
    value: bytes.toString('utf8', keyEnd, keyEnd + bytes.readUInt32LE(at + 2)),
  }
}
