/** The state of the cluster over time: how far apart the replicas are, and what is waiting. */
import type { RunData } from '../aggregate.js'
import { count, moment, plural } from '../page/format.js'
import type { Chart, Columns } from './chart.js'
import { color } from './theme.js'
import { axisOf, timeData, timeSpec } from './time.js'
import { rounded } from './window.js'

export function stateColumns(data: RunData): Columns {
  const column = (name: string): readonly (number | null)[] => data.metrics.columns.get(name) ?? []
  const times = column('time_ms').map((millis) => (millis ?? 0) / 1000)
  const perSecond = (name: string): (number | null)[] =>
    column(name).map((value, index) => {
      const seconds = (times[index] ?? 0) - (times[index - 1] ?? 0)
      return value === null || seconds <= 0 ? null : rounded(value / seconds, 3)
    })
  return {
    t: times,
    divergent: column('divergent_keys'),
    hints: column('hints'),
    tombstones: column('tombstones'),
    siblings: column('siblings_max'),
    up: column('nodes_up'),
    open: column('requests_open'),
    queue: column('input_queue_max'),
    sent: perSecond('messages_sent'),
    lost: perSecond('messages_lost'),
  }
}

interface Measure {
  readonly field: string
  readonly title: string
  readonly unit: string
  readonly noun: string
  readonly zeroSays: string
}

const measures: readonly Measure[] = [
  {
    field: 'divergent',
    title: 'Divergent keys',
    unit: 'keys whose owners hold different states',
    noun: 'key',
    zeroSays: 'Replicas never differed when they were looked at.',
  },
  {
    field: 'hints',
    title: 'Hints outstanding',
    unit: 'writes kept for an owner that could not be reached',
    noun: 'hint',
    zeroSays: 'No hint was ever outstanding.',
  },
  {
    field: 'tombstones',
    title: 'Tombstones held',
    unit: 'copies of deleted keys, not reaped yet',
    noun: 'tombstone',
    zeroSays: 'No tombstone was held at any tick.',
  },
  {
    field: 'siblings',
    title: 'Siblings',
    unit: 'most concurrent values of any key touched',
    noun: 'value',
    zeroSays: 'No key was touched.',
  },
  {
    field: 'open',
    title: 'Requests open',
    unit: 'client requests waiting for an answer',
    noun: 'request',
    zeroSays: 'No request was waiting at any tick.',
  },
  {
    field: 'queue',
    title: 'Longest input queue',
    unit: 'messages waiting at the busiest node',
    noun: 'message',
    zeroSays: 'No message ever waited for a processor.',
  },
  {
    field: 'lost',
    title: 'Messages lost',
    unit: 'per second, by the network or a partition',
    noun: 'message per second',
    zeroSays: 'No message was lost.',
  },
]

export const stateCharts = (data: RunData, state: Columns): readonly Chart[] =>
  measures
    .filter(({ field }) => wasMeasured(state, field))
    .map((measure) => {
      return stateChart(data, state, measure)
    })

/** A run of an older version has no such column; an empty run has no rows of any. */
const wasMeasured = (state: Columns, field: string): boolean =>
  state[field]?.length === 0 || (state[field] ?? []).some((value) => value !== null)

function stateChart(data: RunData, state: Columns, measure: Measure): Chart {
  const { field, title } = measure
  const summary = peak(state, measure)
  const most = (state[field] ?? []).reduce<number>((a, b) => Math.max(a, Number(b ?? 0)), 0)
  return {
    id: `state-${field}`,
    title,
    unit: measure.unit,
    keys: [],
    spec: timeSpec({
      axis: axisOf(data, 4),
      data: 'state',
      description: `${title} over time. ${summary}`,
      height: 96,
      y: {
        axis: { title: null, tickCount: 3, tickMinStep: 1, format: ',~r' },
        scale: { domain: [0, Math.max(1, most)], nice: true },
      },
      layers: [
        {
          y: field,
          mark: {
            type: 'area',
            interpolate: 'step-after',
            fill: color.state,
            fillOpacity: 0.18,
            line: { stroke: color.state, strokeWidth: 1.25 },
          },
        },
      ],
    }),
    data: { state, ...timeData(data) },
    summary,
    table: null,
    cursor: { data: 'state', series: [{ field, label: title, color: color.state, unit: '' }] },
  }
}

function peak(state: Columns, measure: Measure): string {
  let most = 0
  let at = 0
  ;(state[measure.field] ?? []).forEach((value, index) => {
    if (typeof value !== 'number' || value <= most) return
    most = value
    at = Number(state['t']?.[index] ?? 0)
  })
  if (most === 0) return measure.zeroSays
  const last = state[measure.field]?.findLast((value) => typeof value === 'number')
  const number = measure.field === 'lost' ? Math.round(most) : most
  const peaked = `${plural(number, measure.noun, manyOf(measure.noun))} at ${moment(at * 1e6)}`
  return `At most ${peaked}; ${count(Math.round(Number(last ?? 0)))} at the end.`
}

const manyOf = (noun: string): string =>
  noun === 'message per second' ? 'messages per second' : `${noun}s`
