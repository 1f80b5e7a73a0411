/** report.html: one run, for people. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aggregate } from './aggregate.js'
import type { RunData } from './aggregate.js'
import { figuresOf } from './aggregate/figure.js'
import { unreadable } from './aggregate/line.js'
import { probeAgreement, probeTable } from './chart/probe.js'
import { chartSet, chartsOf } from './chart/set.js'
import type { ChartSet } from './chart/set.js'
import { operationsCsv, writeProbes, writeSummary } from './csv.js'
import { dataTable, figure, nothing } from './page/figure.js'
import { html } from './page/markup.js'
import type { Content, Markup } from './page/markup.js'
import { overview } from './page/overview.js'
import { phases } from './page/phase.js'
import { eventLog, repeat } from './page/setup.js'
import { page } from './page/shell.js'
import { verdicts } from './page/verdict.js'
import { violations } from './page/violation.js'

/** What was written, as paths. */
export interface ReportPaths {
  readonly operations: string
  readonly summary: string
  readonly report: string
}

/**
 * Writes operations.csv, summary.csv and report.html into a run folder, from what is there
 * (docs/results.md). @throws LoadError whose message is one line that names the file and what is
 * wrong with it
 */
export async function writeReports(directory: string): Promise<ReportPaths> {
  const operations = join(directory, 'operations.csv')
  const csv = operationsCsv(operations)
  let data: RunData
  try {
    data = await aggregate(directory, csv)
  } catch (error) {
    await csv.discard()
    throw error
  }
  await csv.close()
  const summary = join(directory, 'summary.csv')
  await writeSummary(summary, figuresOf(data))
  if (data.run.probes) await writeProbes(join(directory, 'pbs.csv'), data.run.probes)
  const report = join(directory, 'report.html')
  await writeText(report, await reportPage(data))
  return { operations, summary, report }
}

export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The report of one run as the text of an HTML file. */
export function reportPage(data: RunData): Promise<string> {
  const charts = chartSet(data)
  const { scenario, seed, version } = data.run
  return page({
    title: `${scenario.name}, seed ${String(seed)}: dynamo-sim report`,
    brand: scenario.name,
    sections: [
      { id: 'overview', name: 'Overview', body: overview(data) },
      { id: 'verdicts', name: 'Verdicts', body: verdicts(data) },
      ...chartSections(data, charts),
      { id: 'violations', name: 'Violations', body: violations(data) },
      { id: 'repeat', name: 'Run it again', body: repeat(data) },
      { id: 'events', name: 'Events', body: eventLog(data) },
    ],
    charts: chartsOf(charts),
    footer: `Made by dynamo-sim ${version} from the run folder alone.`,
  })
}

interface Section {
  readonly id: string
  readonly name: string
  readonly body: Markup
}

function section(id: string, name: string, title: string, lead: string, body: Content): Section {
  const text = html`<section id="${id}">
    <h2>${title}</h2>
    ${lead !== '' && html`<p class="lead">${lead}</p>`} ${body}
  </section>`
  return { id, name, body: text }
}

const grid = (figures: Content): Markup => html`<div class="charts">${figures}</div>`

function chartSections(data: RunData, charts: ChartSet): readonly Section[] {
  return [
    ...probeSections(data, charts),
    clientSection(data, charts),
    ...tailSections(charts),
    ...clusterSections(charts),
  ]
}

function probeSections({ run: { probes } }: RunData, charts: ChartSet): readonly Section[] {
  if (!probes) return []
  return [
    section(
      'probes',
      'Quorums',
      'Latency and staleness for each R and W',
      'Every write goes to all N replicas and every read asks all N, so one run tells what clients ' +
        'with any R and W would have seen (PBS, Bailis et al., VLDB 2012).',
      [
        dataTable(probeTable(probes), 'Latency and t-visibility by quorum'),
        html`<p class="caption">${probeAgreement(probes)}</p>`,
        grid(figure(charts.probes)),
      ],
    ),
  ]
}

function clientSection(data: RunData, charts: ChartSet): Section {
  const table = phases(data)
  return section(
    'latency',
    'Latency',
    'Latency and throughput',
    charts.faults === null
      ? ''
      : 'Shaded bands are the time of a fault, lettered as in the first chart.',
    [
      grid([
        charts.faults === null ? nothing('No fault was injected.') : figure(charts.faults),
        charts.latencies.map((chart) => figure(chart, 'half')),
        figure(charts.throughput),
      ]),
      table !== null &&
        html`<div class="example">
          <h3>During each fault</h3>
          ${dataTable(table, 'What clients saw during each fault')}
        </div>`,
    ],
  )
}

function tailSections(charts: ChartSet): readonly Section[] {
  const stale = [charts.versions, charts.visibility]
  const unmeasured = stale.every((chart) => chart === null)
  return [
    section(
      'distribution',
      'Distribution',
      'How latency is distributed',
      '',
      grid(figure(charts.distribution)),
    ),
    section('staleness', 'Staleness', 'Staleness', '', [
      grid(stale.map((chart) => figure(chart, stale.includes(null) ? 'whole' : 'half'))),
      unmeasured &&
        nothing('No read was found stale, or staleness was not measured: see the verdicts.'),
    ]),
    section('availability', 'Availability', 'Availability', '', [
      grid(
        [charts.availability, charts.refusals].map((chart) =>
          figure(chart, charts.refusals === null ? 'whole' : 'half'),
        ),
      ),
    ]),
  ]
}

function clusterSections(charts: ChartSet): readonly Section[] {
  return [
    section(
      'replicas',
      'Replicas',
      'Inside the cluster',
      'How far apart the replicas were, and what was waiting, tick by tick.',
      grid(charts.states.map((chart) => figure(chart, 'third'))),
    ),
    section('ring', 'Ring', 'Who owns the ring', '', grid(figure(charts.ring))),
    section('messages', 'Messages', 'Messages by kind', '', [
      grid(
        charts.messages.map((chart) =>
          figure(chart, charts.messages.length > 1 ? 'half' : 'whole'),
        ),
      ),
      charts.messages.length === 0 && nothing('No message was sent.'),
    ]),
    section('recovery', 'Recovery', 'Recovery', '', [
      charts.recovery === null
        ? nothing('There was no fault to recover from.')
        : grid(figure(charts.recovery)),
    ]),
  ]
}
