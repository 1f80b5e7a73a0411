/**
 * A violation as a space-time diagram: time runs to the right, every client and node has a line,
 * operations are bars on their client's line, messages arrows from line to line. Drawn as SVG when
 * the report is written: no script needed.
 */
import type { HistoryEvent } from '../../core/history.js'
import type { TracedMessage } from '../aggregate/verdict.js'
import type { Witness } from '../aggregate/witness.js'
import { duration } from '../page/format.js'
import { html } from '../page/markup.js'
import type { Markup } from '../page/markup.js'
import { Labels } from './label.js'
import type { Spot } from './label.js'
import { warp } from './warp.js'
import type { Warp } from './warp.js'

export interface Diagram {
  readonly svg: Markup
  /** In the order of the numbers in the picture. */
  readonly messages: readonly TracedMessage[]
  readonly startMicros: number
}

const laneHeight = 52
const labelWidth = 64
const leastWidth = 748
const top = 34
const numbered = 60
/** Up to so many, arrows carry the kind of their message too. */
const mostNamed = 24
const mostMessages = 160
const longestLabel = 26

/** Null if there is nothing to draw. */
export function spaceTime(
  name: string,
  witnesses: readonly Witness[],
  traced: readonly TracedMessage[],
): Diagram | null {
  const messages = [...traced].sort((a, b) => a.sentMicros - b.sentMicros).slice(0, mostMessages)
  const times = [...witnesses.flatMap(timesOf), ...messages.flatMap(timesOfMessage)]
  if (times.length === 0) return null
  const startMicros = times.reduce((a, b) => Math.min(a, b))
  const lanes = lanesOf(witnesses, messages)
  const axis = warp(times, leastWidth)
  const width = labelWidth + axis.widthPixels + 90
  const height = top + lanes.length * laneHeight + 12
  const place = placing(axis, lanes)
  const labels = new Labels()
  const drawnBars = bars(witnesses, place, labels)
  const style = { flight: usualFlight(messages), few: messages.length <= mostNamed, labels }
  const svg = html`<svg
    class="spacetime"
    viewBox="0 0 ${round(width)} ${height}"
    width="${round(width)}"
    height="${height}"
    role="img"
    aria-label="${name}"
  >
    ${lanes.map((lane) => laneLine(lane, place, width))} ${ticks(axis, startMicros, height)}
    ${messages.map((message, index) => arrow(message, index, place, style))} ${drawnBars}
  </svg>`
  return { svg, messages, startMicros }
}

const micros = (event: HistoryEvent): number => event.time / 1000

const timesOf = ({ invoke, completion }: Witness): number[] =>
  completion === null ? [micros(invoke)] : [micros(invoke), micros(completion)]

const timesOfMessage = ({ sentMicros, deliveredMicros }: TracedMessage): number[] =>
  deliveredMicros === null ? [sentMicros] : [sentMicros, deliveredMicros]

/** A tenth of a pixel is enough. */
const round = (value: number): string => String(Number(value.toFixed(1)))

/** Clients first, then nodes; each by its number. */
function lanesOf(
  witnesses: readonly Witness[],
  messages: readonly TracedMessage[],
): readonly string[] {
  const names = new Set(witnesses.map(laneOf))
  for (const { from, to } of messages) names.add(from).add(to)
  const rank = (name: string): number => (/^c\d+$/.test(name) || /^process /.test(name) ? 0 : 1)
  const number = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0)
  return [...names].sort(
    (a, b) => rank(a) - rank(b) || number(a) - number(b) || (a < b ? -1 : a > b ? 1 : 0),
  )
}

/** A final is what a node holds; everything else belongs to a session. */
const laneOf = ({ invoke }: Witness): string =>
  (invoke.f === 'final' ? invoke.node : invoke.session) ?? `process ${String(invoke.process)}`

interface Placing {
  readonly x: (micros: number) => number
  readonly y: (lane: string) => number
}

const placing = (axis: Warp, lanes: readonly string[]): Placing => ({
  x: (at) => labelWidth + axis.toPixels(at),
  y: (lane) => top + (lanes.indexOf(lane) + 0.5) * laneHeight,
})

