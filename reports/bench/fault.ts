/**
 * What faults of real processes did to the clients of a benchmark, from the history alone.
 *
 * Before a fault, up to five seconds tell what is usual. Service is back at the first moment from
 * which, for half a second, nothing fails and at least half as much as usual is answered; all is
 * well again at the first from which, for a second, nothing fails, four fifths of the usual are
 * answered, and 99 in 100 answers take at most twice as long as usual.
 */
import type { HistoryEvent } from '../../core/history.js'
import type { Figure } from '../csv.js'
import type { FaultWindow } from '../load.js'
import type { BenchFault, ErrorCount, FaultEffect } from './model.js'

const stepMicros = 50_000
const usualMicros = 5_000_000
const serviceMicros = 500_000
const wellMicros = 1_000_000

/** What ended within one step. */
interface Step {
  ok: number
  readonly latencies: number[]
  bad: number
}

interface Failed {
  readonly atMicros: number
  readonly outcome: 'fail' | 'info'
  readonly code: string
}

interface Placed {
  readonly fault: BenchFault
  readonly window: FaultWindow
}

/** Takes the measured operations one by one; times are those since measuring began. */
export class FaultMeter {
  readonly #faults: readonly Placed[]
  readonly #runMicros: number
  readonly #steps: (Step | undefined)[] = []
  readonly #failed: Failed[] = []
  #answers: number[] = []

  constructor(faults: readonly BenchFault[], fromNanos: number, runMicros: number) {
    this.#runMicros = runMicros
    this.#faults = faults
      .map((fault) => ({ fault, window: windowOf(fault, fromNanos, runMicros) }))
      .sort((a, b) => a.window.fromMicros - b.window.fromMicros)
  }

  get windows(): readonly FaultWindow[] {
    return this.#faults.map(({ window }) => window)
  }

  add(invoke: HistoryEvent, completion: HistoryEvent | null): void {
    if (this.#faults.length === 0 || completion === null) return
    const atMicros = completion.time / 1_000
    const step = this.#step(atMicros)
    if (completion.type === 'ok') {
      step.ok++
      step.latencies.push((completion.time - invoke.time) / 1_000)
      this.#answers.push(atMicros)
    } else {
      step.bad++
      const outcome = completion.type === 'fail' ? 'fail' : 'info'
      this.#failed.push({ atMicros, outcome, code: completion.code ?? 'no answer' })
    }
  }

  effects(): readonly FaultEffect[] {
    this.#answers = this.#answers.sort((a, b) => a - b)
    return this.#faults.map((_, index) => this.#effect(index))
  }

  #effect(index: number): FaultEffect {
    const { fault, window } = this.#faults[index] as Placed
    const { fromMicros, toMicros: backMicros } = window
    const next = this.#faults[index + 1]?.window.fromMicros ?? Infinity
    const usual = this.#usual(fromMicros)
    const during = this.#errors(fromMicros, backMicros)
    const last = during.at(-1)
    const bringingMicros = this.#micros(fault.toNanos, fault, window)
    return {
      ...{ fault, window },
      failoverMicros: this.#until(fromMicros, backMicros, serviceMicros, (found) =>
        isServed(found, usual),
      ),
      lastErrorMicros: last === undefined ? null : Math.round(last.atMicros - fromMicros),
      gapMicros: this.#gap(fromMicros, backMicros),
      during: counted(during),
      after: counted(this.#errors(backMicros, next)),
      recoveryMicros:
        bringingMicros === null
          ? null
          : this.#until(bringingMicros, next, wellMicros, (found) => isWell(found, usual)),
      readyMicros:
        bringingMicros === null || fault.backNanos === null
          ? null
          : Math.round(backMicros - bringingMicros),
      lagMicros: fault.lagNanos === null ? null : Math.round(fault.lagNanos / 1_000),
    }
  }

