/**
 * The cluster itself: who owns how much of the ring, what was sent, what each fault's end was
 * followed by.
 */
import type { RunData } from '../aggregate.js'
import { signOf } from '../aggregate/effect.js'
import { bytes, count, duration, percent, plural } from '../page/format.js'
import type { Chart, Columns, Spec } from './chart.js'
import { color } from './theme.js'

/** More nodes than this become a histogram: a thousand bars are not a picture. */
const mostBars = 48

/** What a node holds of the ring. */
interface RingNode {
  readonly node: string
  readonly zone: string
  readonly weight: number
  readonly primary: number
  readonly replicas: number
}

export function ring({ run }: RunData): Chart {
  return ringChart('ring', 'Partitions per node', run.scenario.cluster.partitions, run.ring)
}

export function ringChart(
  id: string,
  title: string,
  partitions: number,
  nodes: readonly RingNode[],
): Chart {
  const copies = nodes.map((node) => node.replicas)
  const least = copies.reduce((a, b) => Math.min(a, b), Infinity)
  const most = copies.reduce((a, b) => Math.max(a, b), 0)
  const zones = new Set(nodes.map((node) => node.zone)).size
  const where = zones === nodes.length ? 'each its own zone' : `in ${plural(zones, 'zone')}`
  const spread =
    least === most
      ? `every node holds ${count(most)}`
      : `a node holds ${count(least)} to ${count(most)}`
  const summary =
    `${plural(partitions, 'partition')} over ${plural(nodes.length, 'node')}, ` +
    `${where}: ${spread}, its primaries among them.`
  const many = nodes.length > mostBars
  const columns: Columns = {
    node: nodes.map((node) => (node.zone === node.node ? node.node : `${node.node}  ${node.zone}`)),
    primary: nodes.map((node) => node.primary),
    replicas: nodes.map((node) => node.replicas),
    label: nodes.map((node) => `${count(node.primary)} of ${count(node.replicas)}`),
  }
  return {
    id,
    title,
    unit: many ? 'nodes by how many partitions they hold' : 'partitions by node and zone',
    keys: many
      ? []
      : [
          { label: 'primary', color: color.state, mark: 'box' },
          { label: 'all replicas', color: color.soft, mark: 'box' },
        ],
    spec: many ? ringHistogram(id, summary) : ringBars(id, nodes.length, most, summary),
    data: { [id]: columns },
    summary,
    table: many
      ? null
      : {
          head: ['node', 'zone', 'weight', 'primary', 'replicas'],
          rows: nodes.map((node) => [
            node.node,
            node.zone,
            count(node.weight),
            count(node.primary),
            count(node.replicas),
          ]),
        },
    cursor: null,
  }
}

function ringBars(id: string, bars: number, most: number, summary: string): Spec {
  const y = {
    field: 'node',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelColor: color.ink, labelLimit: 140 },
  }
  const x = (field: string): Spec => ({
    field,
    type: 'quantitative',
    axis: null,
    scale: { domain: [0, Math.max(1, most) * 1.25], nice: false },
  })
  const bar = (fill: string, band: number): Spec => ({
    type: 'bar',
    fill,
    cornerRadiusEnd: 2,
    height: { band },
    aria: false,
  })
  return {
    description: `Ring ownership. ${summary}`,
    width: 600,
    height: 28 * bars + 6,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: id },
    layer: [
      { mark: bar(color.soft, 0.66), encoding: { x: x('replicas'), y } },
      { mark: bar(color.state, 0.66), encoding: { x: x('primary'), y } },
      {
        mark: { type: 'text', align: 'left', dx: 6, fill: color.ink, aria: false },
        encoding: { x: x('replicas'), y, text: { field: 'label' } },
      },
    ],
  }
}

function ringHistogram(id: string, summary: string): Spec {
  return {
    description: `Ring ownership. ${summary}`,
    width: 600,
    height: 200,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: id },
    mark: { type: 'bar', fill: color.state, aria: false },
    encoding: {
      x: {
        field: 'replicas',
        type: 'quantitative',
        bin: { maxbins: 30 },
        axis: { title: 'partitions held', grid: false },
      },
      y: { aggregate: 'count', type: 'quantitative', axis: { title: 'nodes', tickCount: 4 } },
    },
  }
}

/** More kinds of message than this do not exist. */
const mostKinds = 40

