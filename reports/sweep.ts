/** sweep.html: many seeds of one scenario, for people; and how the figures are put into words. */
import type { Chart, Table } from './chart/chart.js'
import { dataTable, figure, headed, nothing, scrolled } from './page/figure.js'
import { capital, count, duration, percent, plural, words } from './page/format.js'
import { verdictMark } from './page/mark.js'
import { html } from './page/markup.js'
import type { Markup } from './page/markup.js'
import { page } from './page/shell.js'
import type { FigureRow, Paired, Share, SweepSummary, VariantSummary } from './sweep/aggregate.js'
import { intervalChart, seedChart } from './sweep/chart.js'
import type { Failure, Sweep, Unit } from './sweep/model.js'

/** A page of failures helps; all of them are in the folder. */
const mostFailures = 100

const names: Readonly<Record<string, string>> = {
  read_p99: 'read latency p99',
  write_p99: 'write latency p99',
  stale_p99: 'staleness, 99% of reads',
  operations_fail: 'operations failed',
  operations_info: 'operations unknown',
}

export const figureName = (figure: string): string => names[figure] ?? words(figure)

/** A mean, or a difference of means, with its unit. */
export function figureCell(value: number, unit: Unit): string {
  // A share's interval may stick out of 0 to 1, and a difference has a sign.
  if (unit === 'share') {
    return value >= 0 && value <= 1
      ? percent(value)
      : `${String(Number((100 * value).toFixed(3)))}%`
  }
  if (unit === 'us') return duration(value)
  return count(Number(value.toFixed(Math.abs(value) < 100 ? 2 : 0)))
}

/** `3 of 200 seeds (1.5%; 95% confidence 0.51% to 4.3%)` */
export function shareText({ part, whole, low, high }: Share): string {
  if (whole === 0) return 'no seed'
  const interval = `95% confidence ${percent(low)} to ${percent(high)}`
  return `${count(part)} of ${plural(whole, 'seed')} (${percent(part / whole)}; ${interval})`
}

/** The sweep as the text of an HTML file that loads nothing. */
export function sweepPage(
  sweep: Sweep,
  summary: SweepSummary,
  failures: readonly Failure[],
): Promise<string> {
  const name = sweep.variants[0]?.scenario.name ?? ''
  const charts = [intervalChart(summary, figureName), seedChart(sweep)]
  const paired = { id: 'paired', name: 'Differences', body: pairedSection(summary.paired) }
  return page({
    title: `${name}, ${seedsText(sweep)}: dynamo-sim sweep`,
    brand: name,
    sections: [
      { id: 'overview', name: 'Overview', body: overview(sweep, summary) },
      { id: 'figures', name: 'Figures', body: figures(summary.variants, charts) },
      ...(summary.paired.length > 0 ? [paired] : []),
      { id: 'failures', name: 'Failures', body: failureSection(sweep, failures) },
      { id: 'repeat', name: 'Run it again', body: repeat(sweep) },
    ],
    charts: charts.filter((chart) => chart !== null),
    footer: `Made by dynamo-sim ${sweep.version}; sweep.csv has a row for every run.`,
  })
}

const seedsText = ({ seeds }: Sweep): string => `seeds ${String(seeds.from)} to ${String(seeds.to)}`

function overview(sweep: Sweep, summary: SweepSummary): Markup {
  const { variants, shard, results, planned } = sweep
  const scenario = variants[0]?.scenario
  const rows = summary.variants.map(
    (variant) =>
      html`<tr>
        <th scope="row">${variant.name === '' ? 'as it stands' : variant.name}</th>
        <td>${mark(variant)}</td>
        <td>
          ${heldText(variant)}
          ${variant.failures.map(
            ({ check, share }) =>
              html`<br />${capital(words(check))} is not as expected for ${shareText(share)}.`,
          )}
          ${variant.unknown.part > 0 && html`<br />Undecided for ${shareText(variant.unknown)}.`}
        </td>
      </tr>`,
  )
  return html`<section class="hero" id="overview">
    <p class="eyebrow">
      <span>${plural(results.length, 'run')}</span><span>${seedsText(sweep)}</span>${
        shard !== null && html`<span>shard ${shard.index} of ${shard.count}</span>`
      }
    </p>
    <h1>${scenario?.name ?? ''}</h1>
    <p class="about">${scenario?.about ?? ''}</p>
    ${
      results.length < planned &&
      verdictMark(
        'unknown',
        `${sweep.interrupted ? 'Interrupted' : 'Incomplete'}: ${count(results.length)} of ${count(planned)} runs`,
      )
    }
    ${scrolled(
      'Verdicts',
      headed('verdicts runs', ['Scenario', 'Verdict', 'Over the seeds'], rows),
    )}
  </section>`
}