  #micros(nanos: number | null, fault: BenchFault, window: FaultWindow): number | null {
    return nanos === null ? null : window.fromMicros + (nanos - fault.fromNanos) / 1_000
  }

  #step(micros: number): Step {
    const index = Math.max(0, Math.floor(micros / stepMicros))
    return (this.#steps[index] ??= { ok: 0, bad: 0, latencies: [] })
  }

  #errors(fromMicros: number, toMicros: number): readonly Failed[] {
    return this.#failed
      .filter(({ atMicros }) => atMicros >= fromMicros && atMicros < toMicros)
      .sort((a, b) => a.atMicros - b.atMicros)
  }

  #gap(fromMicros: number, toMicros: number): number {
    let longest = 0
    let before = fromMicros
    for (const answer of this.#answers) {
      if (answer < fromMicros) continue
      if (answer >= toMicros) break
      longest = Math.max(longest, answer - before)
      before = answer
    }
    return Math.round(Math.max(longest, Math.min(toMicros, this.#runMicros) - before))
  }

  /** Of the time just before: never that of an earlier fault. */
  #usual(fromMicros: number): Usual {
    const disturbed = this.#faults.flatMap(({ window: { toMicros } }) =>
      toMicros < fromMicros ? [toMicros + wellMicros] : [],
    )
    const begin = Math.max(0, fromMicros - usualMicros, ...disturbed)
    const found = this.#found(begin, Math.max(stepMicros, fromMicros - begin))
    return { perSecond: (found.ok / found.spanMicros) * 1e6, p99Micros: found.p99Micros }
  }

  /** From `begin` until the first moment from which on it holds for `spanMicros`. */
  #until(
    begin: number,
    end: number,
    spanMicros: number,
    holds: (found: Found) => boolean,
  ): number | null {
    const last = Math.min(end, this.#runMicros) - spanMicros
    for (let at = begin; at <= last; at += stepMicros) {
      if (holds(this.#found(at, spanMicros))) return Math.round(at - begin)
    }
    return null
  }

  /** What ended in whole steps from there on. */
  #found(atMicros: number, spanMicros: number): Found {
    const first = Math.ceil(atMicros / stepMicros)
    const count = Math.max(1, Math.floor(spanMicros / stepMicros))
    const latencies: number[] = []
    let [ok, bad] = [0, 0]
    for (let index = first; index < first + count; index++) {
      const step = this.#steps[index]
      if (step === undefined) continue
      ok += step.ok
      bad += step.bad
      for (const latency of step.latencies) latencies.push(latency)
    }
    latencies.sort((a, b) => a - b)
    const p99Micros = latencies[Math.floor(latencies.length * 0.99)] ?? Infinity
    return { ok, bad, p99Micros, spanMicros: count * stepMicros }
  }
}

interface Usual {
  readonly perSecond: number
  readonly p99Micros: number
}

interface Found {
  readonly ok: number
  readonly bad: number
  readonly p99Micros: number
  readonly spanMicros: number
}

const shareOf = ({ ok, spanMicros }: Found, { perSecond }: Usual): number =>
  perSecond === 0 ? 0 : ((ok / spanMicros) * 1e6) / perSecond

const isServed = (found: Found, usual: Usual): boolean =>
  found.bad === 0 && shareOf(found, usual) >= 0.5

const isWell = (found: Found, usual: Usual): boolean =>
  found.bad === 0 && shareOf(found, usual) >= 0.8 && found.p99Micros <= 2 * usual.p99Micros

function windowOf(fault: BenchFault, fromNanos: number, runMicros: number): FaultWindow {
  const { act, nodes } = fault
  const end = fault.backNanos ?? fault.toNanos
  return {
    ...{ kind: act, label: `${act} ${nodes.join(', ')}`, nodes },
    fromMicros: (fault.fromNanos - fromNanos) / 1_000,
    toMicros: end === null ? runMicros : (end - fromNanos) / 1_000,
  }
}

function counted(failed: readonly Failed[]): readonly ErrorCount[] {
  const counts = new Map<string, { outcome: 'fail' | 'info'; code: string; count: number }>()
  for (const { outcome, code } of failed) {
    const id = `${outcome} ${code}`
    const known = counts.get(id)
    if (known === undefined) counts.set(id, { outcome, code, count: 1 })
    else known.count++
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}

export const totalOf = (errors: readonly ErrorCount[]): number =>
  errors.reduce((sum, { count }) => sum + count, 0)

/** `fault_1_failover_time` and so on: one group a fault. */
export function faultFigures(effects: readonly FaultEffect[]): readonly Figure[] {
  return effects.flatMap((effect, index) => {
    const row = (name: string, value: Figure['value'], unit: string): Figure => ({
      figure: `fault_${String(index + 1)}${name}`,
      ...{ value, unit },
    })
    return [
      row('', effect.window.label, 'text'),
      row('_begins', Math.round(effect.window.fromMicros), 'us'),
      row('_failover_time', effect.failoverMicros, 'us'),
      row('_last_error', effect.lastErrorMicros, 'us'),
      row('_longest_gap', effect.gapMicros, 'us'),
      row('_errors_during', totalOf(effect.during), 'count'),
      row('_errors_after', totalOf(effect.after), 'count'),
      row('_ready_time', effect.readyMicros, 'us'),
      row('_recovery_time', effect.recoveryMicros, 'us'),
      row('_missed_keys', effect.fault.missedKeys, 'count'),
      row('_replication_lag', effect.lagMicros, 'us'),
      ...errorRows(effect, row),
    ]
  })
}

function errorRows(
  { during, after }: FaultEffect,
  row: (name: string, value: Figure['value'], unit: string) => Figure,
): readonly Figure[] {
  const rows = (when: string, errors: readonly ErrorCount[]): readonly Figure[] =>
    errors.map(({ outcome, code, count }) =>
      row(`_${when}_${outcome}_${code.replaceAll(' ', '_')}`, count, 'count'),
    )
  return [...rows('during', during), ...rows('after', after)]
}
