/**
 * How stale reads were: in versions (k), and in time since the write (t-visibility, Bailis et al.
 * 2012).
 */
import { checkOf, figureOf } from '../aggregate.js'
import type { RunData } from '../aggregate.js'
import { isSeldomSeen } from '../aggregate/verdict.js'
import type { StalenessSeries } from '../aggregate/verdict.js'
import { count, duration, percent, plural } from '../page/format.js'
import type { Chart, Columns, Spec } from './chart.js'
import { decades, milliseconds } from './client.js'
import { color } from './theme.js'

export const stalenessSeries = (data: RunData): Partial<StalenessSeries> =>
  checkOf(data, 'staleness')?.series ?? {}

/** One bar each where most stale reads are, wider and wider ones for the tail. */
const depths: readonly { readonly from: number; readonly to: number }[] = [
  ...[1, 2, 3, 4, 5].map((k) => ({ from: k, to: k })),
  { from: 6, to: 10 },
  { from: 11, to: 20 },
  { from: 21, to: 50 },
  { from: 51, to: Infinity },
]

/** Null where no read was stale, or nobody measured it: there is nothing to draw. */
export function versions(data: RunData): Chart | null {
  const points = stalenessSeries(data).k ?? []
  const reads = points.reduce((sum, point) => sum + point.reads, 0)
  const behind = points.filter((point) => point.k > 0 && point.reads > 0)
  if (behind.length === 0) return null
  const stale = behind.reduce((sum, point) => sum + point.reads, 0)
  // The curve ends at some depth, and counts together what lies beyond; the figure does not.
  const last = behind.reduce((most, point) => Math.max(most, point.k), 0)
  const deepest = Math.max(last, figureOf(checkOf(data, 'staleness'), 'maxVersionsBehind') ?? 0)
  const shown = depths
    .map(({ from, to }) => ({
      label:
        to === from
          ? `${String(from)} behind`
          : to === Infinity
            ? `over ${String(from - 1)}`
            : `${String(from)} to ${String(to)}`,
      reads: behind.reduce(
        (sum, { k, reads: some }) => (k >= from && k <= to ? sum + some : sum),
        0,
      ),
    }))
    .filter((depth) => depth.reads > 0)
  const summary =
    `${percent(stale / reads)} of ${plural(reads, 'read')} missed the newest committed version; ` +
    `the worst was ${plural(deepest, 'version')} behind.`
  const columns: Columns = {
    k: shown.map((depth) => depth.label),
    reads: shown.map((depth) => depth.reads),
    label: shown.map((depth) => `${count(depth.reads)} · ${percent(depth.reads / reads)}`),
  }
  return {
    id: 'versions',
    title: 'Versions behind',
    unit: 'stale reads by how many committed versions they missed',
    keys: [],
    spec: barSpec(columns, `Stale reads by versions behind. ${summary}`),
    data: { versions: columns },
    summary,
    table: {
      head: ['versions behind', 'reads', 'share'],
      rows: depthRows(points, deepest).map(([k, some]) => [k, count(some), percent(some / reads)]),
    },
    cursor: null,
  }
}

const mostDepthRows = 40

/** Versions behind, and reads: one by one, and in the last row all that are left. */
function depthRows(
  points: readonly { readonly k: number; readonly reads: number }[],
  deepest: number,
): readonly (readonly [string, number])[] {
  const alone = points.length > mostDepthRows ? mostDepthRows - 1 : points.length - 1
  const rows = points.slice(0, alone).map(({ k, reads }) => [String(k), reads] as const)
  const [first] = points.slice(alone)
  if (first === undefined) return rows
  const rest = points.slice(alone).reduce((sum, { reads }) => sum + reads, 0)
  const name = first.k === deepest ? String(first.k) : `${String(first.k)} to ${String(deepest)}`
  return [...rows, [name, rest] as const]
}

