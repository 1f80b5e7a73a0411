/** The page of a benchmark: the figures, then throughput and latency over time. */
import type { BenchData, TransactionData } from '../bench/model.js'
import type { Histogram } from '../aggregate/histogram.js'
import { answeredShare } from '../aggregate/operation.js'
import type { Chart } from '../chart/chart.js'
import { availability, distribution, latency, refusals, throughput } from '../chart/client.js'
import { faultLanes } from '../chart/fault.js'
import { windowColumns } from '../chart/window.js'
import { faultSection } from './benchfault.js'
import { figure, headed, nothing, scrolled } from './figure.js'
import { bytes, count, duration, percent, plural, short, words } from './format.js'
import { verdictMark } from './mark.js'
import { html } from './markup.js'
import type { Content, Markup } from './markup.js'
import { page } from './shell.js'

/** As the text of an HTML file that loads nothing. */
export function benchPage(data: BenchData): Promise<string> {
  const { bench, operations } = data
  const windows = windowColumns(data)
  const { reads, writes, tally } = operations.whole
  const half: Chart[] = []
  if (sum(reads.tally) > 0) half.push(latency(data, windows, 'read'))
  if (sum(writes.tally) > 0) half.push(latency(data, windows, 'write'))
  // Of a run that was stopped while it warmed up there is nothing to draw.
  const isEmpty = sum(tally) === 0
  const whole = isEmpty
    ? []
    : [throughput(data, windows), distribution(data), availability(data, windows)]
  const refused = tally.fail + tally.info === 0 ? [] : [refusals(data, windows)]
  const lanes = faultLanes(data)
  const faults =
    lanes === null ? [] : [{ id: 'faults', name: 'Faults', body: faultSection(data, lanes) }]
  return page({
    title: `${bench.type}: dynamo-sim bench`,
    brand: `bench ${bench.type}`,
    sections: [
      { id: 'overview', name: 'Overview', body: overview(data) },
      { id: 'latency', name: 'Latency', body: charts([...whole, ...refused], half) },
      ...faults,
      { id: 'verdicts', name: 'Verdicts', body: verdicts(data) },
      { id: 'repeat', name: 'Run it again', body: repeat(data) },
    ],
    charts: [...whole, ...refused, ...half, ...(lanes === null ? [] : [lanes])],
    footer: `Made by dynamo-sim ${bench.version} from bench.json and history.jsonl alone.`,
  })
}

const sum = ({ ok, fail, info }: BenchData['operations']['whole']['tally']): number =>
  ok + fail + info

function overview(data: BenchData): Markup {
  const { bench, all, operations, run } = data
  const { ok, fail, info } = operations.whole.tally
  const share = answeredShare(operations.whole.tally)
  const rate = ok / (run.counts.simulatedMicros / 1e6)
  const time = (histogram: Histogram, q: number): string => {
    const micros = histogram.quantile(q)
    return micros === null ? '–' : duration(micros)
  }
  const p999 = `p99.9 ${time(all, 0.999)}`
  const { transactions } = data
  return html`<section class="hero" id="overview">
    <p class="eyebrow"><span>${loop(data)}</span><span>${bench.startedAt}</span></p>
    <h1>${bench.type}</h1>
    <p class="about">
      ${plural(bench.workers, 'worker')} on a live cluster at ${bench.targets.join(', ')}.
    </p>
    ${bench.interrupted && verdictMark('unknown', 'Interrupted: what follows is a part of the run')}
    <dl class="tiles">
      ${tile('Per second', short(rate), `answered, over ${duration(run.counts.simulatedMicros)}`)}
      ${tile('p50', time(all, 0.5), 'of all operations')} ${tile('p99', time(all, 0.99), p999)}
      ${tile('Operations', count(ok + fail + info), `${count(fail)} failed, ${count(info)} unknown`)}
      ${tile('Answered', share === null ? '–' : percent(share), 'share of all operations')}
    </dl>
    ${transactions !== null && transactionTiles(data, transactions)}
  </section>`
}

