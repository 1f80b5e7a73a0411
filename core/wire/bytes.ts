/**
 * Bytes, written and read: what messages, log records and context tokens have in common.
 *
 * Numbers are varints (seven bits a byte, lowest first), text is its length in bytes and its UTF-8.
 * A surrogate without its other half, which UTF-8 lacks bytes for, is written as three bytes
 * (WTF-8), so that every string comes back as it was. Each value has one encoding only: what
 * decodes encodes to the same bytes again.
 */
import { assert } from '../assert.js'
import type { Names } from './names.js'
import { asciiText, decodeUnits, unitsText } from './text.js'

const split = 0x80000000

export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** 0..2^53-1. */
  uint(value: number): void {
    if ((value & 0x7f) === value) {
      this.byte(value)
      return
    }
    assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a safe integer, not below zero')
    let rest = value
    while (rest >= split) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Any safe integer: the sign goes in front, as a byte, so that the whole range fits. */
  int(value: number): void {
    this.byte(value < 0 ? 1 : 0)
    this.uint(value < 0 ? -value - 1 : value)
  }

  /** Four bytes, lowest first. */
  uint32(value: number): void {
    this.#reserve(4)
    this.#length = putUint32(this.#bytes, this.#length, value)
  }

  /** Eight bytes, lowest first; 0..2^53-1. */
  uint64(value: number): void {
    this.uint32(value % 0x100000000)
    this.uint32(Math.floor(value / 0x100000000))
  }

  text(value: string): void {
    if (this.#ascii(value, 0)) return
    const size = textBytes(value)
    this.uint(size)
    this.#characters(value, size)
  }

  /** One more than the length, or zero for null, and the text. */
  textOrNull(value: string | null): void {
    if (value === null) this.byte(0)
    else if (!this.#ascii(value, 1)) {
      const size = textBytes(value)
      this.uint(size + 1)
      this.#characters(value, size)
    }
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Overwrites four bytes written before. */
  patchUint32(at: number, value: number): void {
    assert(at + 4 <= this.#length, 'only what is written can be overwritten')
    putUint32(this.#bytes, at, value)
  }

  /** What was written from `start` on: a view, good until the next write. */
  view(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length)
  }

  /** What `look` says of what was written from `start` on. Cheaper than a view of it. */
  within<Seen>(start: number, look: (bytes: Uint8Array, start: number, end: number) => Seen): Seen {
    return look(this.#bytes, start, this.#length)
  }

  /** Starts again, in the same memory: no view of what was written is good any more. */
  clear(): void {
    this.#length = 0
  }

  /** Takes back what was written from there on. */
  truncate(length: number): void {
    assert(length <= this.#length, 'only what is written can be taken back')
    this.#length = length
  }

  /** A copy of everything written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Nearly all text is ASCII: one walk over it will do. False: it is not, nothing is written. */
  #ascii(value: string, more: number): boolean {
    const { length } = value
    const before = this.#length
    this.uint(length + more)
    this.#reserve(length)
    const bytes = this.#bytes
    const start = this.#length
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) {
        this.#length = before
        return false
      }
      bytes[start + i] = unit
    }
    this.#length = start + length
    return true
  }

  #characters(value: string, size: number): void {
    this.#reserve(size)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i)
      if (unit < 0x80) {
        bytes[at++] = unit
        continue
      }
      const code = value.codePointAt(i) as number
      if (code >= 0x10000) {
        bytes[at++] = 0xf0 | (code >>> 18)
        bytes[at++] = 0x80 | ((code >>> 12) & 0x3f)
        i++
      } else if (code >= 0x800) bytes[at++] = 0xe0 | (code >>> 12)
      if (code >= 0x800) bytes[at++] = 0x80 | ((code >>> 6) & 0x3f)
      else bytes[at++] = 0xc0 | (code >>> 6)
      bytes[at++] = 0x80 | (code & 0x3f)
    }
    this.#length = at
  }

  #reserve(count: number): void {
    if (this.#length + count > this.#bytes.length) this.#grow(count)
  }

  #grow(count: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
  }
}