function barSpec(columns: Columns, description: string): Spec {
  const y = { field: 'k', type: 'nominal', sort: null, axis: { title: null } }
  const most = (columns['reads'] ?? []).reduce<number>((a, b) => Math.max(a, Number(b)), 1)
  const x = {
    field: 'reads',
    type: 'quantitative',
    axis: null,
    // Room at the right for the label of the longest bar.
    scale: { domain: [0, most * 1.45], nice: false },
  }
  return {
    description,
    width: 600,
    height: 30 * Math.max(1, (columns['k'] ?? []).length) + 6,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'versions' },
    layer: [
      {
        mark: {
          type: 'bar',
          fill: color.read,
          cornerRadiusEnd: 2,
          height: { band: 0.62 },
          aria: false,
        },
        encoding: { x, y },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fill: color.ink, aria: false },
        encoding: { x, y, text: { field: 'label' } },
      },
    ],
  }
}

/**
 * Neighbouring points are pooled until each stands for some reads: a share of three reads is noise.
 * Intervals as by Wilson (1927), the same as the checker's.
 */
export function pooled(points: StalenessSeries['visibility']): StalenessSeries['visibility'] {
  const total = points.reduce((sum, point) => sum + point.reads, 0)
  const least = Math.max(30, total / 150)
  const groups: { tMicros: number; reads: number; seen: number }[] = []
  let open = { tMicros: 0, reads: 0, seen: 0 }
  for (const { tMicros, reads, probability } of points) {
    open = { tMicros, reads: open.reads + reads, seen: open.seen + reads * probability }
    if (open.reads < least) continue
    groups.push(open)
    open = { tMicros: 0, reads: 0, seen: 0 }
  }
  const last = groups.at(-1)
  if (open.reads > 0 && last !== undefined) {
    last.reads += open.reads
    last.seen += open.seen
    last.tMicros = open.tMicros
  }
  return groups.map(({ tMicros, reads, seen }) => {
    const probability = seen / reads
    return { tMicros, reads, probability, ...wilson(probability, reads) }
  })
}

/** The 95% interval of a share seen in `n` trials. */
function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const z = 1.959964
  const middle = share + (z * z) / (2 * n)
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return {
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  }
}

export function visibilityColumns(series: Partial<StalenessSeries>): Columns {
  const points = pooled((series.visibility ?? []).filter((point) => point.tMicros > 0))
  return {
    ms: points.map((point) => point.tMicros / 1000),
    seen: points.map((point) => point.probability * 100),
    low: points.map((point) => point.low * 100),
    high: points.map((point) => point.high * 100),
  }
}

/** The probability that a read begun t after a write's commit sees it. */
export function visibility(data: RunData): Chart | null {
  const columns = visibilityColumns(stalenessSeries(data))
  if ((columns['ms'] ?? []).length < 2) return null
  const check = checkOf(data, 'staleness')
  const marks = [
    { q: '99%', at: figureOf(check, 't99Micros') },
    { q: '99.9%', at: figureOf(check, 't999Micros') },
  ]
  const reached = marks.filter((mark) => mark.at !== null && mark.at > 0)
  const told = marks.map(({ q, at }) =>
    at === null
      ? `${q} was not reached`
      : `with ${q} probability ${at === 0 ? 'at once' : `after ${duration(at)}`}`,
  )
  const isGuess = reached.some(({ at }) => at !== null && isSeldomSeen(check, at))
  const seldom = isGuess ? ' Few reads began so late: that is a guess.' : ''
  const summary =
    `A read sees an acknowledged write ${told.join(', ')}.${seldom} ` +
    'The band is the 95% confidence interval; a point stands for at least 30 reads.'
  return {
    id: 'visibility',
    title: 't-visibility',
    unit: 'probability that a read begun so long after a write’s commit sees it',
    keys: [
      { label: 'probability', color: color.read, mark: 'line' },
      { label: '95% interval', color: color.read, mark: 'band' },
    ],
    spec: visibilitySpec(columns, `Visibility of writes over time. ${summary}`),
    data: {
      visibility: columns,
      reached: {
        ms: reached.map((mark) => (mark.at ?? 0) / 1000),
        label: reached.map((mark) => `${mark.q} at ${duration(mark.at ?? 0)}`),
        ...reachedPlaces(
          columns,
          reached.map((mark) => (mark.at ?? 0) / 1000),
        ),
      },
    },
    summary,
    table: {
      head: ['after the commit', 'reads that saw it', '95% interval'],
      rows: thinned(pooled(stalenessSeries(data).visibility ?? []), 16).map((point) => [
        duration(point.tMicros),
        percent(point.probability),
        `${percent(point.low)} to ${percent(point.high)}`,
      ]),
    },
    cursor: null,
  }
}

