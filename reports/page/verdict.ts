/** The verdicts, each with what was expected, what was found, and the smallest counterexamples. */
import type { RunData } from '../aggregate.js'
import type { Check, Counterexample } from '../aggregate/verdict.js'
import { shownCounterexamples } from '../aggregate/witness.js'
import { spaceTime } from '../chart/spacetime.js'
import { count, duration, moment, percent, plural, words } from './format.js'
import { drawing, headed, nothing } from './figure.js'
import { verdictMark } from './mark.js'
import { html } from './markup.js'
import type { Content, Markup } from './markup.js'

const foundWords = { ok: 'holds', violation: 'violated', unknown: 'undecided' } as const

export function verdicts(data: RunData): Markup {
  const checks = data.verdict?.checks ?? []
  return html`<section id="verdicts">
    <h2>Verdicts</h2>
    <p class="lead">
      The invariants are asserted while the run goes on, by who sees everything; every other check
      sees the history of client operations alone. A violation comes with the smallest
      counterexample found.
    </p>
    ${
      checks.length === 0
        ? nothing('This run has no verdict.json: no check was made.')
        : headed(
            'verdicts',
            ['Check', 'Expected', 'Found', 'In words'],
            ordered(checks).map((check) => rows(data, check)),
          )
    }
  </section>`
}

/** What went wrong first, then what was asked for, then what was only looked at. */
function ordered(checks: readonly Check[]): readonly Check[] {
  const rank = (check: Check): number =>
    check.met === false ? 0 : check.expected !== null ? 1 : check.verdict === 'violation' ? 2 : 3
  return checks
    .map((check, index) => ({ check, index }))
    .sort((a, b) => rank(a.check) - rank(b.check) || a.index - b.index)
    .map(({ check }) => check)
}

function rows(data: RunData, check: Check): Markup {
  const examples = shownCounterexamples(check)
  const expected =
    check.expected === null ? 'not asked' : check.expected === 'ok' ? 'holds' : 'violated'
  const details = check.details ?? []
  const hasMore = examples.length > 0 || details.length > 0
  const row = html`<tr class="${hasMore ? 'has-more' : 'alone'}">
    <th scope="row">${words(check.check)}</th>
    <td class="expected">${expected}</td>
    <td>${found(check)}</td>
    <td>${check.summary}${figures(check)}</td>
  </tr>`
  if (!hasMore) return row
  return html`${row}
    <tr class="open">
      <td colspan="4">
        ${examples.length > 0 && exampleList(data, check)}
        ${details.length > 0 && html`<pre>${details.join('\n')}</pre>`}
      </td>
    </tr>`
}

/**
 * A violation that was to be found is good news: the word says what, the mark says whether it was
 * meant to be.
 */
function found(check: Check): Markup {
  if (check.verdict === 'violation' && check.expected === 'violation') {
    return verdictMark('ok', 'violated, as expected')
  }
  if (check.verdict === 'ok' && check.expected === 'violation') {
    return verdictMark('violation', 'holds, unexpectedly')
  }
  if (check.verdict === 'violation' && check.expected === null)
    return verdictMark('none', 'violated')
  return verdictMark(check.verdict, foundWords[check.verdict])
}

const micros = /Micros$/
const shares = /availability|share|probability/i
/** Zero is what one hopes for here, and so not worth a word. */
const quiet = /^(undecided|violat|steps|divergent)/

function figures(check: Check): Content {
  const entries = Object.entries(check.figures).filter(
    ([name, value]) => value !== null && !(value === 0 && quiet.test(name)),
  )
  if (entries.length === 0) return null
  const items = entries.map(([name, value]) => html`<li>${figureWords(name, value)}</li>`)
  return html`<ul>
    ${items}
  </ul>`
}

/** staleReads: 84 is `stale reads 84`. */
function figureWords(name: string, value: Check['figures'][string]): string {
  const spaced = name.replace(micros, '').replaceAll(/([a-z])([A-Z])/g, '$1 $2')
  const label = words(spaced).toLowerCase()
  if (typeof value !== 'number') return `${label} ${String(value)}`
  if (micros.test(name)) return `${label} ${duration(value)}`
  if (shares.test(name) && value <= 1) return `${label} ${percent(value)}`
  return `${label} ${count(Number(value.toFixed(4)))}`
}

function exampleList(data: RunData, check: Check): Markup {
  const examples = shownCounterexamples(check)
  const more = check.counterexamples.length - examples.length
  const name = words(check.check)
  return html`<details>
    <summary>
      ${plural(check.counterexamples.length, 'counterexample')}
      <span class="visually-hidden"> of ${name}</span>
    </summary>
    ${examples.map((one, index) =>
      example(data, one, `${name}, counterexample ${String(index + 1)}`),
    )}
    ${more > 0 && html`<p class="caption">${count(more)} more are in verdict.json.</p>`}
  </details>`
}

function example(data: RunData, one: Counterexample, name: string): Markup {
  const timeline = spaceTime(name, data.witnesses.of(one), [])
  const span = `${moment(one.fromMicros)} to ${moment(one.toMicros)}`
  return html`<div class="example">
    <p><strong>Key ${one.key}</strong>, ${span}. ${one.explanation}</p>
    ${timeline !== null && drawing(`Timeline: ${name}`, timeline.svg)}
  </div>`
}