function heldText({ seeds, ok }: VariantSummary): string {
  return seeds === 0 ? 'No run has ended.' : `Expectations hold for ${shareText(ok)}.`
}

function mark({ seeds, violation, unknown }: VariantSummary): Markup {
  if (seeds === 0) return verdictMark('none', 'not run')
  if (violation.part > 0) return verdictMark('violation', 'violation')
  return unknown.part > 0 ? verdictMark('unknown', 'undecided') : verdictMark('ok', 'as expected')
}

function figures(variants: readonly VariantSummary[], charts: readonly (Chart | null)[]): Markup {
  const tables = variants.map(({ name, figures: rows }) => {
    const caption = name === '' ? 'Figures over the seeds' : `Figures with ${name}`
    return html`<div class="example">
      ${name !== '' && html`<h3>${name}</h3>`} ${dataTable(estimates(rows, 'mean', true), caption)}
    </div>`
  })
  return html`<section id="figures">
    <h2>Figures</h2>
    <p class="lead">
      One value per seed. The interval is where the mean over all seeds lies with 95% confidence
      (Student's t); shares of seeds have Wilson's interval. A seed without the figure, such as one
      that never recovered, is left out of its row.
    </p>
    <div class="charts">${charts.map((chart) => figure(chart))}</div>
    ${tables}
  </section>`
}

function estimates(rows: readonly FigureRow[], mean: string, withRange: boolean): Table {
  const head = ['figure', mean, 'from (95%)', 'to (95%)']
  const cells = rows.map(({ figure, unit, estimate }) => {
    const text = (value: number | null | undefined): string =>
      value === null || value === undefined ? '–' : figureCell(value, unit)
    const range = withRange ? [text(estimate?.min), text(estimate?.max)] : []
    const middle = [text(estimate?.mean), text(estimate?.low), text(estimate?.high)]
    return [figureName(figure), ...middle, ...range, count(estimate?.count ?? 0)]
  })
  return { head: [...head, ...(withRange ? ['least', 'most'] : []), 'seeds'], rows: cells }
}

function pairedSection(paired: readonly Paired[]): Markup {
  const parts = paired.map(
    ({ name, against, pairs, figures: rows, failsHereOnly, failsThereOnly }) =>
      html`<div class="example">
        <h3>${name} minus ${against}</h3>
        <p>
          ${plural(pairs, 'seed')} in pairs. Fails only with ${name}: ${count(failsHereOnly)}; only
          with ${against}: ${count(failsThereOnly)}.
        </p>
        ${dataTable(estimates(rows, 'mean difference', false), `${name} minus ${against}`)}
      </div>`,
  )
  return html`<section id="paired">
    <h2>Differences, seed by seed</h2>
    <p class="lead">
      Every variant ran the same seeds, so each seed is its own comparison. A difference is there
      with 95% confidence if its interval does not contain 0.
    </p>
    ${parts}
  </section>`
}

function failureSection({ variants, results }: Sweep, failures: readonly Failure[]): Markup {
  const rows = failures.slice(0, mostFailures).map(({ result, command }) => {
    const variant = variants[result.variant]?.name ?? ''
    return html`<tr>
      <th scope="row">${result.seed}${variant !== '' && html`<br />${variant}`}</th>
      <td>
        ${result.failed.map(({ check, summary }) => html`<p>${words(check)}: ${summary}</p>`)}
      </td>
      <td><code>${command}</code></td>
    </tr>`
  })
  const more = failures.length - rows.length
  const none = results.length === 0 ? 'No run has ended.' : 'No run failed.'
  const table = headed('plain', ['Seed', 'What is not as expected', 'To repeat it'], rows)
  return html`<section id="failures">
    <h2>Failures</h2>
    ${rows.length === 0 ? nothing(none) : scrolled('Failures', table)}
    ${more > 0 && html`<p>And ${count(more)} more in the folder failures.</p>`}
  </section>`
}

function repeat({ command, wallMillis, workers, results }: Sweep): Markup {
  const rate = results.length / (Math.max(1, wallMillis) / 1000)
  return html`<section id="repeat">
    <h2>Run it again</h2>
    <p class="lead">
      The same seeds give the same runs, on any number of workers. This time it was
      ${plural(workers, 'worker')} and ${rate.toFixed(1)} runs per second.
    </p>
    <div class="command">
      <pre tabindex="0" role="region" aria-label="The command"><code>${command}</code></pre>
    </div>
  </section>`
}
