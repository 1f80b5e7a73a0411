/** Several benchmarks side by side, as one page. */
import { benchFigures, readBenchData } from '../bench.js'
import { clientOverlays, runKeys } from '../chart/overlay.js'
import type { Named } from '../chart/overlay.js'
import {
  chartSection,
  figureSection,
  freeName,
  overall,
  partMark,
  setupSection,
  verdicts,
} from '../compare.js'
import { headed, scrolled, swatch } from '../page/figure.js'
import { html } from '../page/markup.js'
import type { Markup } from '../page/markup.js'
import { page } from '../page/shell.js'
import type { BenchData } from './model.js'

type NamedBench = Named<BenchData>

/** The comparison of 2 to 6 folders, as the text of an HTML file. @throws LoadError */
export async function compareBenches(directories: readonly string[]): Promise<string> {
  const runs: NamedBench[] = []
  for (const directory of directories) {
    runs.push({ name: freeName(directory, runs), data: await readBenchData(directory) })
  }
  const charts = clientOverlays(runs)
  const figures = runs.map(({ data }) => benchFigures(data))
  const same = 'Nothing: the same load, as it was asked for.'
  const facts = runs.map(({ data }) => factsOf(data))
  const clients = chartSection('clients', 'What clients saw', charts, () => true)
  return page({
    title: `${runs.map(({ name }) => name).join(' and ')}: dynamo-sim comparison`,
    brand: `${String(runs.length)} benchmarks compared`,
    sections: [
      { id: 'overview', name: 'Overview', body: overview(runs) },
      { id: 'setup', name: 'Setup', body: setupSection(runs, facts, same) },
      { id: 'figures', name: 'Figures', body: figureSection(runs, figures) },
      { id: 'verdicts', name: 'Verdicts', body: verdicts(runs) },
      { id: 'clients', name: 'Clients', body: clients },
    ],
    charts,
    footer: 'Made by dynamo-sim from the folders of the benchmarks alone.',
  })
}

function overview(runs: readonly NamedBench[]): Markup {
  const keys = runKeys(runs)
  const rows = runs.map(({ name, data }, index) => {
    const key = keys[index]
    return html`<tr>
      <th scope="row">${key !== undefined && swatch({ ...key, label: '' })}${name}</th>
      <td class="expected">${data.bench.startedAt}</td>
      <td>${overall(data)}${data.bench.interrupted && partMark()}</td>
      <td><code>${data.bench.command}</code></td>
    </tr>`
  })
  return html`<section class="hero" id="overview">
    <p class="eyebrow"><span>side by side</span></p>
    <h1>${runs.map(({ name }) => name).join(' · ')}</h1>
    ${scrolled(
      'Benchmarks',
      headed('verdicts runs', ['Benchmark', 'Begun', 'Verdict', 'To repeat it'], rows),
    )}
  </section>`
}

const factsOf = ({ bench }: BenchData): ReadonlyMap<string, string> =>
  new Map([
    ['type', bench.type],
    ['targets', bench.targets.join(', ')],
    ['bucket', bench.bucket],
    ['operations', String(bench.operations)],
    ['warm-up', String(bench.warmUp)],
    ['workers', String(bench.workers)],
    ['reads of mixed', `${String(bench.readPercent)}%`],
    ...(bench.txnKeys === undefined
      ? []
      : [['keys of a transaction', String(bench.txnKeys)] as const]),
    ['rate', bench.perSecond === null ? 'closed loop' : `${String(bench.perSecond)} per second`],
    ['keys', `${String(bench.keys)}, ${bench.distribution}`],
    ['bytes of a value', String(bench.valueBytes)],
    ['seed', String(bench.seed)],
    ['version', bench.version],
  ])
