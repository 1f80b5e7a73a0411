/** The figures of a sweep as pictures: means with their intervals, and every seed as a dot. */
import type { Chart, Columns, Spec } from '../chart/chart.js'
import { color } from '../chart/theme.js'
import { duration, plural } from '../page/format.js'
import type { FigureRow, SweepSummary } from './aggregate.js'
import type { SeedResult, Sweep } from './model.js'

/** A picture of more dots is a blot; they are thinned evenly. */
const mostDots = 2_000

type Named = (figure: string) => string

interface Interval {
  readonly label: string
  readonly estimate: NonNullable<FigureRow['estimate']>
}

/** `cluster.replication.r=1` is `r=1`: the tables below have it whole. */
const shortened = (variant: string): string => variant.replaceAll(/[\w.]+\.(?=\w+=)/g, '')

/** Means of all times, with their 95% intervals; null where there is none above zero. */
export function intervalChart({ variants }: SweepSummary, nameOf: Named): Chart | null {
  const rows = variants.flatMap(({ name, figures }) =>
    figures.flatMap((row): readonly Interval[] => {
      const { estimate, unit, figure } = row
      if (unit !== 'us' || estimate === null || estimate.mean <= 0) return []
      return [
        { label: name === '' ? nameOf(figure) : `${nameOf(figure)}, ${shortened(name)}`, estimate },
      ]
    }),
  )
  const sorted = rows.toSorted((left, right) => (left.label < right.label ? -1 : 1))
  const [first] = sorted
  if (first === undefined) return null
  const told = `${first.label}: ${duration(first.estimate.mean)} over ${plural(first.estimate.count, 'seed')}`
  const summary = `Means over the seeds with their 95% intervals, on a logarithmic scale. ${told}.`
  return {
    id: 'intervals',
    title: 'Times',
    unit: 'milliseconds, logarithmic: the mean, and where it lies with 95% confidence',
    keys: [
      { label: 'mean', color: color.read, mark: 'box' },
      { label: '95% interval', color: color.read, mark: 'line' },
    ],
    spec: intervalSpec(sorted.length, summary),
    data: { intervals: intervalColumns(sorted) },
    summary,
    table: null,
    cursor: null,
  }
}

function intervalColumns(rows: readonly Interval[]): Columns {
  const millis = (micros: number): number => micros / 1_000
  // An interval that reaches zero would have no place on the scale: it is cut at a tenth.
  const positive = (value: number | null, mean: number): number =>
    millis(Math.max(value ?? mean, mean / 10))
  return {
    label: rows.map(({ label }) => label),
    mean: rows.map(({ estimate }) => millis(estimate.mean)),
    low: rows.map(({ estimate }) => positive(estimate.low, estimate.mean)),
    high: rows.map(({ estimate }) => positive(estimate.high, estimate.mean)),
  }
}

function intervalSpec(rows: number, description: string): Spec {
  const data = { name: 'intervals' }
  const x = {
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    axis: {
      title: null,
      tickCount: 5,
      labelOverlap: 'greedy',
      labelSeparation: 8,
      labelExpr: "format(datum.value, ',') + ' ms'",
    },
  }
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelColor: color.ink, labelLimit: 260 },
  }
  const rule = { type: 'rule', stroke: color.read, strokeWidth: 2.25, aria: false }
  const point = { type: 'point', filled: true, size: 60, fill: color.read, aria: false }
  return {
    description,
    width: 600,
    height: 26 * rows + 26,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      { data, mark: rule, encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y } },
      { data, mark: point, encoding: { x: { field: 'mean', ...x }, y } },
    ],
  }
}

/** The write latency of every seed; those that fail stand out by shape and colour. */
export function seedChart({ results }: Pick<Sweep, 'results'>): Chart | null {
  const step = Math.max(1, Math.ceil(results.length / mostDots))
  const failing = (result: SeedResult): boolean => result.verdict === 'violation'
  const dots = results.filter((result, index) => {
    return (result.writeP99Micros ?? 0) > 0 && (failing(result) || index % step === 0)
  })
  if (dots.length < 2) return null
  const failed = results.filter(failing).length
  const some = step === 1 ? '' : ` Every ${String(step)}th of the others is drawn.`
  const summary = `Write latency of ${plural(results.length, 'run')}; ${String(failed)} not as expected.${some}`
  return {
    id: 'seeds',
    title: 'Seed by seed',
    unit: 'write latency p99 in milliseconds, by seed',
    keys: [
      { label: 'as expected', color: color.read, mark: 'box' },
      { label: 'not as expected', color: color.bad, mark: 'box' },
    ],
    spec: seedSpec(summary),
    data: {
      seeds: {
        seed: dots.map(({ seed }) => seed),
        p99: dots.map(({ writeP99Micros }) => (writeP99Micros ?? 0) / 1_000),
        verdict: dots.map((one) => (failing(one) ? 'not as expected' : 'as expected')),
      },
    },
    summary,
    table: null,
    cursor: null,
  }
}

function seedSpec(description: string): Spec {
  const verdicts = ['as expected', 'not as expected']
  const field = { field: 'verdict', type: 'nominal', legend: null }
  return {
    description,
    width: 600,
    height: 220,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'seeds' },
    mark: { type: 'point', filled: true, size: 36, opacity: 0.75, aria: false },
    encoding: {
      x: {
        field: 'seed',
        type: 'quantitative',
        scale: { zero: false, nice: false, padding: 10 },
        axis: { title: 'seed', tickCount: 8, tickMinStep: 1, format: 'd' },
      },
      y: {
        field: 'p99',
        type: 'quantitative',
        axis: { title: null, tickCount: 5, labelExpr: "format(datum.value, ',') + ' ms'" },
      },
      color: { ...field, scale: { domain: verdicts, range: [color.read, color.bad] } },
      shape: { ...field, scale: { domain: verdicts, range: ['circle', 'diamond'] } },
    },
  }
}
