/**
 * How much background work one node lets itself do: hints handed on, replicas compared, snapshots
 * written. It gives way to clients, by their p99.
 *
 * The latencies of requests that this node coordinates are counted in windows. A window whose p99
 * is well above that of good times halves the pace; each other one raises it by a step (additive
 * increase, multiplicative decrease, Chiu and Jain 1989; going by delay, as LEDBAT does, RFC 6817).
 * What is good is learned: the lowest p99 of late, forgotten slowly, so that a cluster across an
 * ocean is not held to the figures of one room.
 *
 * Work comes in pieces: a batch of hints, one question of a comparison, a slice of a snapshot. Each
 * begins at a time that is given out here; at full pace that is at once. The pace never falls to
 * nothing: hints that are not delivered fill disks, and a log without snapshots grows.
 */
import type { Micros } from './types.js'

/** A window is closed with so many latencies; or after a time, if it has the fewest. */
const windowRequests = 400
const windowMicros: Micros = 250_000
/** A p99 of fewer says nothing: there is hardly anybody to give way to. */
const fewestRequests = 20
/** After this, however few there are. */
const longestWindowMicros: Micros = 1_000_000
/** Above twice the good p99 and this much more, clients are taken to suffer. */
const slackMicros: Micros = 2_000
/** Where nobody knows how long a piece takes. */
const pieceMicros: Micros = 10_000
/** A share as it is told to others, in whole parts. */
export const fullPace = 64
const leastShare = 1 / 16
const step = 1 / 8
/** Of a node that has just started: it does not know yet what it may do. */
const firstShare = 1 / 8
/** No piece is put off for longer, however many there are. */
const longestMicros: Micros = 1_000_000
/** Of the good p99, a window: it is forgotten over some minutes. */
const forgetting = 1 / 256

/** Buckets of latencies, eight to a power of two: figures are right within a tenth. */
const perOctave = 8
const octaves = 40
const buckets = octaves * perOctave
/** 2 ** -octave, exactly: a power is a call, and every answered request takes one. */
const inverses: readonly number[] = Array.from({ length: octaves }, (_, octave) => 2 ** -octave)

export interface PaceProgress {
  /** Of full pace; 1: nothing is put off. */
  readonly share: number
  /** Of the last window that had enough requests; 0: none had. */
  readonly p99Micros: Micros
  /** What it is held against: the p99 of good times. */
  readonly goodMicros: Micros
  /** Pieces of work put off so far. */
  readonly deferred: number
}

export class Pace {
  readonly #yields: boolean
  readonly #counts = new Uint32Array(buckets)
  #requests = 0
  #openedMicros: Micros = 0
  #share: number
  #p99Micros: Micros = 0
  #goodMicros: Micros = 0
  #nextMicros: Micros = 0
  #deferred = 0

  /** `yields` false: all work begins at once, whatever clients feel. */
  constructor(yields: boolean) {
    this.#yields = yields
    this.#share = yields ? firstShare : 1
  }

