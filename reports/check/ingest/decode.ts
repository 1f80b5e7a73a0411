/**
 * A parsed event of any recorder into a `Line`. Strict: what does not fit is an error that shows
 * it, never a guess.
 */
import {
  ACQUIRE,
  APPEND,
  CAS,
  DELETE,
  FAIL,
  FINAL,
  INFO,
  NULL,
  OK,
  READ,
  RELEASE,
  TRANSACTION,
  WRITE,
} from '../history.js'
import type { Value } from '../history.js'
import { EventError, INVOKE } from './line.js'
import type { Line, Scratch, Vocabulary } from './line.js'

/** One parsed line, nothing trusted. */
export type RawEvent = Readonly<Record<string, unknown>>

export const kinds: ReadonlyMap<unknown, number> = new Map([
  ['read', READ],
  ['get', READ],
  ['write', WRITE],
  ['put', WRITE],
  ['cas', CAS],
  ['append', APPEND],
  ['delete', DELETE],
  ['acquire', ACQUIRE],
  ['release', RELEASE],
  ['txn', TRANSACTION],
  ['final', FINAL],
])

const types: ReadonlyMap<unknown, number> = new Map([
  ['invoke', INVOKE],
  ['ok', OK],
  ['fail', FAIL],
  ['info', INFO],
])

/** @throws EventError */
export const decode = (event: RawEvent, line: Line, words: Vocabulary): void => {
  line.clear()
  const process = event['process']
  if (typeof process !== 'number') {
    if (typeof process !== 'string')
      throw new EventError(`process is ${show(process)}, not a number`)
    line.isNobody = true
    return
  }
  line.process = process
  line.kind = oneOf(kinds, event['f'], () => `unknown operation f: ${show(event['f'])}`)
  line.type = oneOf(
    types,
    event['type'],
    () => `type is ${show(event['type'])}, not invoke, ok, fail or info`,
  )
  names(event, line, words)
  values(event, line, words)
  versions(event, line, words)
}

const oneOf = (map: ReadonlyMap<unknown, number>, name: unknown, wrong: () => string): number => {
  const found = map.get(name)
  if (found === undefined) throw new EventError(wrong())
  return found
}

const names = (event: RawEvent, line: Line, words: Vocabulary): void => {
  const time = event['time']
  if (!isNone(time)) {
    if (typeof time !== 'number') throw new EventError(`time is ${show(time)}, not a number`)
    line.time = time
  }
  const key = event['key'] ?? (line.type === INVOKE || line.kind === FINAL ? '' : null)
  if (key !== null) {
    if (typeof key !== 'string' && typeof key !== 'number') {
      throw new EventError(`key is ${show(key)}, not a string`)
    }
    line.key = words.key(text(event, 'bucket') ?? 'default', String(key))
  }
  const session = text(event, 'session')
  if (session !== null) line.session = words.sessions.of(session)
  const node = text(event, 'node')
  if (node !== null) line.node = words.nodes.of(node)
  line.name = text(event, 'op')
  const code = text(event, 'code') ?? foreignError(event['error'])
  if (code !== null) line.code = words.codes.of(code)
  if (typeof event['need'] === 'number') line.need = event['need']
  if (typeof event['got'] === 'number') line.got = event['got']
}

const values = (event: RawEvent, line: Line, words: Vocabulary): void => {
  const value = event['value']
  const isShown = line.kind === READ || line.kind === FINAL
  if (isShown) {
    if (line.type === OK) shownValues(event, line, words)
  } else if (line.kind === CAS) {
    // The completion of an unknown one may leave it out.
    if (line.type !== INVOKE && isNone(value)) return
    if (!Array.isArray(value) || value.length !== 2) {
      throw new EventError(`the value of a cas is ${show(value)}, not [from, to]`)
    }
    line.value = valueOf(value[0], words)
    line.swap = valueOf(value[1], words)
  } else line.value = line.kind === DELETE ? NULL : valueOf(plainly(value, line), words)
}