function putUint32(bytes: Uint8Array, start: number, value: number): number {
  bytes[start] = value
  bytes[start + 1] = value >>> 8
  bytes[start + 2] = value >>> 16
  bytes[start + 3] = value >>> 24
  return start + 4
}

/** Length of a text in UTF-8. */
export function textBytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if ((text.codePointAt(i) as number) >= 0x10000) {
      bytes += 2
      i++
    } else bytes += 2
  }
  return bytes
}

/**
 * Reads what anybody may have written. It never throws: at the first thing that is wrong `failed`
 * turns true for good, and from then on every answer is zero or empty, so a decoder runs to its end
 * without looking and asks once. `count` bounds every loop by the bytes that are there.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #names: Names | null
  #at: number
  #failed = false

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, names: Names | null = null) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#names = names
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Everything was read, and all of it was right. */
  get done(): boolean {
    return !this.#failed && this.#at === this.#end
  }

  get position(): number {
    return this.#at
  }

  fail(): void {
    this.#failed = true
    this.#at = this.#end
  }

  byte(): number {
    if (this.#at >= this.#end) {
      this.fail()
      return 0
    }
    return this.#bytes[this.#at++] as number
  }

  uint(): number {
    const first = this.byte()
    if (first < 0x80) return first
    let value = first & 0x7f
    let scale = 0x80
    for (;;) {
      const next = this.byte()
      value += (next & 0x7f) * scale
      // A last byte of zero says nothing: the same number has a shorter form.
      if (value > Number.MAX_SAFE_INTEGER || next === 0) {
        this.fail()
        return 0
      }
      if (next < 0x80) return value
      scale *= 0x80
      if (scale > Number.MAX_SAFE_INTEGER) {
        this.fail()
        return 0
      }
    }
  }

  int(): number {
    const sign = this.byte()
    if (sign > 1) this.fail()
    const size = this.uint()
    const value = sign === 1 ? -size - 1 : size
    if (Number.isSafeInteger(value)) return value
    this.fail()
    return 0
  }

  boolean(): boolean {
    const value = this.byte()
    if (value > 1) this.fail()
    return value === 1
  }

  uint32(): number {
    if (this.#at + 4 > this.#end) {
      this.fail()
      return 0
    }
    const value = uint32At(this.#bytes, this.#at)
    this.#at += 4
    return value
  }

  uint64(): number {
    const low = this.uint32()
    const value = this.uint32() * 0x100000000 + low
    if (Number.isSafeInteger(value)) return value
    this.fail()
    return 0
  }

  /**
   * How many things follow, each of `leastBytes` or more; a number that cannot be true fails here.
   */
  count(leastBytes: number): number {
    const value = this.uint()
    if (value * leastBytes <= this.#end - this.#at) return value
    this.fail()
    return 0
  }

  text(): string {
    return this.#characters(this.uint())
  }

  /** A text that is likely to come again. */
  name(): string {
    const size = this.uint()
    const names = this.#names
    const start = this.#at
    const end = start + size
    if (names === null || end > this.#end) return this.#characters(size)
    const known = names.find(this.#bytes, start, end)
    if (known !== null) {
      this.#at = end
      return known
    }
    const text = this.#characters(size)
    names.keep(this.#bytes, start, end, text)
    return text
  }

  textOrNull(): string | null {
    const size = this.uint()
    return size === 0 ? null : this.#characters(size - 1)
  }

  #characters(size: number): string {
    const start = this.#at
    if (size > this.#end - start) {
      this.fail()
      return ''
    }
    this.#at = start + size
    for (let i = start; i < this.#at; i++) {
      if ((this.#bytes[i] as number) >= 0x80) return this.#anyCharacters(start, this.#at)
    }
    const fast = this.#names === null ? null : this.#names.ascii
    return (fast ?? asciiText)(this.#bytes, start, this.#at)
  }

  #anyCharacters(start: number, end: number): string {
    const units = decodeUnits(this.#bytes, start, end)
    if (units === null) {
      this.fail()
      return ''
    }
    return unitsText(units)
  }
}

export function uint32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8)
  return (low | (high << 16)) >>> 0
}
