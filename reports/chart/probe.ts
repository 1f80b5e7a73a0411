/** What a probe workload measured (PBS, VLDB'12): t-visibility and latency for each R and W. */
import type { ProbeCell, ProbeReport } from '../../scenarios/probe.js'
import type { RunData } from '../aggregate.js'
import { count, duration, percent, plural } from '../page/format.js'
import type { Chart, Columns, Spec, Table } from './chart.js'
import { runColors } from './theme.js'

const nameOf = ({ r, w }: ProbeCell): string => `R=${String(r)} W=${String(w)}`

/** Quorums that can miss a write; the rest would be lines at 100%. */
const canMiss = (probes: ProbeReport): readonly ProbeCell[] =>
  probes.cells.filter(({ t999 }) => t999.micros > 0).slice(0, runColors.length)

/** Null where the clients did not probe, or no quorum ever missed a write. */
export function probeVisibility({ run: { probes } }: RunData): Chart | null {
  const shown = probes ? canMiss(probes) : []
  if (!probes || shown.length === 0) return null
  const colors = shown.map((_, index) => runColors[index] as string)
  const columns: Columns = {
    ms: shown.flatMap(({ curve }) => curve.map(({ micros }) => micros / 1000)),
    visible: shown.flatMap(({ curve }) => curve.map(({ visible }) => visible * 100)),
    quorum: shown.flatMap((cell) => cell.curve.map(() => nameOf(cell))),
  }
  const told = shown.map(
    (cell) =>
      `${nameOf(cell)} sees a write with 99.9% probability after ${milli(cell.t999.micros)}`,
  )
  const summary =
    `${told.join('; ')}. The other quorums see it at once. ` +
    `${plural(probes.probes, 'write')}, each with its read.`
  return {
    id: 'probe-visibility',
    title: 't-visibility by quorum',
    unit: 'probability that a read begun so many milliseconds after a write’s commit sees it',
    keys: shown.map((cell, index) => ({
      label: nameOf(cell),
      color: colors[index] as string,
      mark: 'line' as const,
    })),
    spec: spec(columns, shown.map(nameOf), colors, `t-visibility by quorum. ${summary}`),
    data: { probes: columns },
    summary,
    table: null,
    cursor: null,
  }
}

function spec(
  columns: Columns,
  names: readonly string[],
  colors: readonly string[],
  description: string,
): Spec {
  const least = (columns['visible'] ?? []).reduce<number>((a, b) => Math.min(a, Number(b)), 99)
  return {
    description,
    width: 900,
    height: 240,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'probes' },
    mark: { type: 'line', strokeWidth: 2, clip: true, aria: false },
    encoding: {
      x: { field: 'ms', type: 'quantitative', axis: { title: null, grid: true, tickCount: 8 } },
      y: {
        field: 'visible',
        type: 'quantitative',
        scale: { domain: [Math.floor(least), 100], nice: false, zero: false },
        axis: { title: null, tickCount: 5, labelExpr: "format(datum.value, '~r') + '%'" },
      },
      color: {
        field: 'quorum',
        type: 'nominal',
        scale: { domain: names, range: colors },
        legend: null,
      },
    },
  }
}

/** Milliseconds with three figures after the point, as the paper has them. */
export const milli = (micros: number): string => `${(micros / 1000).toFixed(2)} ms`

/** One row a quorum, as in Table 4 of the paper. */
export function probeTable(probes: ProbeReport): Table {
  return {
    head: ['R, W', 'read p50', 'read p99.9', 'write p50', 'write p99.9', 'seen at once', 't 99.9%'],
    rows: probes.cells.map((cell) => [
      `${String(cell.r)}, ${String(cell.w)}`,
      duration(cell.read.p50.micros),
      duration(cell.read.p999.micros),
      duration(cell.write.p50.micros),
      duration(cell.write.p999.micros),
      percent(cell.atOnce),
      cell.t999.micros === 0 ? 'at once' : interval(cell),
    ]),
  }
}

const interval = ({ t999 }: ProbeCell): string =>
  `${duration(t999.micros)} (${duration(t999.lowMicros)} to ${duration(t999.highMicros)})`

/** Whether what clients saw agrees with what the delays say. */
export function probeAgreement({ compared, contradicted, incomplete }: ProbeReport): string {
  const agreed =
    contradicted === 0
      ? `What clients saw agrees with the delays in all ${count(compared)} reads compared.`
      : `In ${count(contradicted)} of ${count(compared)} reads clients saw something else than ` +
        'the delays say: that is a fault of the store or of the measurement.'
  return incomplete === 0 ? agreed : `${agreed} ${plural(incomplete, 'probe')} were cut short.`
}
