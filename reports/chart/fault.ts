/** When which fault was in force: the key to the bands in all other charts. */
import { signOf } from '../aggregate/effect.js'
import type { ClientData } from '../aggregate.js'
import { duration, moment, plural } from '../page/format.js'
import type { Chart, Columns, Spec } from './chart.js'
import { color } from './theme.js'
import { axisOf, healColumns } from './time.js'

const mostLanes = 40

/** Null if there was no fault. */
export function faultLanes(data: ClientData): Chart | null {
  const faults = data.faults.slice(0, mostLanes)
  if (faults.length === 0) return null
  const end = data.run.counts.simulatedMicros
  const until = (micros: number): number => Math.min(end, micros)
  const columns: Columns = {
    lane: faults.map((fault, index) => `${signOf(index)}  ${fault.label}`),
    sign: faults.map((_, index) => signOf(index)),
    from: faults.map((fault) => fault.fromMicros / 1e6),
    // A fault of no duration (a clock that jumps) is still to be seen.
    to: faults.map((fault) => Math.max(until(fault.toMicros), fault.fromMicros + end / 400) / 1e6),
  }
  const first = faults[0]
  const named = first === undefined ? '' : `: ${first.label} at ${moment(first.fromMicros)}`
  const more = data.faults.length > mostLanes ? ` The first ${String(mostLanes)} are drawn.` : ''
  const several = data.faults.length > 1 ? ', the first' : ''
  const summary = `${plural(data.faults.length, 'fault')}${several}${named}.${more}`
  return {
    id: 'faults',
    title: 'Faults',
    unit: 'when each was in force; the letters mark the bands of the charts below',
    keys: [
      { label: 'fault', color: color.fault, mark: 'box' },
      { label: 'all healed', color: color.good, mark: 'dashed' },
    ],
    spec: laneSpec(faults.length, axisOf(data).endSeconds, `Faults over time. ${summary}`),
    data: { lanes: columns, heal: healColumns(data) },
    summary,
    table: {
      head: ['', 'fault', 'from', 'to', 'lasted'],
      rows: faults.map((fault, index) => [
        signOf(index),
        fault.label,
        moment(fault.fromMicros),
        moment(until(fault.toMicros)),
        duration(until(fault.toMicros) - fault.fromMicros),
      ]),
    },
    cursor: null,
  }
}

function laneSpec(lanes: number, endSeconds: number, description: string): Spec {
  const x = {
    type: 'quantitative',
    scale: { domain: [0, endSeconds], nice: false },
    axis: {
      title: null,
      tickCount: 8,
      labelExpr: "format(datum.value, ',') + ' s'",
      labelFlush: true,
    },
  }
  return {
    description,
    width: 600,
    height: 26 * lanes + 26,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      {
        data: { name: 'lanes' },
        mark: {
          type: 'bar',
          fill: color.fault,
          cornerRadius: 3,
          height: { band: 0.62 },
          clip: true,
          aria: false,
        },
        encoding: {
          x: { field: 'from', ...x },
          x2: { field: 'to' },
          y: {
            field: 'lane',
            type: 'nominal',
            sort: null,
            axis: { title: null, labelColor: color.ink, labelLimit: 200 },
          },
        },
      },
      {
        data: { name: 'heal' },
        mark: {
          type: 'rule',
          stroke: color.good,
          strokeDash: [2, 3],
          strokeWidth: 1.25,
          aria: false,
        },
        encoding: { x: { field: 'at', ...x } },
      },
    ],
  }
}