function laneLine(lane: string, { y }: Placing, width: number): Markup {
  return html`<line
      class="lane"
      x1="${labelWidth - 8}"
      x2="${round(width)}"
      y1="${y(lane)}"
      y2="${y(lane)}"
    /><text class="lane-name" x="0" y="${y(lane) + 4}">${shortened(lane, 9)}</text>`
}

function ticks(axis: Warp, startMicros: number, height: number): readonly Markup[] {
  return [
    ...axis.starts.map(
      ({ pixels, micros: at }) =>
        html`<text class="tick" x="${round(labelWidth + pixels)}" y="14"
            >${at === startMicros ? '0' : `+${duration(at - startMicros)}`}</text
          ><line
            class="tick-line"
            x1="${round(labelWidth + pixels)}"
            x2="${round(labelWidth + pixels)}"
            y1="20"
            y2="${height}"
          />`,
    ),
    ...axis.breaks.map(
      ({ pixels, micros: gap }) =>
        html`<rect
            class="break"
            x="${round(labelWidth + pixels - 14)}"
            y="20"
            width="28"
            height="${height - 20}"
          /><text class="gap" x="${round(labelWidth + pixels)}" y="${height - 2}"
            ><title>${duration(gap)} left out</title>⋯</text
          >`,
    ),
  ]
}

function usualFlight(messages: readonly TracedMessage[]): number {
  const flights = messages.flatMap((message) =>
    message.deliveredMicros === null ? [] : [message.deliveredMicros - message.sentMicros],
  )
  return flights.sort((a, b) => a - b)[Math.floor(flights.length / 2)] ?? 500
}

const fates: Readonly<Record<string, string>> = {
  lost: 'lost by the network',
  cut: 'cut by a partition',
  down: 'its receiver was down',
}

export const fateOf = (message: TracedMessage): string =>
  message.deliveredMicros === null || message.fate !== 'delivered'
    ? (fates[message.fate] ?? message.fate)
    : `delivered after ${duration(message.deliveredMicros - message.sentMicros)}`

/** What the message is part of: the colour of reads or of writes. */
function familyOf(kind: string): string {
  if (/read|get/.test(kind) && !/repair/.test(kind)) return 'of-read'
  if (/repl|put|write|delete|append|handoff|repair/.test(kind)) return 'of-write'
  return 'of-other'
}

interface ArrowStyle {
  readonly flight: number
  readonly few: boolean
  readonly labels: Labels
}

function arrow(
  message: TracedMessage,
  index: number,
  { x, y }: Placing,
  { flight, few, labels }: ArrowStyle,
): Markup {
  const { from, to, kind, fate, sentMicros, deliveredMicros } = message
  const [x1, y1, y2] = [x(sentMicros), y(from), y(to)]
  const end =
    deliveredMicros === null ? Math.max(x1 + 18, x(sentMicros + flight)) : x(deliveredMicros)
  const arrives = fate === 'delivered' && deliveredMicros !== null
  // What was lost ends half way; what came to a dead node ends at its line.
  const part = arrives || fate === 'down' ? 1 : 0.55
  const [x2, y3] = [x1 + (end - x1) * part, y1 + (y2 - y1) * part]
  const detail = message.detail === '' ? '' : ` (${message.detail})`
  const title = `${String(index + 1)}. ${kind} ${from} → ${to}: ${fateOf(message)}${detail}`
  const head = arrives ? arrowHead(x1, y1, x2, y3) : cross(x2, y3)
  const dash = arrives ? '' : ' gone'
  const line = (name: string): Markup =>
    html`<line
      class="${name}"
      x1="${round(x1)}"
      y1="${round(y1)}"
      x2="${round(x2)}"
      y2="${round(y3)}"
    />`
  const along = (part: number): Spot => ({
    x: x1 + (x2 - x1) * part + 5,
    y: y1 + (y3 - y1) * part + 4,
  })
  const number = String(index + 1)
  const text =
    index < numbered && label(few ? [`${number} ${kind}`, number] : [number], along, labels)
  return html`<g class="message ${familyOf(kind)}${dash}">
    <title>${title}</title>
    ${line('hit')}${line('path')}${head}${text}
  </g>`
}

