/** What clients saw: throughput, latency, its distribution, and availability. */
import { clientMicros } from '../aggregate.js'
import type { ClientData } from '../aggregate.js'
import { answeredShare } from '../aggregate/operation.js'
import type { Histogram } from '../aggregate/histogram.js'
import { count, duration, percent, plural, short } from '../page/format.js'
import type { Chart, Columns, Spec, Table } from './chart.js'
import { color } from './theme.js'
import { axisOf, timeData, timeSpec } from './time.js'
import type { Layer } from './time.js'

const values = (columns: Columns, field: string): number[] =>
  (columns[field] ?? []).filter((value) => typeof value === 'number')

export function throughput(data: ClientData, windows: Columns): Chart {
  const { ok } = data.operations.whole.tally
  const asked = clientMicros(data.run) / 1e6
  const both = (windows['reads'] ?? []).map(
    (reads, index) => Number(reads ?? 0) + Number(windows['writes']?.[index] ?? 0),
  )
  const peak = both.reduce((a, b) => Math.max(a, b), 0)
  const summary =
    `${short(ok / asked)} operations per second were answered on average, and ` +
    `${short(peak)} in the busiest window.`
  const line = (y: string, stroke: string): Layer => ({ y, mark: { type: 'line', stroke } })
  return {
    id: 'throughput',
    title: 'Throughput',
    unit:
      'operations answered per second, by when they were asked, ' +
      `windows of ${duration(data.operations.windowMicros)}`,
    keys: [
      { label: 'reads', color: color.read, mark: 'line' },
      { label: 'writes', color: color.write, mark: 'line' },
    ],
    spec: timeSpec({
      axis: axisOf(data),
      data: 'windows',
      description: `Throughput over time. ${summary}`,
      height: 170,
      y: { axis: { title: null, tickCount: 4, format: ',~r' }, scale: { zero: true } },
      layers: [
        { y: 'reads', mark: { type: 'area', fill: color.read, fillOpacity: 0.1 } },
        line('reads', color.read),
        line('writes', color.write),
      ],
    }),
    data: { windows, ...timeData(data) },
    summary,
    table: null,
    cursor: {
      data: 'windows',
      series: [
        { field: 'reads', label: 'reads', color: color.read, unit: '/s' },
        { field: 'writes', label: 'writes', color: color.write, unit: '/s' },
      ],
    },
  }
}

/** One side's p50, p99 and p99.9 over time; both sides on the same scale. */
export function latency(data: ClientData, windows: Columns, side: 'read' | 'write'): Chart {
  const histogram = data.operations.whole[`${side}s`].latency
  const fields = ['p50', 'p99', 'p999'].map((name) => `${side}_${name}`)
  const both = ['read', 'write'].flatMap((name) => [`${name}_p50`, `${name}_p999`])
  const all = both.flatMap((field) => values(windows, field))
  const low = all.reduce((a, b) => Math.min(a, b), Infinity) * 0.8
  const high = all.reduce((a, b) => Math.max(a, b), 0) * 1.1
  const domain = all.length === 0 ? [1, 10] : [low, high]
  const hue = color[side]
  const summary = quantiles(histogram, `${side}s`)
  return {
    id: `latency-${side}`,
    title: `${side === 'read' ? 'Read' : 'Write'} latency`,
    unit: 'of answered operations, logarithmic',
    keys: [
      { label: 'p50', color: hue, mark: 'line' },
      { label: 'p99', color: hue, mark: 'area' },
      { label: 'p99.9', color: hue, mark: 'thin' },
    ],
    spec: timeSpec({
      axis: axisOf(data),
      data: 'windows',
      description: `${side === 'read' ? 'Read' : 'Write'} latency over time. ${summary}`,
      height: 220,
      y: {
        scale: { type: 'log', domain, nice: false },
        axis: {
          title: null,
          values: decades(domain[0] ?? 1, domain[1] ?? 10),
          labelExpr: milliseconds,
        },
      },
      layers: [
        {
          y: fields[0] ?? '',
          y2: fields[1] ?? '',
          mark: { type: 'area', fill: hue, fillOpacity: 0.16 },
        },
        {
          y: fields[2] ?? '',
          mark: { type: 'line', stroke: hue, strokeWidth: 0.8, strokeOpacity: 0.75 },
        },
        { y: fields[1] ?? '', mark: { type: 'line', stroke: hue, strokeWidth: 1.25 } },
        { y: fields[0] ?? '', mark: { type: 'line', stroke: hue, strokeWidth: 2.25 } },
      ],
    }),
    data: { windows, ...timeData(data) },
    summary,
    table: null,
    cursor: {
      data: 'windows',
      series: [
        { field: fields[0] ?? '', label: 'p50', color: hue, unit: 'ms' },
        { field: fields[1] ?? '', label: 'p99', color: hue, unit: 'ms' },
        { field: fields[2] ?? '', label: 'p99.9', color: hue, unit: 'ms' },
      ],
    },
  }
}