/** The earlier label to the left of its line, the later to the right, if there is room. */
function reachedPlaces(columns: Columns, times: readonly number[]): Columns {
  const all = (columns['ms'] ?? []).map(Number)
  const [first, last] = [Math.log(all[0] ?? 1), Math.log(all.at(-1) ?? 2)]
  const place = (ms: number): number => (Math.log(ms) - first) / (last - first)
  const align = times.map((ms, index) => {
    if (place(ms) < 0.3) return 'left'
    return index > 0 && place(ms) < 0.7 ? 'left' : 'right'
  })
  return { align, level: align.map((side, index) => (index > 0 && side === align[0] ? 1 : 0)) }
}

function thinned<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, Math.ceil(items.length / most))
  return items.filter((_, index) => index % step === 0 || index === items.length - 1)
}

export function visibilityScales(columns: readonly Columns[]): {
  readonly x: Spec
  readonly y: Spec
} {
  const all = (field: string): number[] => columns.flatMap((one) => (one[field] ?? []).map(Number))
  const low = all('ms').reduce((a, b) => Math.min(a, b), Infinity)
  const high = all('ms').reduce((a, b) => Math.max(a, b), 0)
  const least = all('low').reduce((a, b) => Math.min(a, b), 99)
  return {
    x: {
      type: 'quantitative',
      scale: { type: 'log', domain: [low, high], nice: false },
      axis: {
        title: null,
        values: decades(low, high),
        labelExpr: milliseconds,
        labelFlush: true,
        grid: true,
      },
    },
    y: {
      type: 'quantitative',
      scale: { domain: [Math.floor(least), 100], nice: false, zero: false },
      axis: { title: null, tickCount: 5, labelExpr: "format(datum.value, '~r') + '%'" },
    },
  }
}

function visibilitySpec(columns: Columns, description: string): Spec {
  const { x, y } = visibilityScales([columns])
  return {
    description,
    width: 600,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      {
        data: { name: 'visibility' },
        mark: { type: 'area', fill: color.read, fillOpacity: 0.16, clip: true, aria: false },
        encoding: { x: { field: 'ms', ...x }, y: { field: 'low', ...y }, y2: { field: 'high' } },
      },
      {
        data: { name: 'visibility' },
        mark: { type: 'line', stroke: color.read, strokeWidth: 2, clip: true, aria: false },
        encoding: { x: { field: 'ms', ...x }, y: { field: 'seen', ...y } },
      },
      {
        data: { name: 'reached' },
        mark: { type: 'rule', stroke: color.ink, strokeDash: [2, 3], clip: true, aria: false },
        encoding: { x: { field: 'ms', ...x } },
      },
      {
        data: { name: 'reached' },
        mark: {
          type: 'text',
          align: { expr: 'datum.align' },
          dx: { expr: "datum.align === 'left' ? 5 : -5" },
          dy: { expr: '-10 - 16 * datum.level' },
          fill: color.ink,
          aria: false,
        },
        encoding: { x: { field: 'ms', ...x }, y: { value: 'height' }, text: { field: 'label' } },
      },
    ],
  }
}
