/** The parameters of a request to a key: `?r= &w= &pr= &pw= &dw= &consistency= &timeout=`. */
import type { Micros, QuorumOptions, Replication } from '../../core/index.js'
import { ApiProblem } from './problem.js'

export interface Parameters {
  readonly quorum: QuorumOptions
  readonly timeoutMicros: Micros
}

export interface ParameterBounds {
  readonly replication: Pick<Replication, 'n'>
  readonly defaultTimeoutMicros: Micros
  readonly maxTimeoutMicros: Micros
}

export const consistencies = ['default', 'one', 'quorum', 'all', 'monotonic'] as const
type Consistency = (typeof consistencies)[number]

const unset: QuorumOptions = { r: null, w: null, pr: null, pw: null, monotonic: false }
const countNames = ['r', 'w', 'pr', 'pw', 'dw'] as const

/** `query`: what stands behind the question mark; the empty text is the common case. */
export function parseParameters(query: string, bounds: ParameterBounds): Parameters {
  if (query === '') return { quorum: unset, timeoutMicros: bounds.defaultTimeoutMicros }
  const found = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (found.has(name)) throw bad(`${name} is given twice`)
    found.set(name, value)
  }
  const quorum = quorumOf(found, bounds.replication.n)
  const timeoutMicros = timeoutOf(found, bounds)
  const known = new Set<string>([...countNames, 'consistency', 'timeout'])
  for (const name of found.keys()) {
    if (!known.has(name)) {
      throw bad(`${name}: no such parameter; there are ${[...known].join(', ')}`)
    }
  }
  return { quorum, timeoutMicros }
}

function quorumOf(found: ReadonlyMap<string, string>, n: number): QuorumOptions {
  const counts = { r: null, w: null, pr: null, pw: null, dw: null } as Record<
    (typeof countNames)[number],
    number | null
  >
  for (const name of countNames) counts[name] = countOf(name, found.get(name), n)
  const base = consistent(found.get('consistency'), n)
  // Every acknowledged copy is fsynced, so dw asks for nothing that w does not give.
  const w = counts.w === null ? counts.dw : Math.max(counts.w, counts.dw ?? 0)
  return {
    r: counts.r ?? base.r,
    w: w ?? base.w,
    pr: counts.pr,
    pw: counts.pw,
    monotonic: base.monotonic,
  }
}

function countOf(name: string, text: string | undefined, n: number): number | null {
  if (text === undefined) return null
  if (text === 'quorum') return majority(n)
  if (text === 'all') return n
  if (!/^\d{1,3}$/.test(text)) throw bad(`${name}=${text}: a count from 0 to ${String(n)}`)
  const count = Number(text)
  if (count === 0 && !name.startsWith('p')) throw bad(`${name}=0: at least 1`)
  if (count > n) throw bad(`${name}=${text}: there are ${String(n)} replicas of a key`)
  return count
}

const majority = (n: number): number => Math.floor(n / 2) + 1

function consistent(
  text: string | undefined,
  n: number,
): Pick<QuorumOptions, 'r' | 'w' | 'monotonic'> {
  if (text === undefined) return { r: null, w: null, monotonic: false }
  if (text === 'strong' || text === 'linearizable') {
    throw bad(`consistency=${text} is not there yet: there are ${consistencies.join(', ')}`)
  }
  if (!consistencies.some((each) => each === text)) {
    throw bad(`consistency=${text}: there are ${consistencies.join(', ')}`)
  }
  switch (text as Consistency) {
    case 'default':
      return { r: null, w: null, monotonic: false }
    case 'one':
      return { r: 1, w: 1, monotonic: false }
    case 'quorum':
      return { r: majority(n), w: majority(n), monotonic: false }
    case 'all':
      return { r: n, w: n, monotonic: false }
    case 'monotonic':
      return { r: null, w: null, monotonic: true }
  }
}

const units: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000, '': 1_000 }

/** `250ms`, `2s`; a number alone is milliseconds. */
function timeoutOf(found: ReadonlyMap<string, string>, bounds: ParameterBounds): Micros {
  const text = found.get('timeout')
  if (text === undefined) return bounds.defaultTimeoutMicros
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(us|ms|s|)$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) {
    throw bad(`timeout=${text}: a duration such as 250ms or 2s`)
  }
  const micros = Math.round(Number(amount) * (units[unit] ?? 1))
  if (micros < 1 || micros > bounds.maxTimeoutMicros) {
    throw bad(`timeout=${text}: at most ${String(bounds.maxTimeoutMicros / 1_000)}ms, and not 0`)
  }
  return micros
}

const bad = (message: string): ApiProblem => new ApiProblem('bad_parameter', message)
