/**
 * The rolling hash over everything that happens: two runs with equal digests did the same things in
 * the same order. Two lanes of 32 bits with different constants; each step is a bijection of the
 * lane, so a difference never goes away by itself. Integers only: a hash over JSON costs ten times
 * as much.
 */
import type { Outcome } from '../core/index.js'

/** Events between two checkpoints. */
export const eventsPerBlock = 65_536

const firstSeed = 0x9e3779b9 | 0
const secondSeed = 0x7f4a7c15
const firstFactor = 0x85ebca6b | 0
const secondFactor = 0xc2b2ae35 | 0
/** 2^-32: multiplying by it is exact, and cheaper than dividing. */
const upperHalf = 1 / 4_294_967_296

const hexadecimal = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0')

export class Trace {
  #first = firstSeed
  #second = secondSeed
  #events = 0
  readonly #checkpoints: string[] = []

  /** Takes in the low 32 bits of an integer. */
  mix(value: number): void {
    const first = Math.imul(this.#first ^ value, firstFactor)
    this.#first = (first << 13) | (first >>> 19)
    const second = Math.imul((this.#second + value) | 0, secondFactor)
    this.#second = second ^ (second >>> 15)
  }

  /** What a client was told. */
  mixOutcome(outcome: Outcome): void {
    this.mix(outcome.kind === 'ok' ? outcome.counts.nodes : outcome.kind === 'unknown' ? 97 : 98)
    if (outcome.kind !== 'ok') return
    if (outcome.f === 'put') this.mix(outcome.dot.n)
    else for (const sibling of outcome.values) this.mix(sibling.n)
  }

  /** Takes in a whole safe integer, such as a time. */
  mixWide(value: number): void {
    this.mix(value)
    this.mix(Math.floor(value * upperHalf))
  }

  /** Takes in UTF-16 units and the length, so that `ab`, `c` differs from `a`, `bc`. */
  mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.mix(text.charCodeAt(index))
    this.mix(text.length)
  }

  /** Once per simulated event, after whatever else of the event before was mixed. */
  mixEvent(atMicros: number, kind: number, target: number): void {
    if (this.#events % eventsPerBlock === 0 && this.#events > 0) this.#checkpoints.push(this.digest)
    this.#events++
    this.mixWide(atMicros)
    this.mix(kind)
    this.mix(target)
  }

  get events(): number {
    return this.#events
  }

  /** 16 hexadecimal characters. */
  get digest(): string {
    return hexadecimal(this.#first) + hexadecimal(this.#second)
  }

  /**
   * The first lane, unsigned: cheap enough to keep per event while looking for the first different
   * one.
   */
  get fingerprint(): number {
    return this.#first >>> 0
  }

  /**
   * Entry k: the digest after the first (k + 1) * eventsPerBlock events. One per block, 16 bytes in
   * 65,536 events.
   */
  get checkpoints(): readonly string[] {
    return this.#checkpoints
  }
}

/** 32 bits, unsigned: to mix a name once and its hash often. */
export function hashText(text: string): number {
  const trace = new Trace()
  trace.mixText(text)
  return trace.fingerprint
}

/**
 * Index of the first block whose digest differs (or is missing in one), or -1. Its first event is
 * index * eventsPerBlock.
 */
export function firstDifferentBlock(left: readonly string[], right: readonly string[]): number {
  const blocks = Math.max(left.length, right.length)
  for (let block = 0; block < blocks; block++) if (left[block] !== right[block]) return block
  return -1
}
