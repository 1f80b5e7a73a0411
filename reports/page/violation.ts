/** The messages around each violation, as space-time diagrams. */
import type { RunData } from '../aggregate.js'
import type { Check, Counterexample, TracedMessage } from '../aggregate/verdict.js'
import { shownCounterexamples } from '../aggregate/witness.js'
import type { Witness } from '../aggregate/witness.js'
import { fateOf, spaceTime } from '../chart/spacetime.js'
import type { Diagram } from '../chart/spacetime.js'
import { duration, moment, plural, words } from './format.js'
import { dataTable, drawing, nothing } from './figure.js'
import { html } from './markup.js'
import type { Markup } from './markup.js'

/** Messages that began a little before, or came a little after, still explain. */
const marginMicros = 100_000
const mostDiagrams = 6
/** Where a key is hot, the messages of others would hide those that matter. */
const mostBystanders = 24

export function violations(data: RunData): Markup {
  const found = (data.verdict?.checks ?? [])
    .filter((check) => check.verdict === 'violation')
    .sort((a, b) => weight(a) - weight(b))
    .flatMap((check) =>
      shownCounterexamples(check)
        .slice(0, 1)
        .map((example) => ({ check, example })),
    )
  const shown = found.slice(0, mostDiagrams)
  const rest =
    found.length > shown.length &&
    html`<p class="caption">
      The first ${mostDiagrams} of ${found.length} violated checks are drawn.
    </p>`
  const diagrams = shown.map(({ check, example }, index) =>
    one(data, `${words(check.check)}, key ${example.key}`, example, index),
  )
  const none = nothing('No check found a violation, so there is nothing to take apart.')
  return html`<section id="violations">
    <h2>Violations, message by message</h2>
    ${shown.length === 0 ? none : [lead, diagrams]} ${rest}
  </section>`
}

/** What should not be first, what should be next, what nobody asked about last. */
const weight = (check: Check): number =>
  check.met === false ? 0 : check.expected === 'violation' ? 1 : 2

const lead = html`<p class="lead">
  The first counterexample of each check. Time runs to the right, not to scale, and idle stretches
  are left out (⋯). Bars are client operations, arrows are messages; a cross marks one that never
  arrived.
</p>`

function one(data: RunData, name: string, example: Counterexample, index: number): Markup {
  const near = data.messages.filter((message) => isNear(message, example))
  const witnesses = data.witnesses.of(example)
  const messages = near.length <= mostBystanders ? near : ofOperations(near, witnesses)
  const diagram = spaceTime(`Messages around: ${name}`, witnesses, messages)
  const left = near.length - messages.length
  const label = `Space-time diagram ${String(index + 1)}`
  return html`<div class="example">
    <h3>${name}, at ${moment(example.fromMicros)}</h3>
    <p>${example.explanation}</p>
    ${
      diagram === null
        ? nothing('Neither the operations nor the messages of this violation were recorded.')
        : [drawing(label, diagram.svg), messageTable(diagram, name)]
    }
    ${left > 0 && html`<p class="caption">${bystanders(left)}</p>`}
  </div>`
}

const bystanders = (left: number): string =>
  `Not drawn: ${plural(left, 'message')} of other operations on this key.`

/** Of the operations in question only; all, if the messages do not say whose they are. */
function ofOperations(
  messages: readonly TracedMessage[],
  witnesses: readonly Witness[],
): readonly TracedMessage[] {
  const operations = new Set(witnesses.map(({ invoke }) => invoke.op))
  const own = messages.filter(({ opId }) => opId !== null && operations.has(opId))
  // An answer carries the number of the request alone.
  const requests = new Set(own.map(({ request }) => request).filter((request) => request !== null))
  const found = messages.filter(
    ({ opId, request }) =>
      (opId !== null && operations.has(opId)) ||
      (opId === null && request !== null && requests.has(request)),
  )
  return found.length === 0 ? messages : found
}

function isNear(message: TracedMessage, example: Counterexample): boolean {
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
