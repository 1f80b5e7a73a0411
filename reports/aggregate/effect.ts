/** What each fault did to the clients, compared with the time when there was none. */
import type { FaultWindow } from '../load.js'
import type { RunData } from '../aggregate.js'
import { answeredShare } from './operation.js'
import type { Stretch } from './operation.js'

export interface Effect {
  readonly fault: FaultWindow
  /** How the charts call it: A, B, ... then 27, 28. */
  readonly sign: string
  readonly during: Stretch
}

export const signOf = (index: number): string =>
  index < 26 ? String.fromCharCode(65 + index) : String(index + 1)

export const effects = (data: RunData): readonly Effect[] =>
  data.operations.duringFault.map((during, index) => ({
    fault: data.faults[index] as FaultWindow,
    sign: signOf(index),
    during,
  }))

/** Of the fault that hurt clients most: what it did, in two terms. */
export interface Harm {
  readonly effect: Effect
  /** Those that hit the very same operations: which of them did it cannot be told. */
  readonly together: readonly Effect[]
  /** Share of operations not answered, during and without. */
  readonly unanswered: number
  readonly usualUnanswered: number
  readonly side: 'read' | 'write'
  readonly p99Micros: number
  readonly usualP99Micros: number
  /** Operations answered in the worst window of the fault; null if it was shorter than a window. */
  readonly worstPerSecond: number | null
  readonly usualPerSecond: number
}

/** Fewer operations than this say nothing about a 99th percentile. */
const leastOperations = 30

/** Null if there was no fault, or none during which clients asked for much. */
export function worstHarm(data: RunData): Harm | null {
  let worst: Harm | null = null
  for (const effect of effects(data)) {
    const harm = harmOf(effect, data)
    if (harm !== null && (worst === null || weight(harm) > weight(worst))) worst = harm
  }
  if (worst === null) return null
  const { effect } = worst
  const together = effects(data).filter((one) => one.sign !== effect.sign && isAlike(one, effect))
  return { ...worst, together }
}

/** To their operations: as many of each outcome, and the slowest the same. */
const isAlike = ({ during: one }: Effect, { during: other }: Effect): boolean =>
  one.tally.ok === other.tally.ok &&
  one.tally.fail === other.tally.fail &&
  one.tally.info === other.tally.info &&
  one.reads.latency.max === other.reads.latency.max &&
  one.writes.latency.max === other.writes.latency.max

/** An operation without an answer weighs as much as latency grown a thousandfold. */
const weight = (harm: Harm): number =>
  Math.max(0, harm.unanswered - harm.usualUnanswered) * 100 +
  Math.log10(Math.max(1, harm.p99Micros / Math.max(1, harm.usualP99Micros)))

function harmOf(effect: Effect, data: RunData): Harm | null {
  const usual = data.operations.undisturbed
  const share = answeredShare(effect.during.tally)
  const usualShare = answeredShare(usual.tally)
  if (share === null || usualShare === null) return null
  const sides = (['reads', 'writes'] as const).flatMap((name) => {
    const during = effect.during[name].latency
    const before = usual[name].latency
    const [now, then] = [during.quantile(0.99), before.quantile(0.99)]
    if (now === null || then === null) return []
    if (Math.min(during.count, before.count) < leastOperations) return []
    return [{ name, now, then }]
  })
  const side = sides.sort((a, b) => b.now / b.then - a.now / a.then)[0]
  if (side === undefined) return null
  return {
    effect,
    together: [],
    unanswered: 1 - share,
    usualUnanswered: 1 - usualShare,
    side: side.name === 'reads' ? 'read' : 'write',
    p99Micros: side.now,
    usualP99Micros: side.then,
    ...ratesOf(effect.fault, data),
  }
}

/** Windows that lie wholly within the fault, and the mean of those that touch none. */
function ratesOf(
  fault: FaultWindow,
  data: RunData,
): Pick<Harm, 'worstPerSecond' | 'usualPerSecond'> {
  const { windows, windowMicros } = data.operations
  const end = data.run.scenario.durationMicros
  const during: number[] = []
  const usual: number[] = []
  for (let from = 0; from + windowMicros <= end; from += windowMicros) {
    const to = from + windowMicros
    const rate = ((windows[from / windowMicros]?.tally.ok ?? 0) / windowMicros) * 1e6
    if (from >= fault.fromMicros && to <= fault.toMicros) during.push(rate)
    if (data.faults.every((one) => to <= one.fromMicros || from >= one.toMicros)) usual.push(rate)
  }
  const sum = usual.reduce((total, rate) => total + rate, 0)
  return {
    worstPerSecond: during.length === 0 ? null : Math.min(...during),
    usualPerSecond: usual.length === 0 ? 0 : sum / usual.length,
  }
}
