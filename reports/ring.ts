/** ring.html: how even a ring is, and how much each step of a plan moves, for people. */
import type { Chart } from './chart/chart.js'
import { ringChart } from './chart/cluster.js'
import { dataTable, figure, scrolled } from './page/figure.js'
import { count, percent, plural } from './page/format.js'
import { verdictMark } from './page/mark.js'
import { html } from './page/markup.js'
import type { Markup } from './page/markup.js'
import { page } from './page/shell.js'
import { overload } from './ring/measure.js'
import type { RingStep } from './ring/measure.js'

/** All that `sim ring` has found out. */
export interface RingFile {
  readonly format: 1
  readonly version: string
  readonly command: string
  readonly name: string
  readonly partitions: number
  readonly replicas: number
  /** In the sample. */
  readonly keys: number
  readonly steps: readonly RingStep[]
}

/** An HTML file that loads nothing. */
export function ringPage(file: RingFile): Promise<string> {
  const charts = file.steps.map((step, index) => chartOf(file, step, index))
  return page({
    title: `Ring of ${file.name}: dynamo-sim`,
    brand: `Ring of ${file.name}`,
    sections: [
      { id: 'overview', name: 'Overview', body: overview(file) },
      { id: 'steps', name: 'Steps', body: steps(file) },
      { id: 'nodes', name: 'Who holds what', body: nodes(charts) },
      { id: 'repeat', name: 'Run it again', body: repeat(file) },
    ],
    charts,
    footer: `Made by dynamo-sim ${file.version}; ring.csv has a row for every node and step.`,
  })
}

function overview({ name, partitions, replicas, keys, steps: all }: RingFile): Markup {
  const problems = all.flatMap((step) => step.problems)
  const torn = all.reduce((sum, step) => sum + step.torn, 0)
  const moved = all.reduce((sum, step) => sum + step.movedReplicas, 0)
  const due = all.reduce((sum, step) => sum + step.dueReplicas, 0)
  return html`<section class="hero" id="overview">
    <p class="eyebrow">
      <span>${plural(partitions, 'partition')}</span><span>${plural(replicas, 'replica')} each</span
      ><span>${plural(keys, 'key')} sampled</span>
    </p>
    <h1>The ring of ${name}</h1>
    <p class="about">
      Who owns what is a table of partitions, not arcs between random tokens: it can be dealt out
      evenly, and a member that comes or goes moves its own share and nothing else.
    </p>
    ${
      torn > 0
        ? verdictMark('violation', `${plural(torn, 'partition')} would lose two owners at once`)
        : problems.length > 0
          ? verdictMark('unknown', `${plural(problems.length, 'wish', 'wishes')} not met`)
          : verdictMark('ok', 'Every wish is met, and no partition loses two owners at once')
    }
    <dl class="tiles">
      <div>
        <dt>Moved</dt>
        <dd>${count(moved)}</dd>
        <dd class="note">replicas; due are ${count(due)}</dd>
      </div>
      <div>
        <dt>Fullest node</dt>
        <dd>${above(overload(all.at(-1) as RingStep, 'replicas'))}</dd>
        <dd class="note">its fair share of replicas, in the end</dd>
      </div>
      <div>
        <dt>By keys</dt>
        <dd>${above(overload(all.at(-1) as RingStep, 'keys'))}</dd>
        <dd class="note">as keys fall into partitions by chance</dd>
      </div>
    </dl>
    ${
      problems.length > 0 &&
      html`<ul>
        ${problems.map((problem) => html`<li>${problem}</li>`)}
      </ul>`
    }
  </section>`
}

const above = (share: number): string => `+${percent(share)}`

export const stepHead = [
  'step',
  'epoch',
  'members',
  'replicas moved',
  'due',
  'keys moved',
  'of all copies',
  'new first owners',
  'fullest by replicas',
  'fullest by keys',
]

export function stepRow(step: RingStep): readonly string[] {
  return [
    step.label,
    count(step.epoch),
    count(step.shares.length),
    count(step.movedReplicas),
    count(step.dueReplicas),
    count(step.movedKeys),
    step.copies === 0 ? '–' : percent(step.movedKeys / step.copies),
    count(step.newFirstOwners),
    above(overload(step, 'replicas')),
    above(overload(step, 'keys')),
  ]
}

function steps({ steps: all }: RingFile): Markup {
  const table = dataTable({ head: stepHead, rows: all.map(stepRow) }, 'Steps')
  return html`<section id="steps">
    <h2>Steps</h2>
    ${scrolled('Steps', table)}
  </section>`
}

function chartOf({ partitions }: RingFile, step: RingStep, index: number): Chart {
  const rows = step.shares.map(({ node, zone, weight, primaries, replicas }) => {
    return { node, zone, weight, primary: primaries, replicas }
  })
  return ringChart(`ring-${String(index)}`, `Partitions per node: ${step.label}`, partitions, rows)
}

function nodes(charts: readonly Chart[]): Markup {
  return html`<section id="nodes">
    <h2>Who holds what</h2>
    <div class="figures">${charts.map((chart) => figure(chart, 'half'))}</div>
  </section>`
}

function repeat({ command }: RingFile): Markup {
  return html`<section id="repeat">
    <h2>Run it again</h2>
    <div class="command">
      <pre><code>${command}</code></pre>
    </div>
  </section>`
}
