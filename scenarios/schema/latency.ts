/** How long something takes: a fixed time or a distribution to draw from. */
import { z } from 'zod'
import { type Latency, messageClasses } from '../model.js'
import { oneOf } from '../problem.js'
import { duration, either, factor, fields, list, wants } from './scalar.js'

const alpha = factor(0, 1_000)

const quantile = z
  .string()
  .regex(/^p(\d{1,2}(\.\d{1,6})?|100)$/, { error: 'a quantile is written p50, p99 or p99.9' })

/**
 * Each form by its own key; exactly one is given. What is wrong within a form is found there, so
 * that a mistake elsewhere in the distribution does not hide it.
 */
const forms = {
  constant: duration.optional(),
  uniform: fields({ min: duration, max: duration })
    .superRefine(({ min, max }, context) => ordered(context, ['max', max], ['min', min]))
    .optional(),
  exponential: fields({ min: duration.optional(), mean: duration })
    .superRefine(({ min = 0, mean }, context) => ordered(context, ['mean', mean], ['min', min]))
    .optional(),
  pareto: fields({ min: duration, alpha }).optional(),
  lognormal: fields({ median: duration, sigma: factor(0, 10) }).optional(),
  empirical: z
    .record(quantile, duration, {
      error: wants('a map such as { p50: 1ms, p99: 9ms }'),
    })
    .superRefine(rising)
    .optional(),
}
type Forms = z.output<z.ZodObject<typeof forms>>
const formNames = Object.keys(forms)

const part = fields({ weight: factor(0, 1_000_000), ...forms })
  .superRefine(({ weight: _, ...given }, context) => oneForm(given, context))
  .transform(({ weight, ...given }) => ({ weight, latency: resolve(given) }))

const latencyMap = fields({
  ...forms,
  mixture: list('a list such as [{ weight: 0.9, constant: 1ms }, ...]', part)
    .min(1, { error: 'a mixture needs at least one part' })
    .max(100, { error: 'a mixture of more than 100 parts' })
    .optional(),
})
  .superRefine(oneForm)
  .transform(({ mixture, ...given }): Latency => {
    if (mixture === undefined) return resolve(given)
    return { kind: 'mixture', parts: normalised(mixture) }
  })
  .meta({ minProperties: 1, maxProperties: 1 })

const formList =
  'a duration, or one of constant, uniform, exponential, pareto, lognormal, empirical, mixture'

export const latency = either(formList, [
  duration.transform((micros): Latency => ({ kind: 'constant', micros })),
  latencyMap,
]).meta({
  id: 'Latency',
  description: 'A time (1ms), or a distribution: { exponential: { min: 0.2ms, mean: 1ms } }.',
})

/** Per message class; a class that is left out takes the usual latency. */
export const latencyByClass = either(`${formList}, or a map by class: ${oneOf(messageClasses)}`, [
  latency,
  fields({
    write: latency.optional(),
    write_ok: latency.optional(),
    read: latency.optional(),
    read_ok: latency.optional(),
    other: latency.optional(),
  }).meta({ minProperties: 1 }),
])

type Context = z.core.$RefinementCtx

function resolve(given: Forms): Latency {
  const { constant, uniform, exponential, pareto, lognormal, empirical = {} } = given
  if (constant !== undefined) return { kind: 'constant', micros: constant }
  if (uniform !== undefined) {
    return { kind: 'uniform', minMicros: uniform.min, maxMicros: uniform.max }
  }
  if (exponential !== undefined) {
    const { min = 0, mean } = exponential
    return { kind: 'exponential', minMicros: min, meanMicros: mean }
  }
  if (pareto !== undefined) return { kind: 'pareto', minMicros: pareto.min, alpha: pareto.alpha }
  if (lognormal !== undefined) {
    return { kind: 'lognormal', medianMicros: lognormal.median, sigma: lognormal.sigma }
  }
  return { kind: 'empirical', points: points(empirical) }
}

function oneForm(given: object, context: Context): void {
  const keys = Object.keys(given)
  // Of a form with its name misspelt that is said already.
  if (keys.length === 1 || (keys.length === 0 && context.issues.length > 0)) return
  const message =
    keys.length === 0
      ? `which latency? Give one of ${[...formNames, 'mixture'].join(', ')}`
      : `${keys.join(' and ')}: only one of them can hold; for several at once use mixture`
  context.addIssue({ code: 'custom', message })
}

type Side = readonly [name: string, value: number]

function ordered(context: Context, [highName, high]: Side, [lowName, low]: Side): void {
  if (high >= low) return
  const message = `${highName} is below ${lowName}`
  context.addIssue({ code: 'custom', path: [highName], message })
}

function rising(given: Readonly<Record<string, number>>, context: Context): void {
  const names = Object.keys(given).sort((left, right) => percent(left) - percent(right))
  if (names.length === 0)
    context.addIssue({ code: 'custom', message: 'give at least one quantile' })
  names.forEach((name, index) => {
    const before = names[index - 1]
    if (before === undefined || Number(given[name]) >= Number(given[before])) return
    context.addIssue({ code: 'custom', path: [name], message: `${name} is below ${before}` })
  })
}

function points(
  given: Readonly<Record<string, number>>,
): { readonly quantile: number; readonly micros: number }[] {
  return Object.entries(given)
    .map(([key, micros]) => ({ quantile: percent(key), micros }))
    .sort((left, right) => left.quantile - right.quantile)
}

/** `p99.9` is 0.999, by moving the point in the text so that it is the nearest number to it. */
function percent(key: string): number {
  return Number(`${key.slice(1)}e-2`)
}

type Parts = readonly { readonly weight: number; readonly latency: Latency }[]

/**
 * Weights that add up to 1 stay as they are written, so that a resolved scenario resolves to
 * itself.
 */
function normalised(parts: Parts): Parts {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  if (Math.abs(total - 1) < 1e-9) return parts
  return parts.map(({ weight, latency }) => ({ weight: weight / total, latency }))
}