/** What a transaction is, and is not, and how they fared. */
function transactionTiles({ bench, run }: BenchData, found: TransactionData): Markup {
  const { ok, fail, info, partial, overlapped, merged, latency: whole } = found
  const rate = ok / (run.counts.simulatedMicros / 1e6)
  const time = (q: number): string => {
    const micros = whole.quantile(q)
    return micros === null ? '–' : duration(micros)
  }
  // Where the last write wins there are no siblings to see it by.
  const isSeen = bench.conflict !== 'lww'
  return html`<p class="about">
      A transaction is one client that reads ${plural(bench.txnKeys ?? 0, 'key')}, one after the
      other, then writes each with the context it read. The store promises no isolation: others
      write in between, and what is written stays if the rest fails.
    </p>
    <dl class="tiles">
      ${tile('Transactions', short(rate), 'done, per second')}
      ${tile('Whole p50', time(0.5), `p90 ${time(0.9)}`)}
      ${tile('Whole p99', time(0.99), `p99.9 ${time(0.999)}`)}
      ${tile('Done', count(ok), `${count(fail)} failed, ${count(info)} unknown, ${count(partial)} of them in part`)}
      ${tile(
        'Overlapped',
        isSeen ? count(overlapped) : '–',
        isSeen
          ? `left siblings: somebody wrote in between; ${count(merged)} merged siblings`
          : 'not seen where the last write wins',
      )}
    </dl>`
}

const tile = (name: string, value: string, note: string): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
    <dd class="note">${note}</dd>
  </div>`

const loop = ({ bench }: BenchData): string =>
  bench.perSecond === null
    ? 'closed loop: each worker asks when it was answered'
    : `open loop: ${count(bench.perSecond)} per second, latency from when each was due`

function charts(whole: readonly Chart[], half: readonly Chart[]): Markup {
  const figures: Content = [
    half.map((chart) => figure(chart, half.length === 2 ? 'half' : 'whole')),
    whole.map((chart) => figure(chart)),
  ]
  return html`<section id="latency">
    <h2>Latency and throughput</h2>
    <p class="lead">
      Of the measured operations: writing the keys and the warm-up before them do not count.
    </p>
    ${
      whole.length + half.length === 0
        ? nothing('Nothing was measured.')
        : html`<div class="charts">${figures}</div>`
    }
  </section>`
}

/** What the history says, with what each owner held in the end. */
function verdicts({ verdict, bench }: BenchData): Markup {
  const why = bench.finals?.kind === 'unread' ? bench.finals.why : 'no check was made'
  const rows = (verdict?.checks ?? []).map((check) => {
    const mark = check.met === null && check.verdict === 'violation' ? 'none' : check.verdict
    const found = { ok: 'holds', violation: 'violated', unknown: 'undecided' }[check.verdict]
    return html`<tr>
      <th scope="row">${words(check.check)}</th>
      <td class="expected">${check.met === null ? 'not asked' : 'holds'}</td>
      <td>${verdictMark(mark, found)}</td>
      <td>${check.summary}</td>
    </tr>`
  })
  return html`<section id="verdicts">
    <h2>Verdicts</h2>
    ${
      rows.length === 0
        ? nothing(`Unknown whether anything was lost: ${why}.`)
        : scrolled('Verdicts', headed('verdicts', ['Check', 'Expected', 'Found', 'In words'], rows))
    }
  </section>`
}

function repeat({ bench }: BenchData): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ['targets', bench.targets.join(', ')],
    ['bucket', bench.bucket],
    ['keys', `${count(bench.keys)}, ${bench.distribution}, from ${bench.keyPrefix}k1`],
    ['values', bytes(bench.valueBytes)],
    ...(bench.txnKeys === undefined
      ? []
      : [['keys of a transaction', String(bench.txnKeys)] as const]),
    ['reads', bench.type === 'mixed' ? `${String(bench.readPercent)}%` : bench.type],
    ['first writes of keys', count(bench.counts.loaded)],
    ['warm-up', plural(bench.counts.warmUp, 'operation')],
    ['reads to merge siblings', count(bench.counts.merges)],
    ['seed', String(bench.seed)],
    ['dynamo-sim', bench.version],
  ]
  return html`<section id="repeat">
    <h2>Run it again</h2>
    <p class="lead">
      The seed draws the same keys in the same order; how long they take is up to the machines.
    </p>
    <div class="command">
      <pre id="command" tabindex="0">${bench.command}</pre>
      <button type="button" data-copies="command" hidden>Copy</button>
    </div>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