const parts = [0.45, 0.55, 0.35, 0.65, 0.25, 0.75, 0.85]

/** The first text that finds room beside its arrow. Its title says all of it in any case. */
function label(
  texts: readonly string[],
  along: (part: number) => Spot,
  labels: Labels,
): Markup | false {
  for (const text of texts) {
    const spot = labels.place(text, parts.map(along))
    if (spot !== null) return html`<text x="${round(spot.x)}" y="${round(spot.y)}">${text}</text>`
  }
  return false
}

function arrowHead(x1: number, y1: number, x2: number, y2: number): Markup {
  const angle = Math.atan2(y2 - y1, x2 - x1)
  const corner = (turn: number): string =>
    `${round(x2 - 8 * Math.cos(angle + turn))} ${round(y2 - 8 * Math.sin(angle + turn))}`
  return html`<path class="head" d="M${round(x2)} ${round(y2)}L${corner(0.4)}L${corner(-0.4)}Z" />`
}

function cross(x: number, y: number): Markup {
  const [left, right, above, below] = [x - 4, x + 4, y - 4, y + 4].map(round)
  const path = `M${left} ${above}L${right} ${below}M${left} ${below}L${right} ${above}`
  return html`<path class="cross" d="${path}" />`
}

/** Labels that would run into the one before go below the bar. */
function bars(witnesses: readonly Witness[], place: Placing, labels: Labels): readonly Markup[] {
  const labelEnds = new Map<string, number>()
  return witnesses.map((witness) => {
    const lane = laneOf(witness)
    const x1 = place.x(micros(witness.invoke))
    const text = shortened(operationText(witness), longestLabel)
    const row = x1 < (labelEnds.get(lane) ?? -1) ? 1 : 0
    labelEnds.set(lane, row === 1 ? -1 : x1 + text.length * 6.4 + 8)
    const spot = { x: x1, y: place.y(lane) + (row === 0 ? -11 : 21) }
    labels.take(spot, text)
    return bar(witness, spot, text, place)
  })
}

function bar(witness: Witness, spot: Spot, text: string, place: Placing): Markup {
  const { invoke, completion } = witness
  const open = completion === null || completion.type === 'info'
  const x1 = spot.x
  const x2 = Math.max(x1 + 5, completion === null ? x1 + 40 : place.x(micros(completion)))
  const y = place.y(laneOf(witness))
  const family = invoke.f === 'final' ? 'of-other' : invoke.f === 'read' ? 'of-read' : 'of-write'
  const state = completion?.type === 'fail' ? ' failed' : open ? ' open' : ''
  return html`<g class="operation ${family}${state}"
    ><title>${operationText(witness)}</title
    ><rect x="${round(x1)}" y="${y - 6}" width="${round(x2 - x1)}" height="12" rx="3" /><text
      x="${round(x1)}"
      y="${spot.y}"
      >${text}</text
    ></g
  >`
}

/** write x2 · read → x1, x3 · delete, unknown. */
export function operationText({ invoke, completion }: Witness): string {
  const value = (event: HistoryEvent): string => {
    if (event.value === null) return 'nothing'
    return typeof event.value === 'string' ? event.value : event.value.join(', ')
  }
  if (invoke.f === 'final') return `holds ${value(invoke)}`
  const ended = completion === null ? ', never answered' : (endings[completion.type] ?? '')
  const why = completion?.code === undefined ? '' : ` (${completion.code})`
  if (invoke.f === 'read') {
    return completion?.type === 'ok' ? `read → ${value(completion)}` : `read${ended}${why}`
  }
  return `${invoke.f} ${invoke.f === 'delete' ? '' : value(invoke)}`.trimEnd() + ended + why
}

const endings: Readonly<Record<string, string>> = { fail: ', failed', info: ', unknown' }

const shortened = (text: string, most: number): string =>
  [...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`
