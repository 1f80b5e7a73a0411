/** The small pieces that a written scenario is made of. */
import type { Latency } from '../model.js'
import { formatDuration, formatProbability } from '../unit.js'

export type Value =
  null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }
export type Fields = Readonly<Record<string, Value | undefined>>

export function writeLatency(latency: Latency): Value {
  const { kind } = latency
  switch (kind) {
    case 'constant':
      return formatDuration(latency.micros)
    case 'uniform':
      return {
        [kind]: { min: formatDuration(latency.minMicros), max: formatDuration(latency.maxMicros) },
      }
    case 'exponential':
      return {
        [kind]: {
          min: formatDuration(latency.minMicros),
          mean: formatDuration(latency.meanMicros),
        },
      }
    case 'pareto':
      return { [kind]: { min: formatDuration(latency.minMicros), alpha: latency.alpha } }
    case 'lognormal':
      return { [kind]: { median: formatDuration(latency.medianMicros), sigma: latency.sigma } }
    case 'empirical':
      return { [kind]: Object.fromEntries(latency.points.map(writePoint)) }
    case 'mixture':
      return { [kind]: latency.parts.map(writePart) }
  }
}

type Points = Extract<Latency, { kind: 'empirical' }>['points']

function writePoint({ quantile, micros }: Points[number]): readonly [string, Value] {
  return [`p${String(Number((quantile * 100).toFixed(8)))}`, formatDuration(micros)]
}

type Parts = Extract<Latency, { kind: 'mixture' }>['parts']

function writePart({ weight, latency }: Parts[number]): Value {
  const written = writeLatency(latency)
  const form = typeof written === 'string' ? { constant: written } : (written as Fields)
  return given({ weight, ...form })
}

export function probability(ppm: number | null): Value | undefined {
  return ppm === null ? undefined : formatProbability(ppm)
}

/** Without the fields that are not there. */
export function given(fields: Fields): { readonly [key: string]: Value } {
  const kept = Object.entries(fields).filter(
    (entry): entry is [string, Value] => entry[1] !== undefined,
  )
  return Object.fromEntries(kept)
}
