/** The same charts for several runs: one line a run, the same colour and dash for it everywhere. */
import { clientMicros } from '../aggregate.js'
import type { ClientData, RunData } from '../aggregate.js'
import type { Histogram } from '../aggregate/histogram.js'
import { duration, listed, percent, plural } from '../page/format.js'
import type { Chart, Columns, KeyEntry, Spec } from './chart.js'
import { curveColumns, curveSpec, decades, milliseconds } from './client.js'
import { stalenessSeries, visibilityColumns, visibilityScales } from './staleness.js'
import { stateColumns } from './state.js'
import { color, runColors } from './theme.js'
import { windowColumns } from './window.js'

export interface Named<Data> {
  readonly name: string
  readonly data: Data
}
export type NamedRun = Named<RunData>
type NamedClients = Named<ClientData>

const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [3, 3],
  [10, 4],
] as const

const scaleOf = (runs: readonly NamedClients[], range: readonly unknown[]): Spec => ({
  domain: runs.map((run) => run.name),
  range: range.slice(0, runs.length),
})

export const runKeys = (runs: readonly NamedClients[]): readonly KeyEntry[] =>
  runs.map(({ name }, index) => ({
    label: name,
    color: runColors[index] ?? color.ink,
    mark: index === 0 ? 'line' : 'dashed',
  }))

export function overlays(runs: readonly NamedRun[]): readonly Chart[] {
  const states = stacked(runs, stateColumns)
  return [
    ...clientOverlays(runs),
    visibility(runs),
    ...stateLines.map((line) => time(runs, states, line)),
  ].filter((chart) => chart !== null)
}

/** What clients saw: of runs, and of benchmarks too. */
export function clientOverlays(runs: readonly NamedClients[]): readonly Chart[] {
  const windows = stacked(runs, (data) => {
    const columns = windowColumns(data)
    const answered = (columns['reads'] ?? []).map((reads, index) => {
      const writes = columns['writes']?.[index]
      return typeof reads === 'number' && typeof writes === 'number' ? reads + writes : null
    })
    return { ...columns, answered }
  })
  return [
    faultLanes(runs),
    time(runs, windows, percents),
    time(runs, windows, rates),
    ...(['read', 'write'] as const).map((side) => time(runs, windows, latencyLine(windows, side))),
    ...(['reads', 'writes'] as const).map((side) => distribution(runs, side)),
  ].filter((chart) => chart !== null)
}

/** The columns of all runs, one below the other, with the run's name beside them. */
function stacked<Data>(runs: readonly Named<Data>[], columnsOf: (data: Data) => Columns): Columns {
  const parts = runs.map(({ name, data }) => ({ name, columns: columnsOf(data) }))
  const fields = Object.keys(parts[0]?.columns ?? {})
  return {
    ...Object.fromEntries(
      fields.map((field) => [field, parts.flatMap(({ columns }) => columns[field] ?? [])]),
    ),
    run: parts.flatMap(({ name, columns }) => (columns[fields[0] ?? ''] ?? []).map(() => name)),
  }
}

interface Line<Data> {
  readonly id: string
  readonly data: string
  readonly field: string
  readonly title: string
  readonly unit: string
  readonly height: number
  readonly y: Spec
  readonly step: boolean
  readonly say: (data: Data) => string
}

const count = { axis: { title: null, tickCount: 4, format: ',~r' }, scale: { zero: true } }

const rates: Line<ClientData> = {
  id: 'throughput',
  data: 'windows',
  field: 'answered',
  title: 'Throughput',
  unit: 'operations answered per second',
  height: 170,
  y: count,
  step: false,
  say: (data) => {
    const seconds = clientMicros(data.run) / 1e6
    return `${String(Math.round(data.operations.whole.tally.ok / seconds))} per second`
  },
}

