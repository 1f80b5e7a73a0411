/**
 * The clocks of one node, as functions of simulated time.
 *
 * Both run at one rate, off by a constant drift. The monotonic clock starts at zero with the
 * simulation and never jumps. The wall clock starts at a fixed moment plus the node's offset, and
 * faults move it either way. Integers throughout: a drift in floating point would round differently
 * over a long run than over a short one.
 */
import { assert } from '../core/assert.js'
import type { ClockModel } from '../scenarios/model.js'
import type { RandomStream } from './random.js'

/** What an exact wall clock shows when the simulation starts. */
export const wallStartMicros = 1_000_000_000

const million = 1_000_000

export interface ClockOptions {
  readonly offsetMicros: number
  /**
   * How much faster (or slower, below zero) than simulated time, in parts per million; an integer.
   */
  readonly driftPpm: number
}

export class NodeClock {
  readonly #driftPpm: number
  #wallAheadMicros: number

  constructor(options: ClockOptions) {
    const { offsetMicros, driftPpm } = options
    assert(Number.isSafeInteger(offsetMicros), 'a clock offset is whole micros')
    assert(Number.isInteger(driftPpm) && Math.abs(driftPpm) <= million / 2, 'no clock drifts so')
    this.#driftPpm = driftPpm
    this.#wallAheadMicros = wallStartMicros + offsetMicros
  }

  /** Never decreases. */
  monoMicros(simMicros: number): number {
    return this.#driftPpm === 0 ? simMicros : simMicros + driftMicros(simMicros, this.#driftPpm)
  }

  /** Never below zero: no clock shows a time before its epoch. */
  wallMicros(simMicros: number): number {
    return Math.max(0, this.#wallAheadMicros + this.monoMicros(simMicros))
  }

  /** The earliest simulated time at which the monotonic clock shows `monoMicros` or more. */
  simAtMono(monoMicros: number): number {
    if (this.#driftPpm === 0 || monoMicros <= 0) return Math.max(0, monoMicros)
    let simMicros = Math.round(monoMicros / (1 + this.#driftPpm / million))
    while (this.monoMicros(simMicros) < monoMicros) simMicros++
    while (simMicros > 0 && this.monoMicros(simMicros - 1) >= monoMicros) simMicros--
    return simMicros
  }

  /** Moves the wall clock, for good; jumping back by as much undoes it. */
  jump(byMicros: number): void {
    assert(Number.isSafeInteger(byMicros), 'a clock jumps by whole micros')
    this.#wallAheadMicros += byMicros
  }
}

/** The clocks of a node as its scenario draws them. */
export function drawClock(model: ClockModel, random: RandomStream): NodeClock {
  const { minMicros, maxMicros } = model.offset
  const offsetMicros = minMicros + random.integer(maxMicros - minMicros + 1)
  const driftPpm = random.integer(2 * model.driftPpm + 1) - model.driftPpm
  return new NodeClock({ offsetMicros, driftPpm })
}

/** floor(sim * ppm / 1e6), without the product leaving the safe integers. */
function driftMicros(simMicros: number, driftPpm: number): number {
  const seconds = Math.floor(simMicros / million)
  const rest = simMicros - seconds * million
  return seconds * driftPpm + Math.floor((rest * driftPpm) / million)
}
