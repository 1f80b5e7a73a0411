/** The messages around each violation, as space-time diagrams. */
import type { RunData } from '../aggregate.js'
import type { Counterexample, TracedMessage } from '../aggregate/verdict.js'
import { shownCounterexamples } from '../aggregate/witness.js'
import { fateOf, spaceTime } from '../chart/spacetime.js'
import type { Diagram } from '../chart/spacetime.js'
import { duration, moment, words } from './format.js'
import { dataTable, drawing, nothing } from './figure.js'
import { html } from './markup.js'
import type { Markup } from './markup.js'

/** Messages that began a little before, or came a little after, still explain. */
const marginMicros = 100_000
const mostDiagrams = 6

export function violations(data: RunData): Markup {
  const found = (data.verdict?.checks ?? [])
    .filter((check) => check.verdict === 'violation')
    .flatMap((check) => shownCounterexamples(check).map((example) => ({ check, example })))
  const shown = found.slice(0, mostDiagrams)
  const rest =
    found.length > shown.length &&
    html`<p class="caption">The first ${mostDiagrams} of ${found.length} are drawn.</p>`
  const diagrams = shown.map(({ check, example }, index) =>
    one(data, `${words(check.check)}, key ${example.key}`, example, index),
  )
  const none = nothing('No check found a violation, so there is nothing to take apart.')
  return html`<section id="violations">
    <h2>Violations, message by message</h2>
    ${shown.length === 0 ? none : [lead, diagrams]} ${rest}
  </section>`
}

const lead = html`<p class="lead">
  Time runs to the right; idle stretches are left out (⋯). Bars are client operations, arrows are
  messages; a cross marks one that never arrived.
</p>`

function one(data: RunData, name: string, example: Counterexample, index: number): Markup {
  const messages = data.messages.filter((message) => concerns(message, example))
  const diagram = spaceTime(`Messages around: ${name}`, data.witnesses.of(example), messages)
  const label = `Space-time diagram ${String(index + 1)}`
  return html`<div class="example">
    <h3>${name}, at ${moment(example.fromMicros)}</h3>
    <p>${example.explanation}</p>
    ${
      diagram === null
        ? nothing('Neither the operations nor the messages of this violation were recorded.')
        : [drawing(label, diagram.svg), messageTable(diagram, name)]
    }
  </div>`
}

function concerns(message: TracedMessage, example: Counterexample): boolean {
  const end = message.deliveredMicros ?? message.sentMicros
  return (
    (message.key === null || message.key === example.key) &&
    end >= example.fromMicros - marginMicros &&
    message.sentMicros <= example.toMicros + marginMicros
  )
}

function messageTable(diagram: Diagram, name: string): Markup | null {
  if (diagram.messages.length === 0) return null
  const rows = diagram.messages.map((message, index) => [
    String(index + 1),
    `+${duration(message.sentMicros - diagram.startMicros)}`,
    message.from,
    message.to,
    message.kind,
    fateOf(message),
    message.detail,
  ])
  const head = ['no.', 'sent', 'from', 'to', 'message', 'what became of it', 'detail']
  return html`<details>
    <summary>Messages as a table<span class="visually-hidden">: ${name}</span></summary>
    ${dataTable({ head, rows }, `Messages: ${name}`)}
  </details>`
}