const percents: Line<ClientData> = {
  id: 'availability',
  data: 'windows',
  field: 'available',
  title: 'Share answered',
  unit: 'of the operations asked for',
  height: 170,
  y: {
    axis: { title: null, tickCount: 4, labelExpr: "format(datum.value, '~r') + '%'" },
    scale: { zero: false, domainMax: 100 },
  },
  step: false,
  say: ({ operations: { whole } }) => {
    const { ok, fail, info } = whole.tally
    return ok + fail + info === 0 ? 'nothing asked' : percent(ok / (ok + fail + info))
  },
}

function latencyLine(windows: Columns, side: 'read' | 'write'): Line<ClientData> {
  const all = (windows[`${side}_p99`] ?? []).filter((value) => typeof value === 'number')
  const low = all.reduce((a, b) => Math.min(a, b), Infinity)
  const high = all.reduce((a, b) => Math.max(a, b), 0)
  return {
    id: `latency-${side}`,
    data: 'windows',
    field: `${side}_p99`,
    title: `${side === 'read' ? 'Read' : 'Write'} latency`,
    unit: '99th percentile of answered operations, logarithmic',
    height: 200,
    y: {
      axis: { title: null, values: decades(low, high), labelExpr: milliseconds },
      scale: { type: 'log', nice: false },
    },
    step: false,
    say: (data) => {
      const micros = data.operations.whole[`${side}s`].latency.quantile(0.99)
      return micros === null ? 'none answered' : `p99 ${duration(micros)}`
    },
  }
}

const peakOf = (data: RunData, column: string): number =>
  (data.metrics.columns.get(column) ?? []).reduce<number>((a, b) => Math.max(a, b ?? 0), 0)

const stateLine = (field: string, column: string, title: string, unit: string): Line<RunData> => ({
  id: `state-${field}`,
  data: 'state',
  field,
  title,
  unit,
  height: 120,
  y: count,
  step: true,
  say: (data) => `at most ${String(peakOf(data, column))}`,
})

const stateLines: readonly Line<RunData>[] = [
  stateLine(
    'divergent',
    'divergent_keys',
    'Divergent keys',
    'keys whose owners hold different states',
  ),
  stateLine('hints', 'hints', 'Hints outstanding', 'writes kept for an owner out of reach'),
  stateLine(
    'tombstones',
    'tombstones',
    'Tombstones held',
    'copies of deleted keys, not reaped yet',
  ),
  stateLine('siblings', 'siblings_max', 'Siblings', 'most concurrent values of any key touched'),
]

const said = <Data>(runs: readonly Named<Data>[], say: (data: Data) => string): string =>
  `${listed(runs.map(({ name, data }) => `${name}: ${say(data)}`))}.`

const endOf = (runs: readonly NamedClients[]): number =>
  runs.reduce((end, { data }) => Math.max(end, data.run.counts.simulatedMicros / 1e6), 0)

const seconds = (runs: readonly NamedClients[]): Spec => ({
  type: 'quantitative',
  scale: { domain: [0, endOf(runs)], nice: false },
  axis: {
    title: null,
    tickCount: 8,
    labelExpr: "format(datum.value, ',') + ' s'",
    labelFlush: true,
    labelOverlap: true,
  },
})

const byRun = (runs: readonly NamedClients[]): Spec => ({
  color: { field: 'run', type: 'nominal', scale: scaleOf(runs, runColors), legend: null },
  strokeDash: { field: 'run', type: 'nominal', scale: scaleOf(runs, dashes), legend: null },
})

function time<Data extends ClientData>(
  runs: readonly Named<Data>[],
  columns: Columns,
  line: Line<Data>,
): Chart {
  const summary = said(runs, line.say)
  return {
    id: line.id,
    title: line.title,
    unit: line.unit,
    keys: runKeys(runs),
    spec: {
      description: `${line.title} of ${String(runs.length)} runs. ${summary}`,
      width: 600,
      height: line.height,
      autosize: { type: 'fit', contains: 'padding' },
      data: { name: line.data },
      mark: {
        type: 'line',
        clip: true,
        aria: false,
        ...(line.step ? { interpolate: 'step-after' } : {}),
      },
      encoding: {
        x: { field: 't', ...seconds(runs) },
        y: { field: line.field, type: 'quantitative', ...line.y },
        ...byRun(runs),
      },
    },
    data: { [line.data]: columns },
    summary,
    table: null,
    cursor: null,
  }
}

