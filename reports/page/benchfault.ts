/** What the faults of a benchmark did: how long clients noticed, and how long nodes were behind. */
import { totalOf } from '../bench/fault.js'
import type { BenchData, ErrorCount, FaultEffect } from '../bench/model.js'
import type { Chart } from '../chart/chart.js'
import { figure, headed, scrolled } from './figure.js'
import { count, duration, listed, moment, plural } from './format.js'
import { html } from './markup.js'
import type { Markup } from './markup.js'

export function faultSection({ effects }: BenchData, lanes: Chart): Markup {
  const heads = ['Fault', 'At', 'Service back', 'Last error', 'Errors', 'Well again', 'Caught up']
  return html`<section id="faults">
    <h2>Faults</h2>
    <p class="lead">
      Service is back when for half a second nothing fails and half as much as usual is answered;
      all is well again when for a second nothing fails, four fifths of the usual are answered, and
      the 99th percentile is at most twice the usual. Caught up: the node holds what was written
      last while it was away, from when it served again.
    </p>
    <div class="charts">${figure(lanes)}</div>
    ${scrolled('What the faults did', headed('by-run', heads, effects.map(row)))}
  </section>`
}

function row(effect: FaultEffect): Markup {
  const { window, during, after, fault } = effect
  const errors = `${described(during)} during, ${described(after)} after`
  const cells = [
    moment(window.fromMicros),
    time(effect.failoverMicros),
    effect.lastErrorMicros === null ? 'none' : duration(effect.lastErrorMicros),
    errors,
    fault.problem ?? time(effect.recoveryMicros),
    fault.missedKeys === 0 ? 'nothing missed' : lagOf(effect),
  ]
  return html`<tr>
    <th scope="row">${window.label}</th>
    ${cells.map((cell) => html`<td>${cell}</td>`)}
  </tr>`
}

const time = (micros: number | null): string => (micros === null ? 'not seen' : duration(micros))

const lagOf = ({ lagMicros, fault }: FaultEffect): string =>
  `${lagMicros === null ? 'not seen' : duration(lagMicros)} for ${plural(fault.missedKeys, 'key')}`

function described(errors: readonly ErrorCount[]): string {
  if (totalOf(errors) === 0) return 'none'
  return listed(
    errors.map(({ outcome, code, count: number }) => {
      const ended = outcome === 'fail' ? 'failed' : 'unknown'
      return `${count(number)} ${ended} (${code.replaceAll('_', ' ')})`
    }),
  )
}
