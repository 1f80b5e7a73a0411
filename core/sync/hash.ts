/**
 * What a key sums to: 64 bits in two words, of its name, its version vector and its siblings' dots
 * (protocol.md section 5). Equal where the states are; different where they are not, but for one
 * chance in 2^64: MurmurHash3 with two sets of constants.
 *
 * Values are not looked at: a dot names its value for ever (DVV-1).
 */
import type { KeyState } from '../types.js'

/** Two sums modulo 2^32, kept as signed words. */
export interface Sums {
  readonly a: number
  readonly b: number
}

export const noSums: Sums = { a: 0, b: 0 }

export const sameSums = (x: Sums, y: Sums): boolean => x.a === y.a && x.b === y.b

export function plus(x: Sums, y: Sums): Sums {
  return { a: (x.a + y.a) | 0, b: (x.b + y.b) | 0 }
}

export function minus(x: Sums, y: Sums): Sums {
  return { a: (x.a - y.a) | 0, b: (x.b - y.b) | 0 }
}

export function stateSums(id: string, { vv, siblings }: KeyState): Sums {
  const mixer = new Mixer()
  mixer.text(id)
  mixer.number(vv.length)
  for (const { actor, n } of vv) {
    mixer.text(actor)
    mixer.number(n)
  }
  for (const { actor, n } of siblings) {
    mixer.text(actor)
    mixer.number(n)
  }
  return mixer.finish()
}

const twoTo32 = 4_294_967_296

class Mixer {
  #a = 0x2545f491
  #b = 0x6b43a9b5

  number(value: number): void {
    this.#word(value | 0)
    if (value >= twoTo32) this.#word(Math.floor(value / twoTo32) ^ 0x5bd1e995)
  }

  /** Its length goes first: two texts in a row are not the same as one of both. */
  text(text: string): void {
    this.#word(text.length)
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i))
  }

  finish(): Sums {
    return { a: finish(this.#a), b: finish(this.#b) }
  }

  #word(value: number): void {
    let a = Math.imul(value, 0xcc9e2d51)
    a = Math.imul((a << 15) | (a >>> 17), 0x1b873593) ^ this.#a
    this.#a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0
    let b = Math.imul(value, 0x239b961b)
    b = Math.imul((b << 16) | (b >>> 16), 0xab0e9789) ^ this.#b
    this.#b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x0bcaa747) | 0
  }
}

/** Without it sums of many keys would cancel out. */
function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
