/**
 * Charts whose x is simulated time: fault bands behind, the heal marked, the same axis everywhere.
 */
import type { ClientData } from '../aggregate.js'
import { signOf } from '../aggregate/effect.js'
import type { Columns, Spec } from './chart.js'
import { color } from './theme.js'

/** More bands than this are drawn without their letters. */
const mostLetters = 14
/** More are drawn as part of each other anyway. */
const mostBands = 400

export interface TimeAxis {
  readonly endSeconds: number
  /** About how many; a narrow chart has room for fewer. */
  readonly ticks: number
}

export const axisOf = (data: ClientData, ticks = 8): TimeAxis => ({
  ticks,
  endSeconds: data.run.counts.simulatedMicros / 1e6,
})

/** Seconds; `row` orders the lanes of the fault chart. */
export function faultColumns(data: ClientData): Columns {
  const faults = data.faults.slice(0, mostBands)
  const letters = faults.length <= mostLetters
  const end = data.run.counts.simulatedMicros
  return {
    from: faults.map((fault) => fault.fromMicros / 1e6),
    to: faults.map((fault) => Math.min(end, Math.max(fault.toMicros, fault.fromMicros)) / 1e6),
    sign: faults.map((_, index) => (letters ? signOf(index) : '')),
    label: faults.map((fault) => fault.label),
  }
}

/** The heal at the end of the clients' time. */
export function healColumns(data: ClientData): Columns {
  const healed = data.run.healedAtMicros
  return { at: healed === null ? [] : [healed / 1e6] }
}

export const timeData = (data: ClientData): Readonly<Record<string, Columns>> => ({
  faults: faultColumns(data),
  heal: healColumns(data),
})

const x = (field: string, axis: TimeAxis): Spec => ({
  field,
  type: 'quantitative',
  scale: { domain: [0, axis.endSeconds], nice: false, zero: false },
  axis: {
    title: null,
    tickCount: axis.ticks,
    labelExpr: "format(datum.value, ',') + ' s'",
    labelFlush: true,
    labelOverlap: true,
  },
})

export interface Layer {
  readonly mark: Spec
  readonly y: string
  readonly y2?: string
}

export interface TimeSpec {
  readonly axis: TimeAxis
  readonly data: string
  readonly description: string
  readonly height: number
  readonly y: Spec
  readonly layers: readonly Layer[]
}

/** Layers over `data`, whose column `t` is in seconds. */
export function timeSpec(options: TimeSpec): Spec {
  const { axis } = options
  return {
    description: options.description,
    width: 600,
    height: options.height,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      {
        data: { name: 'faults' },
        mark: { type: 'rect', fill: color.fault, fillOpacity: 0.13, aria: false },
        encoding: { x: x('from', axis), x2: { field: 'to' } },
      },
      {
        data: { name: 'faults' },
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'bottom',
          dy: -4,
          fontSize: 10,
          fontWeight: 600,
          fill: color.fault,
          aria: false,
        },
        encoding: { x: x('from', axis), y: { value: 0 }, text: { field: 'sign' } },
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
        encoding: { x: x('at', axis) },
      },
      ...options.layers.map((layer) => ({
        data: { name: options.data },
        mark: { clip: true, aria: false, ...layer.mark },
        encoding: {
          x: x('t', axis),
          y: { field: layer.y, type: 'quantitative', ...options.y },
          ...(layer.y2 === undefined ? {} : { y2: { field: layer.y2 } }),
        },
      })),
    ],
  }
}
