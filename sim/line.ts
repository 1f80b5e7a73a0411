/**
 * Lines of text, encoded as UTF-8 while they are written and handed on in large pieces: a history
 * has two lines an operation, and as strings their parts, the joined lines and the encoded file
 * would each be garbage.
 */

const chunkBytes = 1 << 18
const lineFeed = 10
const quote = 34
const minus = 45
/** The longest integer takes fewer bytes, and what is written four at a time ends within them. */
const integerBytes = 24

/**
 * A constant part of many lines, encoded once: four bytes to a word, so that it is written in a
 * fraction of the steps. The last word may say more than the part; what follows overwrites that.
 */
export interface Part {
  readonly words: Int32Array
  readonly length: number
}

export function encode(text: string): Part {
  let encoded = new Uint8Array()
  const lines = new LineWriter((bytes) => {
    encoded = bytes.slice()
  }, 3 * text.length)
  lines.text(text)
  lines.flush()
  const padded = new Uint8Array(4 * Math.ceil(encoded.length / 4))
  padded.set(encoded)
  return { words: wordsOf(padded), length: encoded.length }
}

/** Four bytes each, the first one lowest, whatever the machine. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
}

/** The four digits of each number below 10,000, zeros in front; and without them, from the left. */
const fourDigits = wordsOf(digits((number) => String(number).padStart(4, '0')))
const upToFour = wordsOf(digits(String))

function digits(written: (number: number) => string): Uint8Array {
  const bytes = new Uint8Array(40_000)
  for (let number = 0; number < 10_000; number++) {
    const text = written(number)
    for (let i = 0; i < text.length; i++) bytes[4 * number + i] = text.charCodeAt(i)
  }
  return bytes
}

const widthOf = (below10000: number): number =>
  below10000 < 100 ? (below10000 < 10 ? 1 : 2) : below10000 < 1_000 ? 3 : 4

export class LineWriter {
  readonly #write: (bytes: Uint8Array) => void
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** `write` gets whole lines, in an array that is overwritten afterwards; of `size` bytes at first. */
  constructor(write: (bytes: Uint8Array) => void, size = chunkBytes) {
    this.#write = write
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
  }

  part({ words, length }: Part): void {
    this.#reserve(length + 3)
    const view = this.#view
    let at = this.#length
    this.#length = at + length
    for (let i = 0; i < words.length; i++) {
      view.setInt32(at, words[i] as number, true)
      at += 4
    }
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
    this.#reserve(integerBytes)
    let rest = value
    if (rest < 0) {
      this.#bytes[this.#length++] = minus
      rest = -rest
    }
    const view = this.#view
    let at = this.#length
    if (rest < 10_000) {
      view.setInt32(at, upToFour[rest] as number, true)
      this.#length = at + widthOf(rest)
      return
    }
    // From the left, in groups of four: four of them hold every safe integer.
    const groups = rest < 1e8 ? 2 : rest < 1e12 ? 3 : 4
    let scale = groups === 2 ? 1e4 : groups === 3 ? 1e8 : 1e12
    const first = Math.floor(rest / scale)
    rest -= first * scale
    view.setInt32(at, upToFour[first] as number, true)
    at += widthOf(first)
    while (scale > 1) {
      scale /= 10_000
      const group = Math.floor(rest / scale)
      rest -= group * scale
      view.setInt32(at, fourDigits[group] as number, true)
      at += 4
    }
    this.#length = at
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
    this.#view = new DataView(larger.buffer)
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
