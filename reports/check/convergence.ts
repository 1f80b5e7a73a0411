/** After the faults have healed all owners of a key hold the same, and they got there in time. */
import type { History } from './history.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding } from './verdict.js'
import { counterexampleOf, operationText, plural } from './words.js'

const examples = 3

export interface ConvergenceOptions {
  /** Owners a key has; null where unknown: then owners without the key go unnoticed. */
  readonly owners: number | null
  readonly withinMicros: number | null
  readonly healedAtMicros: number | null
  /** null: replicas still differed when the run ended. */
  readonly convergedAtMicros: number | null
}

export const checkConvergence = (
  { history, groups }: Subject,
  options: ConvergenceOptions,
): Finding => {
  const shown: Counterexample[] = []
  let keys = 0
  let divergent = 0
  for (let key = 0; key < history.keys.length; key++) {
    const finals = [...groups.finals(key)]
    if (finals.length === 0) continue
    keys++
    const words = difference(history, finals, options.owners)
    if (words === null) continue
    divergent++
    if (shown.length < examples) shown.push(counterexampleOf(history, finals, words))
  }
  return conclude(options, { keys, divergent, shown })
}

/** null: they agree. */
const difference = (
  history: History,
  finals: readonly number[],
  owners: number | null,
): string | null => {
  const isSame = agree(history, finals)
  if (isSame && (owners === null || finals.length >= owners)) return null
  const told = finals.map((final) => operationText(history, final)).join('; ')
  if (!isSame) return `The owners hold different states: ${told}.`
  return `Only ${String(finals.length)} of ${String(owners)} owners hold the key: ${told}.`
}

const agree = (history: History, finals: readonly number[]): boolean => {
  let first: string | null = null
  for (const final of finals) {
    const text = stateText(history, final)
    first ??= text
    if (text !== first) return false
  }
  return true
}

/** Equal for equal states: vector and values, in one order. */
const stateText = (history: History, final: number): string => {
  const parts: string[] = []
  const first = history.siblingStart[final] as number
  for (let at = first; at < first + (history.siblingCount[final] as number); at++) {
    const dot = `${String(history.siblingActor[at])} ${String(history.siblingCounter[at])}`
    parts.push(`${String(history.siblingValue[at])} ${dot}`)
  }
  const from = history.vectorStart[final] as number
  for (let at = from; at < from + (history.vectorCount[final] as number); at++) {
    parts.push(`${String(history.vectorActor[at])}:${String(history.vectorCounter[at])}`)
  }
  return parts.sort(inOrder).join('|')
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

interface Tally {
  readonly keys: number
  readonly divergent: number
  readonly shown: readonly Counterexample[]
}

const conclude = (options: ConvergenceOptions, { keys, divergent, shown }: Tally): Finding => {
  const { withinMicros, healedAtMicros, convergedAtMicros } = options
  const took =
    healedAtMicros === null || convergedAtMicros === null
      ? null
      : Math.max(0, convergedAtMicros - healedAtMicros)
  const figures = { keys, divergentKeys: divergent, convergedAfterMicros: took, withinMicros }
  const base = { check: 'convergence', figures, counterexamples: shown }
  if (divergent > 0) {
    const first = shown[0] as Counterexample
    const summary = `${String(divergent)} of ${plural(keys, 'key')}. ${first.key}: ${first.explanation}`
    return { ...base, verdict: 'violation', summary }
  }
  if (keys === 0) {
    const summary = 'no final reads: what the owners held at the end was not recorded'
    return { ...base, verdict: 'unknown', summary }
  }
  if (healedAtMicros === null) {
    const summary = `${plural(keys, 'key')} equal; when the faults healed was not recorded`
    return { ...base, verdict: withinMicros === null ? 'ok' : 'unknown', summary }
  }
  if (took === null) {
    const summary = 'the replicas still differed when the run ended'
    return { ...base, verdict: 'violation', summary }
  }
  const time = `${plural(keys, 'key')} equal ${seconds(took)} after the heal`
  if (withinMicros !== null && took > withinMicros) {
    return {
      ...base,
      verdict: 'violation',
      summary: `${time}; ${seconds(withinMicros)} were allowed`,
    }
  }
  return { ...base, verdict: 'ok', summary: time }
}

const seconds = (micros: number): string => `${(micros / 1e6).toFixed(3)} s`
