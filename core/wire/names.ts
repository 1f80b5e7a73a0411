/**
 * Texts that come again and again: nodes, clusters, buckets, actors. A reader that has this gives
 * the same string for the same bytes, instead of a new one each time: it costs less, and a million
 * keys share the name of their actor.
 *
 * A fixed number of places, each for the latest of its kind: whatever is read, it does not grow.
 * Nothing but ASCII is kept, so that bytes and characters compare one by one.
 */

/** The text of bytes that are all ASCII. */
export type AsciiText = (bytes: Uint8Array, start: number, end: number) => string

const places = 256
const longest = 64

export class Names {
  /** A faster way than plain JavaScript has, of whoever drives the core; null: there is none. */
  readonly ascii: AsciiText | null
  readonly #known: string[] = Array.from({ length: places }, () => '')

  constructor(ascii: AsciiText | null = null) {
    this.ascii = ascii
  }

  /** Null: not known. */
  find(bytes: Uint8Array, start: number, end: number): string | null {
    const size = end - start
    if (size === 0 || size > longest) return null
    const known = this.#known[placeOf(bytes, start, end)] as string
    if (known.length !== size) return null
    for (let i = 0; i < size; i++) {
      if (known.charCodeAt(i) !== bytes[start + i]) return null
    }
    return known
  }

  /** What `bytes` say between these two. */
  keep(bytes: Uint8Array, start: number, end: number, text: string): void {
    const size = end - start
    // As many characters as bytes: all of them are ASCII.
    if (size === 0 || size > longest || text.length !== size) return
    this.#known[placeOf(bytes, start, end)] = text
  }
}

function placeOf(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number
  const last = bytes[end - 1] as number
  const middle = bytes[(start + end) >> 1] as number
  return ((end - start) * 31 + first + middle * 5 + last * 7) & (places - 1)
}