/** A label in the unit that suits it: 300 µs, 10 ms, 1 s. */
export const milliseconds =
  "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : " +
  "datum.value >= 1 ? format(datum.value, '~r') + ' ms' : format(datum.value * 1000, '~r') + ' µs'"

/** 1, 10, 100 between the two; where that is too few, 1, 2, 5, 10. */
export function decades(low: number, high: number): readonly number[] {
  const steps = high / low > 300 ? [1] : [1, 2, 5]
  const from = Math.floor(Math.log10(low))
  const to = Math.ceil(Math.log10(high))
  const all = Array.from({ length: to - from + 1 }, (_, index) =>
    steps.map((step) => Number((step * 10 ** (from + index)).toPrecision(6))),
  )
  return all.flat().filter((value) => value >= low * 0.999 && value <= high * 1.001)
}

function quantiles(histogram: Histogram, noun: string): string {
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((q) => histogram.quantile(q))
  if (typeof p50 !== 'number' || typeof p99 !== 'number' || typeof p999 !== 'number') {
    return `No ${noun} were answered.`
  }
  return (
    `Half of ${count(histogram.count)} ${noun} took at most ${duration(p50)}, 99% at most ` +
    `${duration(p99)}, 99.9% at most ${duration(p999)}; the slowest ${duration(histogram.max)}.`
  )
}

/** Both sides' cumulative distributions, on a logarithmic axis. */
export function distribution(data: ClientData): Chart {
  const { reads, writes } = data.operations.whole
  const columns = curveColumns([
    ['reads', reads.latency],
    ['writes', writes.latency],
  ])
  const missing = data.operations.whole.tally.info + data.operations.whole.tally.fail
  const note =
    missing === 0 ? '' : ` Without an answer, and so not in it: ${plural(missing, 'operation')}.`
  const [first, second] = [quantiles(reads.latency, 'reads'), quantiles(writes.latency, 'writes')]
  const summary = `${first} ${second}${note}`
  return {
    id: 'distribution',
    title: 'Cumulative distribution',
    unit: 'share of answered operations that took at most so long; every further nine as wide',
    keys: [
      { label: 'reads', color: color.read, mark: 'line' },
      { label: 'writes', color: color.write, mark: 'line' },
    ],
    spec: curveSpec('curve', columns, `Cumulative latency distribution. ${summary}`, {
      domain: ['reads', 'writes'],
      range: [color.read, color.write],
    }),
    data: { curve: columns },
    summary,
    table: quantileTable(data),
    cursor: null,
  }
}

export function curveColumns(series: readonly (readonly [string, Histogram])[]): Columns {
  const points = series.flatMap(([name, histogram]) =>
    histogram
      .curve(220)
      .map(({ value, share }) => ({ name, ms: Math.max(1, value) / 1000, share: share * 100 })),
  )
  return {
    ms: points.map((point) => point.ms),
    share: points.map((point) => Number(point.share.toFixed(5))),
    nines: points.map((point) => Number(ninesOf(point.share / 100).toFixed(4))),
    series: points.map((point) => point.name),
  }
}

const ninesTicks = [0, -Math.log10(0.5), 1, 2, 3, 4, 5]
const ninesLabel =
  "datum.value < 0.1 ? '0%' : datum.value < 0.5 ? '50%' : " +
  "format(1 - pow(10, -datum.value), '.' + max(0, round(datum.value) - 2) + '%')"

/** 90% is 1, 99% is 2: on an even scale the tail, where the story is, would be one flat line. */
const ninesOf = (share: number): number => -Math.log10(Math.max(mostNines, 1 - share))
/** Nobody measures more than six nines here, and the last point has infinitely many. */
const mostNines = 1e-6