function distribution(runs: readonly NamedClients[], side: 'reads' | 'writes'): Chart {
  const series = runs.map(({ name, data }): readonly [string, Histogram] => [
    name,
    data.operations.whole[side].latency,
  ])
  const columns = curveColumns(series)
  const summary = said(runs, (data) => {
    const p999 = data.operations.whole[side].latency.quantile(0.999)
    return p999 === null ? 'none answered' : `99.9% took at most ${duration(p999)}`
  })
  return {
    id: `distribution-${side}`,
    title: side === 'reads' ? 'Distribution of reads' : 'Distribution of writes',
    unit: 'share that took at most so long, the tail stretched',
    keys: runKeys(runs),
    spec: curveSpec(
      `curve-${side}`,
      columns,
      `Latency of ${side}. ${summary}`,
      scaleOf(runs, runColors),
    ),
    data: { [`curve-${side}`]: columns },
    summary,
    table: null,
    cursor: null,
  }
}

function visibility(runs: readonly NamedRun[]): Chart | null {
  const measured = runs.filter(({ data }) => (stalenessSeries(data).visibility ?? []).length > 1)
  if (measured.length === 0) return null
  const columns = stacked(measured, (data) => visibilityColumns(stalenessSeries(data)))
  const { x, y } = visibilityScales([columns])
  const summary = said(measured, (data) => {
    const seen = (visibilityColumns(stalenessSeries(data))['seen'] ?? []).map(Number)
    const least = seen.reduce((a, b) => Math.min(a, b), 100) / 100
    return `at worst ${percent(least)} of reads saw the write`
  })
  return {
    id: 'visibility',
    title: 't-visibility',
    unit: 'probability that a read begun so long after a write’s commit sees it',
    keys: runKeys(runs),
    spec: {
      description: `Visibility of writes in ${String(measured.length)} runs. ${summary}`,
      width: 600,
      height: 230,
      autosize: { type: 'fit', contains: 'padding' },
      data: { name: 'visibility' },
      mark: { type: 'line', clip: true, aria: false },
      encoding: { x: { field: 'ms', ...x }, y: { field: 'seen', ...y }, ...byRun(runs) },
    },
    data: { visibility: columns },
    summary,
    table: null,
    cursor: null,
  }
}

const mostLanes = 40

/** When each run's faults were in force. */
function faultLanes(runs: readonly NamedClients[]): Chart | null {
  const all = runs
    .flatMap(({ name, data }) => data.faults.map((fault) => ({ name, fault })))
    .slice(0, mostLanes)
  if (all.length === 0) return null
  const columns: Columns = {
    lane: all.map(({ name, fault }) => `${name}: ${fault.label}`),
    run: all.map(({ name }) => name),
    from: all.map(({ fault }) => fault.fromMicros / 1e6),
    to: all.map(({ fault }) =>
      Math.max(fault.toMicros / 1e6, fault.fromMicros / 1e6 + endOf(runs) / 400),
    ),
  }
  const summary = said(runs, (data) => plural(data.faults.length, 'fault'))
  return {
    id: 'faults',
    title: 'Faults',
    unit: 'when each was in force',
    keys: runKeys(runs),
    spec: {
      description: `Faults over time. ${summary}`,
      width: 600,
      height: 26 * new Set(columns['lane']).size + 26,
      autosize: { type: 'fit', contains: 'padding' },
      data: { name: 'lanes' },
      mark: { type: 'bar', cornerRadius: 3, height: { band: 0.62 }, clip: true, aria: false },
      encoding: {
        x: { field: 'from', ...seconds(runs) },
        x2: { field: 'to' },
        y: {
          field: 'lane',
          type: 'nominal',
          sort: null,
          axis: { title: null, labelColor: color.ink, labelLimit: 220 },
        },
        color: { field: 'run', type: 'nominal', scale: scaleOf(runs, runColors), legend: null },
      },
    },
    data: { lanes: columns },
    summary,
    table: null,
    cursor: null,
  }
}
