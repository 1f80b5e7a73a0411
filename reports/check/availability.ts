/**
 * Which share of the operations was answered ok: over the whole run, and while each fault lasted.
 */
import type { FaultWindow } from '../load.js'
import { FAIL, FINAL, OK, READ } from './history.js'
import type { History } from './history.js'
import type { Finding, SeriesPoint } from './verdict.js'

export interface AvailabilityOptions {
  /** null: nothing was asked. */
  readonly minPpm: number | null
  readonly faults: readonly FaultWindow[]
}

export const checkAvailability = (history: History, options: AvailabilityOptions): Finding => {
  const all = new Tally()
  const windows = options.faults.map((fault) => ({ fault, tally: new Tally() }))
  for (let operation = 0; operation < history.size; operation++) {
    if (history.kind[operation] === FINAL) continue
    all.add(history, operation)
    const atMicros = (history.startNanos[operation] as number) / 1000
    for (const { fault, tally } of windows) {
      if (atMicros >= fault.fromMicros && atMicros < fault.toMicros) tally.add(history, operation)
    }
  }
  const series = windows.map(({ fault, tally }): SeriesPoint => ({
    label: fault.label,
    fromMicros: fault.fromMicros,
    toMicros: fault.toMicros,
    ...tally.figures(),
  }))
  return { ...conclude(all, options.minPpm), series: { faults: series } }
}

class Tally {
  total = 0
  ok = 0
  private fail = 0
  private reads = 0
  private readsOk = 0

  add(history: History, operation: number): void {
    const outcome = history.outcome[operation]
    this.total++
    if (outcome === OK) this.ok++
    if (outcome === FAIL) this.fail++
    if (history.kind[operation] !== READ) return
    this.reads++
    if (outcome === OK) this.readsOk++
  }

  /** Shares are 0..1; null where there was nothing to answer. */
  figures(): Readonly<Record<string, number | null>> {
    const { total, ok, fail, reads, readsOk } = this
    return {
      operations: total,
      ok,
      fail,
      info: total - ok - fail,
      availability: share(ok, total),
      readAvailability: share(readsOk, reads),
      writeAvailability: share(ok - readsOk, total - reads),
    }
  }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const conclude = (all: Tally, minPpm: number | null): Omit<Finding, 'series'> => {
  const base = { check: 'availability', figures: all.figures(), counterexamples: [] }
  if (all.total === 0) return { ...base, verdict: 'unknown', summary: 'no operations' }
  const got = `${percent(all.ok / all.total)} of ${String(all.total)} operations were ok`
  if (minPpm === null) return { ...base, verdict: 'ok', summary: got }
  const isEnough = all.ok * 1_000_000 >= minPpm * all.total
  const summary = `${got}; ${percent(minPpm / 1e6)} asked`
  return { ...base, verdict: isEnough ? 'ok' : 'violation', summary }
}

/** Rounded down, so that 99.999% does not read as all. */
const percent = (part: number): string => `${(Math.floor(part * 1e5) / 1e3).toString()}%`