export function curveSpec(name: string, columns: Columns, description: string, scale: Spec): Spec {
  const all = values(columns, 'ms')
  const low = all.length === 0 ? 1 : all.reduce((a, b) => Math.min(a, b))
  const high = all.reduce((a, b) => Math.max(a, b), low * 2)
  const ticks = decades(low, high)
  // The last point of a curve stands for all of it: it has as many nines as there were operations
  // to see.
  const top = Math.min(
    5,
    values(columns, 'nines').reduce((a, b) => (b < 6 ? Math.max(a, b) : a), 1) + 0.15,
  )
  return {
    description,
    width: 600,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      {
        data: { name },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2, clip: true, aria: false },
        encoding: {
          x: {
            field: 'ms',
            type: 'quantitative',
            scale: { type: 'log', domain: [low, high], nice: false },
            axis: {
              title: null,
              grid: true,
              values: ticks,
              labelExpr: milliseconds,
              labelFlush: true,
            },
          },
          y: {
            field: 'nines',
            type: 'quantitative',
            scale: { domain: [0, top], nice: false },
            axis: {
              title: null,
              values: ninesTicks.filter((tick) => tick <= top),
              labelExpr: ninesLabel,
            },
          },
          color: { field: 'series', type: 'nominal', scale, legend: null },
        },
      },
    ],
  }
}

function quantileTable(data: ClientData): Table {
  const { reads, writes } = data.operations.whole
  const cell = (histogram: Histogram, q: number): string => {
    const micros = histogram.quantile(q)
    return micros === null ? '–' : duration(micros)
  }
  return {
    head: ['at most', 'reads', 'writes'],
    rows: [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1].map((q) => [
      percent(q),
      cell(reads.latency, q),
      cell(writes.latency, q),
    ]),
  }
}

/** The share of operations that were answered, and how the others ended. */
export function availability(data: ClientData, windows: Columns): Chart {
  const share = answeredShare(data.operations.whole.tally)
  const worst = values(windows, 'available').reduce((a, b) => Math.min(a, b), 100)
  const summary =
    share === null
      ? 'No operation was asked for.'
      : `${percent(share)} of operations were answered; in the worst window of ` +
        `${duration(data.operations.windowMicros)}, ${percent(worst / 100)}.`
  const low = Math.min(99, Math.floor(worst / 5) * 5)
  return {
    id: 'availability',
    title: 'Share answered',
    unit: 'of the operations asked for, by when they were asked',
    keys: [{ label: 'answered', color: color.good, mark: 'line' }],
    spec: timeSpec({
      axis: axisOf(data),
      data: 'windows',
      description: `Availability over time. ${summary}`,
      height: 150,
      y: {
        scale: { domain: [worst === 100 ? 95 : low, 100], nice: false, zero: false },
        axis: { title: null, tickCount: 4, labelExpr: "format(datum.value, '~r') + '%'" },
      },
      layers: [{ y: 'available', mark: { type: 'line', stroke: color.good, strokeWidth: 2 } }],
    }),
    data: { windows, ...timeData(data) },
    summary,
    table: null,
    cursor: {
      data: 'windows',
      series: [{ field: 'available', label: 'answered', color: color.good, unit: '%' }],
    },
  }
}

/** Operations that were not answered, per second: refused, and lost sight of. */
export function refusals(data: ClientData, windows: Columns): Chart {
  const { fail, info } = data.operations.whole.tally
  const summary =
    `${plural(fail, 'operation')} failed, so nothing happened; of ${plural(info, 'operation')} ` +
    'nobody told the client what became of it.'
  return {
    id: 'refusals',
    title: 'Operations not answered',
    unit: 'per second, by when they were asked',
    keys: [
      { label: 'failed: nothing happened', color: color.warn, mark: 'line' },
      { label: 'unknown: may have happened', color: color.bad, mark: 'dashed' },
    ],
    spec: timeSpec({
      axis: axisOf(data),
      data: 'windows',
      description: `Operations not answered over time. ${summary}`,
      height: 150,
      y: { axis: { title: null, tickCount: 4, format: ',~r' }, scale: { zero: true } },
      layers: [
        { y: 'failed', mark: { type: 'line', stroke: color.warn } },
        { y: 'unknown', mark: { type: 'line', stroke: color.bad, strokeDash: [4, 3] } },
      ],
    }),
    data: { windows, ...timeData(data) },
    summary,
    table: reasonTable(data),
    cursor: {
      data: 'windows',
      series: [
        { field: 'failed', label: 'failed', color: color.warn, unit: '/s' },
        { field: 'unknown', label: 'unknown', color: color.bad, unit: '/s' },
      ],
    },
  }
}

function reasonTable(data: ClientData): Table | null {
  const reasons = data.operations.explained()
  if (reasons.length === 0) return null
  return {
    head: ['ended', 'because', 'operations'],
    rows: reasons.map(({ outcome, code, count: number }) => [
      outcome === 'fail' ? 'failed' : 'unknown',
      code,
      count(number),
    ]),
  }
}