  get progress(): PaceProgress {
    return {
      share: this.#share,
      p99Micros: this.#p99Micros,
      goodMicros: Math.round(this.#goodMicros),
      deferred: this.#deferred,
    }
  }

  /** A client's request was answered well, after so long. */
  answered(latencyMicros: Micros, nowMicros: Micros): void {
    if (!this.#yields) return
    const bucket = bucketOf(latencyMicros)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#requests++
    if (this.#requests >= windowRequests) this.#close(nowMicros)
  }

  /**
   * When the next piece may begin; now, or at a time that it has for itself. At half pace a piece
   * that follows another at once waits as long again as that took (`tookMicros`). `theirs`: the
   * pace of the node that the work is for, in parts of `fullPace`; the slower counts, for the one
   * whose clients suffer is often the one that catches up.
   */
  reserve(nowMicros: Micros, tookMicros: Micros = 0, theirs: number = fullPace): Micros {
    const openMicros = this.#openAt(nowMicros)
    const restedMicros = nowMicros + restMicros(tookMicros, this.shareWith(theirs))
    const atMicros = Math.min(Math.max(openMicros, restedMicros), nowMicros + longestMicros)
    this.#nextMicros = atMicros + restMicros(pieceMicros, this.#share)
    if (atMicros > nowMicros) this.#deferred++
    return atMicros
  }

  /** Of full pace, for work that this node and one of that pace have to do with. */
  shareWith(theirs: number): number {
    return this.#yields ? Math.min(this.#share, theirs / fullPace) : 1
  }

  /**
   * What a peer takes for good counts until there is something of this node's own: it may have come
   * back just now, and never known anything but the rush of what it missed.
   */
  learn(goodMicros: Micros): void {
    if (this.#goodMicros === 0) this.#goodMicros = goodMicros
  }

  /** This node's pace for those that bring it work, in parts of `fullPace`. */
  told(nowMicros: Micros): number {
    this.#openAt(nowMicros)
    return Math.round(this.#share * fullPace)
  }

  /** For work that asks again by itself: false, not now. */
  admits(nowMicros: Micros): boolean {
    if (this.#openAt(nowMicros) > nowMicros) {
      this.#deferred++
      return false
    }
    this.#nextMicros = nowMicros + restMicros(pieceMicros, this.#share)
    return true
  }

  #openAt(nowMicros: Micros): Micros {
    if (!this.#yields) return nowMicros
    // Where no requests come, nobody but the work itself notices that time goes by.
    const openMicros = nowMicros - this.#openedMicros
    const isFull = openMicros >= windowMicros && this.#requests >= fewestRequests
    if (isFull || openMicros >= longestWindowMicros) this.#close(nowMicros)
    return Math.max(nowMicros, this.#nextMicros)
  }

  #close(nowMicros: Micros): void {
    const suffer = this.#requests >= fewestRequests && this.#judge()
    this.#share = suffer ? Math.max(leastShare, this.#share / 2) : Math.min(1, this.#share + step)
    this.#counts.fill(0)
    this.#requests = 0
    this.#openedMicros = nowMicros
  }

  /** Do clients wait for much longer than in good times? */
  #judge(): boolean {
    const p99 = this.#p99()
    this.#p99Micros = p99
    const good = this.#goodMicros
    this.#goodMicros = good === 0 || p99 < good ? p99 : good + (p99 - good) * forgetting
    return p99 > 2 * this.#goodMicros + slackMicros
  }

  /** Of a hundred requests and fewer the second slowest: one alone proves nothing. */
  #p99(): Micros {
    let above = Math.max(1, Math.floor(this.#requests / 100))
    for (let bucket = buckets - 1; bucket > 0; bucket--) {
      above -= this.#counts[bucket] as number
      if (above < 0) return latencyOf(bucket)
    }
    return latencyOf(0)
  }
}

const restMicros = (workMicros: Micros, share: number): Micros =>
  share >= 1 ? 0 : Math.round(workMicros * (1 / share - 1))

function bucketOf(latencyMicros: Micros): number {
  const latency = Math.max(1, Math.floor(latencyMicros))
  const octave = Math.min(octaves - 1, exponentOf(latency))
  const within = Math.floor((latency * (inverses[octave] as number) - 1) * perOctave)
  return octave * perOctave + Math.max(0, Math.min(perOctave - 1, within))
}

/** Of 2, exactly; for integers above 31 bits too. */
const exponentOf = (integer: number): number =>
  integer < 2 ** 31 ? 31 - Math.clz32(integer) : 31 + exponentOf(Math.floor(integer / 2 ** 31))

/** The upper end of a bucket. */
function latencyOf(bucket: number): Micros {
  const octave = Math.floor(bucket / perOctave)
  return Math.ceil(2 ** octave * (1 + ((bucket % perOctave) + 1) / perOctave))
}
