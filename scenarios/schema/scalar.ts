/**
 * The small pieces that the schemas are made of. Each carries its own message, because the ones
 * of a schema library speak of types where a person needs an example.
 */
import { z } from 'zod'
import { all, closest, oneOf } from '../problem.js'
import {
  type Parsed,
  parseBandwidth,
  parseDuration,
  parseProbability,
  parseRate,
  parseSize,
  quote,
} from '../unit.js'

/** The decoder puts the name of the key before it. */
export const missing = 'is missing'

/** What stands in the file, in a few words. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? quote(value) : 'this'
}

export function wants(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => (input === undefined ? missing : `expected ${what}, not ${show(input)}`)
}

/**
 * A map with these keys and no others. Messages for unknown keys come one a line, in the order
 * of the keys.
 */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return wants(`a map with ${all(known)}`)(issue)
      return issue.keys.map((key) => unknownKey(key, known)).join('\n')
    },
  })
}

export function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known)
  const fix = near === null ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`
  return `${quote(key)} is not known here: ${fix}`
}

/** One of several forms; `what` names them all. */
export function either<const Options extends readonly z.ZodType[]>(what: string, options: Options) {
  return z.union(options, { error: wants(what) })
}

/** `what` describes the whole list, with an example. */
export function list<Element extends z.ZodType>(what: string, element: Element) {
  return z.array(element, { error: wants(what) })
}

/** A part of the language whose machinery does not exist: refused by name, never ignored. */
export function notThereYet(name: string, why: string) {
  return z
    .never({ error: () => notYet(name, why) })
    .optional()
    .meta({ description: `Not there yet: ${why}.` })
}

export function notYet(name: string, why: string): string {
  return `${name} is not there yet: ${why}; remove it`
}

export const flag = z.boolean({ error: wants('true or false') })

/** One of these words; `refused` words are part of the language but not there yet. */
export function choice<const Word extends string>(
  words: readonly Word[],
  refused: Readonly<Record<string, string>> = {},
) {
  const error = (issue: { readonly input?: unknown }): string => {
    const { input } = issue
    if (typeof input !== 'string') return wants(oneOf(words))(issue)
    if (Object.hasOwn(refused, input)) return notYet(input, refused[input] ?? '')
    const near = closest(input, words)
    const fix = near === null ? '' : `: did you mean ${near}?`
    return `expected ${oneOf(words)}, not ${quote(input)}${fix}`
  }
  return z.enum(words, { error })
}

/** A whole number in these bounds. */
export function count(least: number, most: number) {
  const error = wants(`a whole number from ${String(least)} to ${String(most)}`)
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error })
}

/** Any number in these bounds, the lower one excluded if it is 0. */
export function factor(least: number, most: number) {
  const from = least === 0 ? 'above 0, at most' : `from ${String(least)} to`
  const error = wants(`a number ${from} ${String(most)}`)
  const number = z.number({ error }).max(most, { error })
  return least === 0 ? number.gt(0, { error }) : number.min(least, { error })
}

/** Like `factor`, with nothing at all as one more choice. */
export function factorOrNothing(most: number) {
  const error = wants(`a number from 0 to ${String(most)}`)
  return z.number({ error }).min(0, { error }).max(most, { error })
}

/** A short name that is safe in file names, traces and on a command line. */
const nameError = wants('a name of at most 64 letters, digits, - and _, starting with a letter')
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
export const name = z.string({ error: nameError }).regex(namePattern, { error: nameError })

function measured(parse: (text: string) => Parsed, what: string) {
  const error = ({ input }: { readonly input?: unknown }): string => {
    const parsed = typeof input === 'number' ? parse(String(input)) : null
    return parsed !== null && 'problem' in parsed ? parsed.problem : wants(what)({ input })
  }
  return z.string({ error }).transform((text, context): number => {
    const parsed = parse(text)
    if ('value' in parsed) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.problem })
    return z.NEVER
  })
}

const amount = '\\d+(\\.\\d+)? ?'

/** Micros, 0 to 24 hours. */
export const duration = measured((text) => parseDuration(text), 'a duration such as 10s').meta({
  id: 'Duration',
  description: 'A duration: 250us, 1.5ms, 10s, 2m, 1h.',
  pattern: `^\\+?${amount}(us|ms|s|m|h)$`,
})

/** Micros, above 0. */
export const positiveDuration = duration.refine((micros) => micros > 0, {
  error: 'must be longer than nothing',
})

/** Micros, either way. */
export const signedDuration = measured(
  (text) => parseDuration(text, true),
  'a duration such as 2m or -2m',
).meta({
  id: 'SignedDuration',
  description: 'A duration that may be negative: 2m, -5ms.',
  pattern: `^[+-]?${amount}(us|ms|s|m|h)$`,
})

/** Bytes. */
export const size = measured(parseSize, 'a size such as 100B').meta({
  id: 'Size',
  description: 'A size: 100B, 4KiB, 1MiB.',
  pattern: `^\\+?${amount}(B|kB|KiB|MB|MiB)$`,
})

/** Bits per second. */
export const bandwidth = measured(parseBandwidth, 'a bandwidth such as 1Gbit/s').meta({
  id: 'Bandwidth',
  description: 'A bandwidth: 64kbit/s, 100Mbit/s, 1Gbit/s.',
  pattern: `^\\+?${amount}(bit/s|kbit/s|Mbit/s|Gbit/s)$`,
})

/** Operations per second. */
export const rate = measured(parseRate, 'a rate such as 500/s').meta({
  id: 'Rate',
  description: 'Operations per second: 500/s.',
  pattern: `^${amount}/ ?s$`,
})

const probabilityError = wants('a percentage such as 0.1%, or a number from 0 to 1')

/** Parts per million. */
export const probability = z
  .union([z.string({ error: probabilityError }), z.number({ error: probabilityError })], {
    error: probabilityError,
  })
  .transform((input, context): number => {
    const parsed = parseProbability(input)
    if ('value' in parsed) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.problem })
    return z.NEVER
  })
  .meta({ id: 'Probability', description: 'A probability: 0.1%, or a number from 0 to 1.' })

/** One name or a list of names; a list comes out. */
export const names = either('a name or a list of names', [
  name.transform((one): readonly string[] => [one]),
  list('a list of names', name).min(1, { error: 'the list is empty' }).readonly(),
]).meta({ id: 'Names', description: 'A name, n1, or a list of names, [n1, n2].' })
