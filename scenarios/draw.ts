/**
 * Times from their distributions, rounded to whole micros at once. Written for clarity, for
 * durations of faults and pauses of clients; a simulator's network, which draws a million a
 * second, may have its own.
 */
import { never } from '../core/assert.js'
import type { Latency } from './model.js'
import { exponential, logarithm } from './real.js'
import { drawExponential, type RandomStream } from './stream.js'

/** A day: heavy tails are cut there, so that times stay exact integers. */
const longest = 86_400_000_000

/** Integer micros, 0 to a day. */
export function drawMicros(latency: Latency, stream: RandomStream): number {
  return Math.min(longest, Math.round(draw(latency, stream)))
}

function draw(latency: Latency, stream: RandomStream): number {
  switch (latency.kind) {
    case 'constant':
      return latency.micros
    case 'uniform':
      return latency.minMicros + (latency.maxMicros - latency.minMicros) * stream.next()
    case 'exponential':
      return latency.minMicros + (latency.meanMicros - latency.minMicros) * drawExponential(stream)
    case 'pareto':
      return latency.minMicros * exponential(drawExponential(stream) / latency.alpha)
    case 'lognormal':
      return latency.medianMicros * exponential(latency.sigma * drawNormal(stream))
    case 'empirical':
      return quantile(latency.points, stream.next())
    case 'mixture':
      return draw(pickPart(latency.parts, stream.next()), stream)
    default:
      return never(latency)
  }
}

/**
 * Marsaglia's polar method. The second value of each pair is thrown away, so that nothing is
 * remembered.
 */
function drawNormal(stream: RandomStream): number {
  for (;;) {
    const x = 2 * stream.next() - 1
    const y = 2 * stream.next() - 1
    const square = x * x + y * y
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * logarithm(square)) / square)
  }
}

type Points = Extract<Latency, { kind: 'empirical' }>['points']

/** Linear between the points; below the first and above the last, that value. */
function quantile(points: Points, at: number): number {
  const above = points.findIndex((point) => point.quantile > at)
  const high = points[above]
  const low = points[(above < 0 ? points.length : above) - 1]
  if (high === undefined) return low?.micros ?? 0
  if (low === undefined) return high.micros
  const share = (at - low.quantile) / (high.quantile - low.quantile)
  return low.micros + (high.micros - low.micros) * share
}

type Parts = Extract<Latency, { kind: 'mixture' }>['parts']

function pickPart(parts: Parts, at: number): Latency {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  let left = at * total
  for (const { weight, latency } of parts) {
    left -= weight
    if (left < 0) return latency
  }
  const last = parts[parts.length - 1]
  return last === undefined ? { kind: 'constant', micros: 0 } : last.latency
}
