/**
 * The top of a report: what was run, what happened in three sentences, and the figures one asks
 * for first.
 */
import { checkOf, figureOf } from '../aggregate.js'
import type { RunData } from '../aggregate.js'
import { answeredShare } from '../aggregate/operation.js'
import { count, duration, percent } from './format.js'
import { verdictMark } from './mark.js'
import { html } from './markup.js'
import type { Content, Markup } from './markup.js'
import { longestRecovery, story } from './story.js'

export function overview(data: RunData): Markup {
  const { run } = data
  const { scenario } = run
  const sentences = story(data)
  const heads = ['What clients saw', 'What became of the data', 'What the faults did']
  return html`<section class="hero" id="overview">
    <p class="eyebrow">
      <span>${shape(data)}</span><span>seed ${run.seed}</span
      ><span>trace <span class="mono">${run.traceHash}</span></span>
    </p>
    <h1>${scenario.name}</h1>
    <p class="about">${scenario.about}</p>
    ${overall(data)}
    <ol class="story">
      ${sentences.map(
        (sentence, index) =>
          html`<li>
            <h2>${heads[index] ?? ''}</h2>
            <p>${sentence}</p>
          </li>`,
      )}
    </ol>
    <dl class="tiles">${tiles(data)}</dl>
  </section>`
}

function shape({ run }: RunData): string {
  const { n, r, w, sloppy, nodes } = run.scenario.cluster
  const quorum = `N=${String(n)} R=${String(r)} W=${String(w)}${sloppy ? ', sloppy' : ', strict'}`
  return `${count(nodes.length)} nodes, ${quorum}`
}

function overall({ verdict, run }: RunData): Markup {
  if (run.interrupted)
    return verdictMark('unknown', 'Interrupted: what follows is a part of the run')
  const broken = run.invariants?.violation ?? null
  if (broken !== null) {
    return verdictMark('violation', `Invariant violated: ${broken.invariant}; the run stops there`)
  }
  if (verdict === null) return verdictMark('none', 'Not checked yet')
  const asked = verdict.checks.filter((check) => check.expected !== null).length
  switch (verdict.verdict) {
    case 'ok':
      return verdictMark(
        'ok',
        asked === 0 ? 'Nothing was expected of this run' : expectations(asked),
      )
    case 'violation':
      return verdictMark('violation', 'An expectation does not hold')
    case 'unknown':
      return verdictMark('unknown', 'An expectation could not be decided')
  }
}

const expectations = (asked: number): string =>
  asked === 1 ? 'The one expectation holds' : `All ${String(asked)} expectations hold`

/** `4.12 ms` with its unit set smaller. */
function figureText(text: string): Content {
  const [, number = text, unit = ''] = /^([\d,.]+)\s?(\D.*)?$/.exec(text) ?? []
  return unit === '' ? number : html`${number}<span class="unit">${unit}</span>`
}

function tiles(data: RunData): readonly Markup[] {
  const { whole } = data.operations
  const { ok, fail, info } = whole.tally
  const share = answeredShare(whole.tally)
  const durability = checkOf(data, 'durability')
  const lost = figureOf(durability, 'lost')
  const tile = (name: string, value: string, note: string): Markup =>
    html`<div>
      <dt>${name}</dt>
      <dd>${figureText(value)}</dd>
      <dd class="note">${note}</dd>
    </div>`
  const latency = (name: string, side: 'reads' | 'writes'): Markup => {
    const p99 = whole[side].latency.quantile(0.99)
    const p50 = whole[side].latency.quantile(0.5)
    return tile(
      name,
      p99 === null ? '–' : duration(p99),
      p50 === null ? 'none answered' : `p50 ${duration(p50)}`,
    )
  }
  return [
    tile('Operations', count(ok + fail + info), `${count(fail)} failed, ${count(info)} unknown`),
    tile('Answered', share === null ? '–' : percent(share), 'share of all operations'),
    latency('Read p99', 'reads'),
    latency('Write p99', 'writes'),
    tile(
      'Writes lost',
      lost === null ? '–' : count(lost),
      lost === null
        ? durability === undefined
          ? 'not checked'
          : 'could not be decided'
        : `of ${count(figureOf(durability, 'acknowledged') ?? 0)} acknowledged`,
    ),
    wholeTile(data, tile),
  ]
}

function wholeTile(
  data: RunData,
  tile: (name: string, value: string, note: string) => Markup,
): Markup {
  const longest = longestRecovery(data)
  const { interrupted, healedAtMicros } = data.run
  if (interrupted || healedAtMicros === null)
    return tile('Whole again', '–', 'the run stopped before its end')
  if (data.run.convergedAtMicros === null) return tile('Whole again', 'never', 'within this run')
  if (longest === null) return tile('Whole again', '–', 'nothing was broken')
  const several = data.run.recoveries.length > 1
  return tile(
    'Whole again',
    duration(longest),
    several ? 'at most, after a fault' : 'after the fault',
  )
}