/** What was sent, and beside it what share never arrived. */
export function messages(data: RunData): readonly Chart[] {
  const kinds = [...data.run.messages].sort((a, b) => b.sent - a.sent).slice(0, mostKinds)
  const sent = kinds.reduce((sum, kind) => sum + kind.sent, 0)
  const gone = kinds.reduce((sum, kind) => sum + kind.lost + kind.cut, 0)
  if (sent === 0) return []
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : (part / whole) * 100)
  const columns: Columns = {
    kind: kinds.map((kind) => kind.kind),
    sent: kinds.map((kind) => kind.sent),
    sentLabel: kinds.map((kind) => count(kind.sent)),
    lost: kinds.map((kind) => share(kind.lost, kind.sent)),
    cut: kinds.map((kind) => share(kind.cut, kind.sent)),
    gone: kinds.map((kind) => share(kind.lost + kind.cut, kind.sent)),
    goneLabel: kinds.map((kind) => percent((kind.lost + kind.cut) / Math.max(1, kind.sent))),
  }
  const first = kinds[0]
  const most = `${first?.kind ?? ''} (${count(first?.sent ?? 0)})`
  const sentSummary = `${count(sent)} messages were sent; most were ${most}.`
  const goneSummary = `${count(gone)} (${percent(gone / sent)}) never arrived.`
  const table = {
    head: ['kind', 'sent', 'delivered', 'lost', 'cut', 'duplicated', 'size'],
    rows: kinds.map((kind) => [
      kind.kind,
      ...[kind.sent, kind.delivered, kind.lost, kind.cut, kind.duplicated].map(count),
      bytes(kind.bytes),
    ]),
  }
  const both = { data: { messages: columns }, cursor: null } as const
  const sentChart: Chart = {
    ...both,
    id: 'messages-sent',
    keys: [{ label: 'sent', color: color.state, mark: 'box' }],
    title: 'Messages sent',
    unit: 'by kind',
    spec: barsByKind(
      columns,
      [['sent', color.state]],
      'sentLabel',
      `Messages sent. ${sentSummary}`,
    ),
    summary: sentSummary,
    table,
  }
  if (gone === 0) return [{ ...sentChart, summary: `${sentSummary} All of them arrived.` }]
  return [
    sentChart,
    {
      ...both,
      id: 'messages-gone',
      title: 'Messages that never arrived',
      unit: 'share of each kind',
      keys: [
        { label: 'lost by the network', color: color.warn, mark: 'box' },
        { label: 'cut by a partition', color: color.fault, mark: 'box' },
      ],
      // The longer bar first, the shorter one over its beginning: a stack of two.
      spec: barsByKind(
        columns,
        [
          ['gone', color.fault],
          ['lost', color.warn],
        ],
        'goneLabel',
        `Messages that never arrived. ${goneSummary}`,
      ),
      summary: goneSummary,
      table: null,
    },
  ]
}

function barsByKind(
  columns: Columns,
  bars: readonly (readonly [field: string, fill: string])[],
  label: string,
  description: string,
): Spec {
  const longest = bars[0]?.[0] ?? ''
  const most = (columns[longest] ?? []).reduce<number>((a, b) => Math.max(a, Number(b)), 0)
  const y = {
    field: 'kind',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelColor: color.ink, labelLimit: 150 },
  }
  const x = (field: string): Spec => ({
    field,
    type: 'quantitative',
    axis: null,
    scale: { domain: [0, most === 0 ? 1 : most * 1.35], nice: false },
  })
  return {
    description,
    width: 600,
    height: 26 * Math.max(1, (columns['kind'] ?? []).length) + 6,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'messages' },
    layer: [
      ...bars.map(([field, fill]) => ({
        mark: { type: 'bar', fill, cornerRadiusEnd: 2, height: { band: 0.62 }, aria: false },
        encoding: { x: x(field), y },
      })),
      {
        mark: { type: 'text', align: 'left', dx: 6, fill: color.ink, aria: false },
        encoding: { x: x(longest), y, text: { field: label } },
      },
    ],
  }
}

const mostRecoveries = 30

/** From the end of each fault until every key whose owners differed then had been equal. */
export function recovery(data: RunData): Chart | null {
  const shown = data.run.recoveries.slice(0, mostRecoveries)
  if (shown.length === 0) return null
  const took = shown.map(({ healedAtMicros, convergedAtMicros }) =>
    convergedAtMicros === null ? null : Math.max(0, convergedAtMicros - healedAtMicros),
  )
  const longest = took.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const never = took.filter((value) => value === null).length
  const columns: Columns = {
    label: shown.map((one) => `${signFor(data, one)}  ${one.label}`.trim()),
    ms: took.map((micros) => (micros ?? 0) / 1000),
    text: took.map((micros) => (micros === null ? 'not before the run ended' : duration(micros))),
  }
  const summary =
    (never === shown.length
      ? 'The replicas were never equal again.'
      : `What differed when a fault ended was equal at most ${duration(longest)} later.`) +
    (never > 0 && never < shown.length
      ? ` After ${plural(never, 'fault')} they were not equal again before the run ended.`
      : '')
  return {
    id: 'recovery',
    title: 'Time to recover',
    unit: 'from the end of each fault until replicas were equal again',
    keys: [],
    spec: recoverySpec(shown.length, longest / 1000, `Recovery time by fault. ${summary}`),
    data: { recoveries: columns },
    summary,
    table: {
      head: ['fault', 'replicas equal after'],
      rows: shown.map((one, index) => [one.label, String(columns['text']?.[index] ?? '')]),
    },
    cursor: null,
  }
}

/** The letter of the fault that ended then; empty if it was no fault of the list. */
function signFor(data: RunData, recovery: RunData['run']['recoveries'][number]): string {
  const index = data.faults.findIndex(
    (fault) => fault.label === recovery.label && fault.toMicros === recovery.healedAtMicros,
  )
  return index === -1 ? '' : signOf(index)
}

function recoverySpec(bars: number, mostMillis: number, description: string): Spec {
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelColor: color.ink, labelLimit: 220 },
  }
  const x = {
    field: 'ms',
    type: 'quantitative',
    axis: null,
    scale: { domain: [0, mostMillis === 0 ? 1 : mostMillis * 1.6], nice: false },
  }
  return {
    description,
    width: 600,
    height: 30 * bars + 6,
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'recoveries' },
    layer: [
      {
        mark: {
          type: 'bar',
          fill: color.good,
          cornerRadiusEnd: 2,
          height: { band: 0.56 },
          aria: false,
        },
        encoding: { x, y },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fill: color.ink, aria: false },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
  }
}
