/**
 * Several runs side by side, as one page: what differs in their setup, their figures, their
 * verdicts, their charts.
 */
import { basename, resolve } from 'node:path'
import { aggregate, clientMicros } from './aggregate.js'
import type { RunData } from './aggregate.js'
import { figuresOf } from './aggregate/figure.js'
import type { Check, Verdict } from './aggregate/verdict.js'
import { overlays, runKeys } from './chart/overlay.js'
import type { Named, NamedRun } from './chart/overlay.js'
import type { Chart } from './chart/chart.js'
import type { Figure } from './csv.js'
import { bytes, count, duration, percent, words } from './page/format.js'
import { figure, headed, nothing, scrolled, swatch } from './page/figure.js'
import { verdictMark } from './page/mark.js'
import { html } from './page/markup.js'
import type { Content, Markup } from './page/markup.js'
import { configuration } from './page/setup.js'
import { page } from './page/shell.js'

/** More lines than this cannot be told apart. */
export const mostRuns = 6

/** The comparison of 2 to 6 run folders, as the text of an HTML file. @throws LoadError */
export async function comparePage(directories: readonly string[]): Promise<string> {
  const runs: NamedRun[] = []
  for (const directory of directories) {
    const data = await aggregate(directory)
    runs.push({ name: freeName(directory, runs), data })
  }
  const charts = overlays(runs)
  const sections = [
    { id: 'overview', name: 'Overview', body: overview(runs) },
    { id: 'setup', name: 'Setup', body: setup(runs) },
    { id: 'figures', name: 'Figures', body: figures(runs) },
    { id: 'verdicts', name: 'Verdicts', body: verdicts(runs) },
    {
      id: 'clients',
      name: 'Clients',
      body: chartSection('clients', 'What clients saw', charts, isClient),
    },
    {
      id: 'replicas',
      name: 'Replicas',
      body: chartSection('replicas', 'Inside the clusters', charts, isState),
    },
  ]
  return page({
    title: `${runs.map((run) => run.name).join(' and ')}: dynamo-sim comparison`,
    brand: `${String(runs.length)} runs compared`,
    sections,
    charts,
    footer: 'Made by dynamo-sim from the run folders alone.',
  })
}

/** The folder's name, which is the scenario and the seed; numbered if another has it already. */
export function freeName(directory: string, taken: readonly { readonly name: string }[]): string {
  const name = basename(resolve(directory))
  const same = taken.filter((run) => run.name === name || run.name.startsWith(`${name} (`)).length
  return same === 0 ? name : `${name} (${String(same + 1)})`
}

function overview(runs: readonly NamedRun[]): Markup {
  const keys = runKeys(runs)
  const rows = runs.map(({ name, data }, index) => {
    const key = keys[index]
    return html`<tr>
      <th scope="row">${key !== undefined && swatch({ ...key, label: '' })}${name}</th>
      <td class="expected">${data.run.seed}</td>
      <td>${overall(data)}${data.run.interrupted && partMark()}</td>
      <td><code>${data.run.command}</code></td>
    </tr>`
  })
  return html`<section class="hero" id="overview">
    <p class="eyebrow"><span>side by side</span></p>
    <h1>${runs.map((run) => run.name).join(' · ')}</h1>
    ${scrolled('Runs', headed('verdicts runs', ['Run', 'Seed', 'Verdict', 'To repeat it'], rows))}
  </section>`
}

export function overall({ verdict }: Pick<RunData, 'verdict'>): Markup {
  if (verdict === null) return verdictMark('none', 'not checked')
  const text = { ok: 'as expected', violation: 'violation', unknown: 'undecided' } as const
  return verdictMark(verdict.verdict, text[verdict.verdict])
}

/** Of a run that was stopped: its figures are those of a part. */
export const partMark = (): Markup => verdictMark('unknown', 'interrupted: a part')

/** One column a run. */
export function runTable(
  label: string,
  first: string,
  runs: readonly { readonly name: string }[],
  rows: Content,
): Markup {
  const head = [first, ...runs.map(({ name }) => name)]
  return scrolled(label, headed('by-run', head, rows))
}

function setup(runs: readonly NamedRun[]): Markup {
  const facts = runs.map(
    ({ data }) =>
      new Map([
        ['scenario', data.run.scenario.name],
        ['seed', String(data.run.seed)],
        ['version', data.run.version],
        ['trace hash', data.run.traceHash],
        ...configuration(data.run.scenario),
      ]),
  )
  return setupSection(runs, facts, 'Nothing: the same scenario, seed and trace.')
}

