/** verdict.json and messages.jsonl: what the checkers found, and the messages around it. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { leastReads } from '../check/staleness/visibility.js'
import { corrupt, eachObject, unreadable } from './line.js'

export type Verdict = 'ok' | 'violation' | 'unknown'

export interface Counterexample {
  readonly key: string
  readonly fromMicros: number
  readonly toMicros: number
  readonly explanation: string
  /** Indices of history lines. */
  readonly events: readonly number[]
}

export interface StalenessSeries {
  readonly k: readonly { readonly k: number; readonly reads: number }[]
  readonly visibility: readonly {
    readonly tMicros: number
    readonly reads: number
    readonly probability: number
    readonly low: number
    readonly high: number
  }[]
}

export interface Check {
  readonly check: string
  readonly verdict: Verdict
  readonly expected: 'ok' | 'violation' | null
  readonly met: boolean | null
  readonly summary: string
  readonly figures: Readonly<Record<string, number | string | boolean | null>>
  readonly counterexamples: readonly Counterexample[]
  readonly series?: Partial<StalenessSeries>
  readonly details?: readonly string[]
}

/** Whether hardly a read began so long after a write: what is said of that time is a guess. */
export function isSeldomSeen(check: Check | undefined, micros: number): boolean {
  const points = check?.series?.visibility ?? []
  const late = points.filter(({ tMicros }) => tMicros >= micros)
  return points.length > 0 && late.reduce((sum, { reads }) => sum + reads, 0) < leastReads
}

export interface VerdictFile {
  readonly verdict: Verdict
  readonly checks: readonly Check[]
}

const verdicts: ReadonlySet<unknown> = new Set<Verdict>(['ok', 'violation', 'unknown'])

/** Null if the run was never checked. @throws LoadError */
export async function readVerdict(file: string): Promise<VerdictFile | null> {
  if (!existsSync(file)) return null
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
  let value: Partial<VerdictFile> | null
  try {
    value = JSON.parse(text) as Partial<VerdictFile> | null
  } catch (error) {
    throw corrupt(file, 0, `not JSON: ${(error as Error).message}`)
  }
  if (!verdicts.has(value?.verdict))
    throw corrupt(file, 0, 'verdict is not ok, violation or unknown')
  if (!Array.isArray(value?.checks)) throw corrupt(file, 0, 'checks is not a list')
  const checks = value.checks.map((check: Partial<Check> | null, index) => {
    const name = `checks[${String(index)}]`
    if (typeof check?.check !== 'string') throw corrupt(file, 0, `${name}.check is not text`)
    if (!verdicts.has(check.verdict)) throw corrupt(file, 0, `${name}.verdict is not a verdict`)
    return { ...blank, ...check } as Check
  })
  return { verdict: value.verdict as Verdict, checks }
}

const blank = { expected: null, met: null, summary: '', figures: {}, counterexamples: [] }

export interface TracedMessage {
  readonly sentMicros: number
  readonly deliveredMicros: number | null
  readonly fate: 'delivered' | 'lost' | 'cut' | 'down' | 'corrupted'
  readonly from: string
  readonly to: string
  readonly kind: string
  readonly key: string | null
  /** Null: not known. Answers often carry their request's number only. */
  readonly request: number | null
  readonly opId: string | null
  readonly detail: string
}

const unknownMessage = { deliveredMicros: null, key: null, request: null, opId: null, detail: '' }

/** More would not be a diagram. */
const mostMessages = 4000

/** The messages around the first violations; none if there is no such file. @throws LoadError */
export async function readMessages(file: string): Promise<readonly TracedMessage[]> {
  const messages: TracedMessage[] = []
  if (!existsSync(file)) return messages
  await eachObject(file, false, (value, line) => {
    for (const field of ['from', 'to', 'kind', 'fate'] as const) {
      if (typeof value[field] !== 'string') throw corrupt(file, line, `${field} is not text`)
    }
    if (typeof value['sentMicros'] !== 'number') {
      throw corrupt(file, line, 'sentMicros is not a number')
    }
    if (messages.length >= mostMessages) return
    messages.push({ ...unknownMessage, ...value } as unknown as TracedMessage)
  })
  return messages
}
