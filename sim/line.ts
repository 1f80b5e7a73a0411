/**
 * Lines of text, encoded as UTF-8 while they are written and handed on in large pieces: a history
 * has two lines an operation, and as strings their parts, the joined lines and the encoded file
 * would each be garbage.
 */

const chunkBytes = 1 << 18
const lineFeed = 10
const quote = 34
const minus = 45
const billion = 1_000_000_000

/** A constant part of many lines, encoded once. */
export function encode(text: string): Uint8Array {
  let encoded = new Uint8Array()
  const lines = new LineWriter((bytes) => {
    encoded = bytes.slice()
  })
  lines.text(text)
  lines.flush()
  return encoded
}

export class LineWriter {
  readonly #write: (bytes: Uint8Array) => void
  #bytes = new Uint8Array(chunkBytes)
  #length = 0

  /** `write` gets whole lines, in an array that is overwritten afterwards. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  part(part: Uint8Array): void {
    const { length } = part
    this.#reserve(length)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < length; i++) bytes[at++] = part[i] as number
    this.#length = at
  }

  /** The first `length` code units of a text. A surrogate without its other half becomes U+FFFD. */
  text(text: string, length: number = text.length): void {
    this.#reserve(3 * length)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code < 0x80) bytes[at++] = code
      else {
        const point = text.codePointAt(i) as number
        if (point > 0xffff) i++
        at = encodePoint(point, bytes, at)
      }
    }
    this.#length = at
  }

  /** In quotes; what JSON would escape, this does not. */
  quoted(text: string, length: number = text.length): void {
    this.#reserve(3 * length + 2)
    this.#bytes[this.#length++] = quote
    this.text(text, length)
    this.#bytes[this.#length++] = quote
  }

  /** One ASCII character. */
  byte(code: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = code
  }

  /** A safe integer. */
  integer(value: number): void {
    this.#reserve(20)
    let rest = value
    if (rest < 0) {
      this.#bytes[this.#length++] = minus
      rest = -rest
    }
    if (rest >= billion) {
      const high = Math.floor(rest / billion)
      this.integer(high)
      this.#digits(rest - high * billion, 9)
      return
    }
    let width = 1
    for (let limit = 10; limit <= rest; limit *= 10) width++
    this.#digits(rest, width)
  }

  #digits(value: number, width: number): void {
    const bytes = this.#bytes
    const from = this.#length
    let rest = value | 0
    for (let at = from + width - 1; at >= from; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = 48 + rest - 10 * tenth
      rest = tenth
    }
    this.#length = from + width
  }

  end(): void {
    this.byte(lineFeed)
    if (this.#length >= chunkBytes - chunkBytes / 16) this.flush()
  }

  /** Hands on what has not been handed on yet. */
  flush(): void {
    if (this.#length === 0) return
    const length = this.#length
    this.#length = 0
    this.#write(this.#bytes.subarray(0, length))
  }

  /**
   * Room left at the end of a chunk takes nearly every line; a longer one makes the chunk larger
   * for good.
   */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(2 * needed)
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Two to four bytes; returns where they end. */
function encodePoint(point: number, bytes: Uint8Array, from: number): number {
  const lonely = point >= 0xd800 && point < 0xe000
  const code = lonely ? 0xfffd : point
  let at = from
  if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6)
  else {
    if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12)
    else {
      bytes[at++] = 0xf0 | (code >> 18)
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
    }
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
  }
  bytes[at++] = 0x80 | (code & 0x3f)
  return at
}