/** `facts`: what each run was told to be, by name; what all agree in is left out. */
export function setupSection(
  runs: readonly { readonly name: string }[],
  facts: readonly ReadonlyMap<string, string>[],
  same: string,
): Markup {
  const names = [...new Set(facts.flatMap((fact) => [...fact.keys()]))]
  const differing = names.filter((name) => new Set(facts.map((fact) => fact.get(name))).size > 1)
  const rows = differing.map(
    (name) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${facts.map((fact) => html`<td>${fact.get(name) ?? '–'}</td>`)}
      </tr>`,
  )
  return html`<section id="setup">
    <h2>What differs in the setup</h2>
    ${rows.length === 0 ? nothing(same) : runTable('What differs', 'setting', runs, rows)}
  </section>`
}

/** Identity and verdicts have their own tables. */
const elsewhere = /^(scenario|seed|version|trace_hash|interrupted|verdict|check_.*)$/

const figures = (runs: readonly NamedRun[]): Markup =>
  figureSection(
    runs,
    runs.map(({ data }) => figuresOf(data)),
    runs.map(({ data }) => clientMicros(data.run)),
  )

export function figureSection(
  runs: readonly { readonly name: string }[],
  figuresOfRuns: readonly (readonly Figure[])[],
  clientsMicros: readonly (number | null)[] = [],
): Markup {
  const all = figuresOfRuns.map((each) => new Map(each.map((one) => [one.figure, one])))
  const names = [...new Set(all.flatMap((one) => [...one.keys()]))].filter(
    (name) => !elsewhere.test(name),
  )
  const numeric = names.filter((name) =>
    all.some((one) => typeof one.get(name)?.value === 'number'),
  )
  const lengths = all.map(lengthOf)
  const asking = lengths.map((length, index) => clientsMicros[index] ?? length)
  const rows = numeric.map((name) => {
    const first = all[0]?.get(name)
    const times = ofCluster.test(name) ? lengths : asking
    const cells = all.map((one, index) =>
      cell(one.get(name), index === 0 ? undefined : first, {
        first: times[0] ?? null,
        now: times[index] ?? null,
      }),
    )
    return html`<tr>
      <th scope="row">${words(name)}</th>
      ${cells}
    </tr>`
  })
  return html`<section id="figures">
    <h2>Figures</h2>
    <p class="lead">Changes are against ${runs[0]?.name ?? ''}.${lengthNote(lengths, asking)}</p>
    ${runTable('Figures', 'figure', runs, rows)}
  </section>`
}

/** How long was measured, in micros; null where a folder does not say. */
function lengthOf(figures: ReadonlyMap<string, Figure>): number | null {
  const value = (figures.get('simulated_time') ?? figures.get('measured_time'))?.value
  return typeof value === 'number' && value > 0 ? value : null
}

interface Lengths {
  readonly first: number | null
  readonly now: number | null
}

/** Below this two runs are of one length: the last messages of a run end a little early or late. */
const sameLength = 0.02

const differ = ({ first, now }: Lengths): boolean =>
  first !== null && now !== null && Math.abs(now / first - 1) > sameLength

/** They go on after the last client, until replicas are equal; what clients did does not. */
const ofCluster = /^(events|messages|bytes|invariants)_?/

function lengthNote(
  lengths: readonly (number | null)[],
  asking: readonly (number | null)[],
): string {
  const hasOther = (times: readonly (number | null)[]): boolean =>
    times.some((now) => differ({ first: times[0] ?? null, now }))
  const told = (times: readonly (number | null)[]): string =>
    times.map((length) => (length === null ? 'unknown' : duration(length))).join(', ')
  if (hasOther(asking)) {
    return (
      ` They are of different length (${told(asking)}): changes of what adds up with time, such as ` +
      'operations, are those of its rate per second.'
    )
  }
  if (!hasOther(lengths)) return ''
  return (
    ` Clients asked for the same time, but it took longer or shorter until the end ` +
    `(${told(lengths)}): changes of messages, bytes and events are those of their rate per second.`
  )
}

/** Twice as long a run has twice as many of them; peaks, shares and keys do not add up. */
const growsWithTime = ({ figure, unit }: Figure): boolean =>
  (unit === 'count' || unit === 'bytes' || unit === 'number') &&
  !/(^|_)(max|most|keys|workers|faults|behind)(_|$)/.test(figure)

function cell(one: Figure | undefined, first: Figure | undefined, lengths: Lengths): Markup {
  if (typeof one?.value !== 'number') return html`<td>–</td>`
  const text = withUnit(one.value, one.unit)
  if (typeof first?.value !== 'number') return html`<td>${text}</td>`
  const isRate = growsWithTime(one) && differ(lengths)
  const scale = isRate ? (lengths.first ?? 1) / (lengths.now ?? 1) : 1
  const change = changeOf(one.figure, first.value, one.value * scale, isRate ? ' a second' : '')
  return html`<td>${text}${change !== null && [' ', change]}</td>`
}

function withUnit(value: number, unit: string): string {
  if (unit === 'us') return duration(value)
  if (unit === 'share') return percent(value)
  if (unit === 'bytes') return bytes(value)
  return count(Number(value.toFixed(4)))
}

const lessIsBetter =
  /latency|fail|info|recovery|lost|cut|divergent|hints|siblings|queue|stale|lag$/i
const moreIsBetter = /availability|throughput|_ok$/

/**
 * The change in percent, and whether it is one for the better, in words for those who do not see
 * the colour.
 */
function changeOf(name: string, before: number, now: number, per: string): Markup | null {
  if (before === now) return null
  const rises = now > before
  const text = changeText(before, now) + (before === 0 ? '' : per)
  const good = moreIsBetter.test(name) ? rises : lessIsBetter.test(name) ? !rises : null
  if (good === null) return html`<span class="change">${text}</span>`
  const word = good ? 'better' : 'worse'
  return html`<span class="change ${word}"
    >${text}<span class="visually-hidden"> ${word}</span></span
  >`
}

/** +12%, −3.4%, ×17; from zero there is no ratio. */
function changeText(before: number, now: number): string {
  if (before === 0) return 'was 0'
  const ratio = now / before
  if (ratio >= 10) return `×${String(Math.round(ratio))}`
  const share = Math.abs(ratio - 1) * 100
  return `${now > before ? '+' : '−'}${share < 0.1 ? '<0.1' : share.toFixed(share < 10 ? 1 : 0)}%`
}

export function verdicts(runs: readonly Named<Pick<RunData, 'verdict'>>[]): Markup {
  const names = [
    ...new Set(runs.flatMap(({ data }) => data.verdict?.checks.map((check) => check.check) ?? [])),
  ]
  const rows = names.map((name) => {
    const cells = runs.map(({ data }) => {
      const check = data.verdict?.checks.find((one) => one.check === name)
      if (check === undefined) return html`<td>–</td>`
      const mark = markOf(check)
      const text = { ok: 'holds', violation: 'violated', unknown: 'undecided' }[check.verdict]
      const meant = check.verdict === 'violation' && check.met === true ? ', as expected' : ''
      return html`<td>${verdictMark(mark, text + meant)}</td>`
    })
    return html`<tr>
      <th scope="row">${words(name)}</th>
      ${cells}
    </tr>`
  })
  return html`<section id="verdicts">
    <h2>Verdicts</h2>
    ${
      rows.length === 0
        ? nothing('None of these runs was checked.')
        : runTable('Verdicts', 'check', runs, rows)
    }
  </section>`
}

/** Red is for what should not be; a violation that nobody asked about is only noted. */
function markOf({ met, verdict }: Check): Verdict | 'none' {
  if (met !== null) return met ? 'ok' : 'violation'
  return verdict === 'violation' ? 'none' : verdict
}

const isState = (chart: Chart): boolean => chart.id.startsWith('state-')
const isClient = (chart: Chart): boolean => !isState(chart)

export function chartSection(
  id: string,
  title: string,
  charts: readonly Chart[],
  belongs: (chart: Chart) => boolean,
): Markup {
  const shown = charts.filter(belongs).map((chart) => {
    if (isState(chart)) return figure(chart, 'third')
    return figure(chart, chart.id === 'faults' || chart.id === 'visibility' ? 'whole' : 'half')
  })
  return html`<section id="${id}">
    <h2>${title}</h2>
    <div class="charts">${shown}</div>
  </section>`
}