/** A read that shows a list shows siblings, so a list that was written could not be told apart. */
const plainly = (value: unknown, line: Line): unknown => {
  if (line.kind !== WRITE || !Array.isArray(value)) return value
  throw new EventError(
    `the value of a write is the list ${show(value)}, and a list that is read means siblings: ` +
      'of [key, value] put the key into "key", any other list into a string',
  )
}

const shownValues = (event: RawEvent, line: Line, words: Vocabulary): void => {
  const value = event['value']
  const list: readonly unknown[] = Array.isArray(value) ? value : isNone(value) ? [] : [value]
  for (const each of list) line.values.push(valueOf(each, words))
  const dots = event['dots']
  if (dots === undefined) return
  if (!Array.isArray(dots) || dots.length !== list.length) {
    throw new EventError(`${String(list.length)} values but dots ${show(dots)}`)
  }
  line.hasDots = true
  for (const dot of dots as readonly unknown[]) {
    const at = splitDot(dot)
    line.dotActors.push(words.actors.of((dot as string).slice(0, at)))
    line.dotCounters.push(Number((dot as string).slice(at + 1)))
  }
}

const valueOf = (value: unknown, words: Vocabulary): number => {
  if (value === undefined) return NULL
  if (typeof value === 'object' && value !== null) return words.values.of(JSON.stringify(value))
  return words.values.of(value as Value)
}

const versions = (event: RawEvent, line: Line, words: Vocabulary): void => {
  const { dot, vv, context } = event
  if (!isNone(dot)) {
    const at = splitDot(dot)
    line.dotActor = words.actors.of((dot as string).slice(0, at))
    line.dotCounter = Number((dot as string).slice(at + 1))
  }
  if (vv !== undefined) {
    line.hasVector = true
    vectorOf(vv, 'vv', words, line.vectorActors, line.vectorCounters)
  }
  if (context !== undefined) {
    // null: sent without a context, which supersedes nothing.
    line.hasContext = true
    const vector = context ?? {}
    vectorOf(vector, 'context', words, line.contextActors, line.contextCounters)
  }
}

const vectorOf = (
  vector: unknown,
  field: string,
  words: Vocabulary,
  actors: Scratch,
  counters: Scratch,
): void => {
  if (typeof vector !== 'object' || vector === null || Array.isArray(vector)) {
    throw new EventError(`${field} is ${show(vector)}, not an object of counters`)
  }
  for (const actor in vector) {
    const counter = (vector as RawEvent)[actor]
    if (!isCounter(counter)) {
      throw new EventError(`${field} has ${show(counter)} for ${actor}, which is no counter`)
    }
    actors.push(words.actors.of(actor))
    counters.push(counter)
  }
}

const isNone = (value: unknown): boolean => value === null || value === undefined

const text = (event: RawEvent, field: string): string | null => {
  const value = event[field]
  if (isNone(value)) return null
  if (typeof value !== 'string') throw new EventError(`${field} is ${show(value)}, not a string`)
  return value
}

/** Other recorders put anything at all there. */
const foreignError = (error: unknown): string | null =>
  isNone(error) ? null : typeof error === 'string' ? error : JSON.stringify(error)

export const mostCounted = 0x7fffffff

/**
 * Counters are held in 32 bits: two thousand million writes by one node. Beyond that is an error,
 * not a wrong verdict.
 */
const isCounter = (counter: unknown): counter is number =>
  Number.isInteger(counter) && (counter as number) >= 0 && (counter as number) <= mostCounted

/** Where the `#` of "n1:0#17" stands. */
const splitDot = (dot: unknown): number => {
  const at = typeof dot === 'string' ? dot.lastIndexOf('#') : -1
  const isDigits = at > 0 && /^\d{1,10}$/.test((dot as string).slice(at + 1))
  if (!isDigits || !isCounter(Number((dot as string).slice(at + 1)))) {
    throw new EventError(`${show(dot)} is not a dot like "n1:0#17"`)
  }
  return at
}

const show = (value: unknown): string => {
  const shown = JSON.stringify(value) as string | undefined
  return shown?.slice(0, 60) ?? 'missing'
}
