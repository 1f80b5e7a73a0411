/**
 * What the clients saw: counts, latencies, and both over time and per fault, from one pass over
 * the history.
 */
import type { HistoryEvent } from '../../core/history.js'
import type { FaultWindow } from '../load.js'
import { Histogram } from './histogram.js'

export interface Tally {
  ok: number
  fail: number
  info: number
}

export const answeredShare = (tally: Tally): number | null => {
  const total = tally.ok + tally.fail + tally.info
  return total === 0 ? null : tally.ok / total
}

/** One kind of operation: reads, or everything that writes. */
export class Side {
  readonly tally: Tally = { ok: 0, fail: 0, info: 0 }
  /** Micros from invocation to answer, of operations that ended ok. */
  readonly latency = new Histogram()

  add(outcome: keyof Tally, latencyMicros: number): void {
    this.tally[outcome]++
    if (outcome === 'ok') this.latency.add(latencyMicros)
  }
}

/** Reads and writes within some stretch of time. */
export class Stretch {
  readonly reads = new Side()
  readonly writes = new Side()

  side(isRead: boolean): Side {
    return isRead ? this.reads : this.writes
  }

  get tally(): Tally {
    const { reads, writes } = this
    return {
      ok: reads.tally.ok + writes.tally.ok,
      fail: reads.tally.fail + writes.tally.fail,
      info: reads.tally.info + writes.tally.info,
    }
  }
}

/** Why operations did not succeed. */
export interface Reason {
  readonly outcome: 'fail' | 'info'
  readonly code: string
  readonly count: number
}

/** A nice width that makes at most `most` windows of a run. Milliseconds that a person can name. */
export function windowMicros(runMicros: number, most: number): number {
  for (let unit = 1000; ; unit *= 10) {
    for (const step of [1, 2, 5]) {
      if (runMicros / (step * unit) <= most) return step * unit
    }
  }
}

/** Enough for every fault a person would look at; the cost of a run is operations times faults. */
const mostFaults = 200

export class Operations {
  readonly windowMicros: number
  readonly whole = new Stretch()
  /** By the time of invocation; sparse where nothing was asked. */
  readonly windows: Stretch[] = []
  /** Operations that touched each fault's window, in the order of `faults`. */
  readonly duringFault: readonly Stretch[]
  /** Operations that touched none. */
  readonly undisturbed = new Stretch()
  private readonly faults: readonly FaultWindow[]
  private readonly reasons = new Map<
    string,
    { outcome: 'fail' | 'info'; code: string; count: number }
  >()

  constructor(runMicros: number, faults: readonly FaultWindow[]) {
    this.windowMicros = windowMicros(Math.max(1, runMicros), 160)
    this.faults = faults.slice(0, mostFaults)
    this.duringFault = this.faults.map(() => new Stretch())
  }

  add(invoke: HistoryEvent, completion: HistoryEvent | null): void {
    const begun = invoke.time / 1000
    const ended = completion === null ? begun : completion.time / 1000
    const outcome = completion === null ? 'info' : (completion.type as keyof Tally)
    const latency = Math.max(0, Math.round(ended - begun))
    const isRead = invoke.f === 'read'
    this.whole.side(isRead).add(outcome, latency)
    this.window(begun).side(isRead).add(outcome, latency)
    if (outcome !== 'ok') this.explain(outcome, completion?.code ?? 'no answer')
    let disturbed = false
    for (let index = 0; index < this.faults.length; index++) {
      const fault = this.faults[index] as FaultWindow
      if (begun >= fault.toMicros || ended < fault.fromMicros) continue
      disturbed = true
      ;(this.duringFault[index] as Stretch).side(isRead).add(outcome, latency)
    }
    if (!disturbed) this.undisturbed.side(isRead).add(outcome, latency)
  }

  /** Most frequent first. */
  explained(): readonly Reason[] {
    const order = (a: Reason, b: Reason): number =>
      b.count - a.count || (a.outcome + a.code < b.outcome + b.code ? -1 : 1)
    return [...this.reasons.values()].sort(order)
  }

  private window(micros: number): Stretch {
    const index = Math.max(0, Math.floor(micros / this.windowMicros))
    return (this.windows[index] ??= new Stretch())
  }

  private explain(outcome: 'fail' | 'info', code: string): void {
    const id = `${outcome} ${code}`
    const reason = this.reasons.get(id)
    if (reason === undefined) this.reasons.set(id, { outcome, code, count: 1 })
    else reason.count++
  }
}
