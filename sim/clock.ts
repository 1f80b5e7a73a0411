/**
 * The clocks of one node, as functions of simulated time.
 *
 * Both run at one rate, off by a drift that only a fault changes. The monotonic clock starts at
 * zero with the simulation and never jumps. The wall clock starts at a fixed moment plus the node's
 * offset, and faults move it either way. Integers throughout: a drift in floating point would round
 * differently over a long run than over a short one.
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

/** Beyond this the next drift of a fault changes nothing more: a clock always goes forward. */
const mostDriftPpm = million / 2

export class NodeClock {
  /** Its own and that of the faults that hold. */
  #wantedPpm: number
  #driftPpm: number
  /** Since when the drift has been what it is, and what the monotonic clock showed then. */
  #sinceMicros = 0
  #sinceMono = 0
  #wallAheadMicros: number

  constructor(options: ClockOptions) {
    const { offsetMicros, driftPpm } = options
    assert(Number.isSafeInteger(offsetMicros), 'a clock offset is whole micros')
    assert(Number.isInteger(driftPpm) && Math.abs(driftPpm) <= mostDriftPpm, 'no clock drifts so')
    this.#wantedPpm = driftPpm
    this.#driftPpm = driftPpm
    this.#wallAheadMicros = wallStartMicros + offsetMicros
  }

  /** How much faster than simulated time it goes now. */
  get driftPpm(): number {
    return this.#driftPpm
  }

  /** Never decreases. Not for times before the last change of drift. */
  monoMicros(simMicros: number): number {
    if (this.#driftPpm === 0) return this.#sinceMono + (simMicros - this.#sinceMicros)
    const micros = simMicros - this.#sinceMicros
    return this.#sinceMono + micros + driftMicros(micros, this.#driftPpm)
  }

  /** Never below zero: no clock shows a time before its epoch. */
  wallMicros(simMicros: number): number {
    return this.wallAtMono(this.monoMicros(simMicros))
  }

  /** What the wall clock shows when the monotonic clock shows that. */
  wallAtMono(monoMicros: number): number {
    return Math.max(0, this.#wallAheadMicros + monoMicros)
  }

  /** The earliest simulated time at which the monotonic clock shows `monoMicros` or more. */
  simAtMono(monoMicros: number): number {
    const micros = monoMicros - this.#sinceMono
    if (micros <= 0) return this.#sinceMicros
    if (this.#driftPpm === 0) return this.#sinceMicros + micros
    let simMicros = this.#sinceMicros + Math.round(micros / (1 + this.#driftPpm / million))
    while (this.monoMicros(simMicros) < monoMicros) simMicros++
    while (simMicros > this.#sinceMicros && this.monoMicros(simMicros - 1) >= monoMicros)
      simMicros--
    return simMicros
  }

  /** From now on it runs that much faster, or slower; adding as much the other way undoes it. */
  addDrift(byPpm: number, simMicros: number): void {
    assert(Number.isInteger(byPpm), 'a drift is whole parts per million')
    this.#sinceMono = this.monoMicros(simMicros)
    this.#sinceMicros = simMicros
    this.#wantedPpm += byPpm
    this.#driftPpm = Math.max(-mostDriftPpm, Math.min(mostDriftPpm, this.#wantedPpm))
  }

  /** How far the wall clock is ahead of the true time. */
  wallErrorMicros(simMicros: number): number {
    return this.#wallAheadMicros + this.monoMicros(simMicros) - wallStartMicros - simMicros
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
