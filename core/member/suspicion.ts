/**
 * How long a suspected member has to contradict (Lifeguard, Dadgar et al. 2018, section IV-B): a
 * long time while one node alone accuses it, for that node may be the slow one, and shorter with
 * every other that finds the same. One that nobody has heard from is dead when the time is over.
 */
import type { Timing } from '../config.js'
import type { Micros, NodeId } from '../types.js'

export interface SuspicionRules {
  readonly minMicros: Micros
  readonly maxMicros: Micros
  /** With so many accusers beside the first the time is as short as it gets. */
  readonly confirmations: number
}

export interface Suspicion {
  readonly sinceMicros: Micros
  readonly untilMicros: Micros
  /** In order of their word, the first one first; no more than count. */
  readonly accusers: readonly NodeId[]
}

const minMultiplier = 4
const maxMultiplier = 6
/** memberlist's: two less than the multiplier of the minimum. */
const confirmations = minMultiplier - 2

export function suspicionRules(timing: Timing, members: number): SuspicionRules {
  const { probeMicros, suspicionMinMicros, suspicionMaxMicros } = timing
  const byFormula = minMultiplier * Math.max(1, Math.log10(members)) * probeMicros
  const minMicros = suspicionMinMicros ?? Math.round(byFormula)
  const maxMicros = Math.max(minMicros, suspicionMaxMicros ?? maxMultiplier * minMicros)
  // Where so many others do not exist, nobody waits for them.
  return { minMicros, maxMicros, confirmations: members - 2 < confirmations ? 0 : confirmations }
}

/** With `count` accusers beside the first. */
export function suspicionMicros(rules: SuspicionRules, count: number): Micros {
  const { minMicros, maxMicros, confirmations: most } = rules
  if (count >= most) return minMicros
  const share = Math.log(count + 1) / Math.log(most + 1)
  return Math.max(minMicros, Math.round(maxMicros - (maxMicros - minMicros) * share))
}

export function suspicionStart(rules: SuspicionRules, by: NodeId, nowMicros: Micros): Suspicion {
  const untilMicros = nowMicros + suspicionMicros(rules, 0)
  return { sinceMicros: nowMicros, untilMicros, accusers: [by] }
}

/** The same object if this accuser is known, or there are enough. */
export function suspicionConfirmed(
  rules: SuspicionRules,
  suspicion: Suspicion,
  by: NodeId,
): Suspicion {
  const { sinceMicros, accusers } = suspicion
  if (accusers.length > rules.confirmations || accusers.includes(by)) return suspicion
  const untilMicros = sinceMicros + suspicionMicros(rules, accusers.length)
  return { sinceMicros, untilMicros, accusers: [...accusers, by] }
}

/**
 * The member spoke to this very node while it was suspected: whatever the others say, its time
 * begins anew.
 */
export function suspicionRenewed(
  rules: SuspicionRules,
  suspicion: Suspicion,
  heardMicros: Micros,
): Suspicion {
  const { accusers } = suspicion
  const untilMicros = heardMicros + suspicionMicros(rules, accusers.length - 1)
  return { sinceMicros: heardMicros, untilMicros, accusers }
}
