/** plant.html: the matrix of planted bugs, for people. Is the tester any good? */
import { headed, nothing, scrolled } from './page/figure.js'
import { count, plural } from './page/format.js'
import { verdictMark } from './page/mark.js'
import { html } from './page/markup.js'
import type { Markup } from './page/markup.js'
import { page } from './page/shell.js'
import { isGood } from './plant/model.js'
import type { Alarm, Hunt, PlantFile, Shrunk } from './plant/model.js'

/** An HTML file that loads nothing. */
export function plantPage(file: PlantFile): Promise<string> {
  return page({
    title: 'Planted bugs: dynamo-sim',
    brand: 'Planted bugs',
    sections: [
      { id: 'overview', name: 'Overview', body: overview(file) },
      { id: 'matrix', name: 'The matrix', body: matrix(file) },
      { id: 'evidence', name: 'What was said', body: evidence(file) },
      { id: 'alarms', name: 'False alarms', body: alarms(file) },
      { id: 'repeat', name: 'Run it again', body: repeat(file) },
    ],
    charts: [],
    footer: `Made by dynamo-sim ${file.version}; plant.csv has a row for every bug.`,
  })
}

function overview({ hunts, planned, seeds, interrupted }: PlantFile): Markup {
  const found = hunts.filter((hunt) => hunt.found !== null).length
  const clean = hunts.reduce((sum, { cleanRuns }) => sum + cleanRuns, 0)
  const wrong = hunts.reduce((sum, { falseAlarms }) => sum + falseAlarms.length, 0)
  return html`<section class="hero" id="overview">
    <p class="eyebrow">
      <span>${plural(hunts.length, 'bug')}</span><span>up to ${plural(seeds, 'seed')} each</span>
    </p>
    <h1>Planted bugs</h1>
    <p class="about">
      A checker that has never failed is not trusted. Each row is a bug that real stores have had,
      planted in every node, and a scenario whose faults provoke it. It is found if the invariant or
      check that must fire does. The correct code runs the same scenarios and seeds, and nothing may
      fire there.
    </p>
    ${
      interrupted || hunts.length < planned
        ? verdictMark(
            'unknown',
            `${count(hunts.length)} of ${plural(planned, 'bug')} were looked for`,
          )
        : hunts.every(isGood)
          ? verdictMark('ok', 'Every bug is found, and nothing else is')
          : verdictMark('violation', 'The tester is not good enough')
    }
    <dl class="tiles">
      <div>
        <dt>Found</dt>
        <dd>${count(found)}</dd>
        <dd class="note">of ${count(hunts.length)}</dd>
      </div>
      <div>
        <dt>Correct runs</dt>
        <dd>${count(clean)}</dd>
        <dd class="note">of the same scenarios</dd>
      </div>
      <div>
        <dt>False alarms</dt>
        <dd>${count(wrong)}</dd>
        <dd class="note">in them</dd>
      </div>
    </dl>
  </section>`
}

function matrix({ hunts }: PlantFile): Markup {
  const head = [
    'No.',
    'Bug',
    'Must fire',
    'Found',
    'Seeds needed',
    'Events',
    'Shrunk to',
    'Correct code',
  ]
  const rows = hunts.map((hunt) => row(hunt))
  const table = headed('verdicts plants', head, rows)
  return html`<section id="matrix">
    <h2>The matrix</h2>
    ${hunts.length === 0 ? nothing('No bug was looked for.') : scrolled('The matrix', table)}
  </section>`
}

function row(hunt: Hunt): Markup {
  const { title, seen, plant, mustFire, found, seedsNeeded, events, shrunk } = hunt
  return html`<tr>
    <td data-label="row">${hunt.row}</td>
    <th scope="row">
      ${title}<br /><span class="caption">${seen}; <code>${plant}</code></span>
    </th>
    <td class="names" data-label="must fire">
      ${mustFire.map((name, at) => html`${at > 0 && html`<br />or `}${name}`)}
    </td>
    <td>
      ${found === null ? verdictMark('violation', 'not found') : verdictMark('ok', found.fired)}
    </td>
    <td data-label="seeds">${count(seedsNeeded)}</td>
    <td data-label="events">${found === null ? '–' : count(events)}</td>
    <td data-label="shrunk to">${shrunk === null ? (hunt.notShrunk ?? '–') : size(shrunk)}</td>
    <td>
      ${
        hunt.falseAlarms.length === 0
          ? verdictMark('ok', `quiet in ${plural(hunt.cleanRuns, 'run')}`)
          : verdictMark('violation', plural(hunt.falseAlarms.length, 'false alarm'))
      }
    </td>
  </tr>`
}

function size({ faults, operations, isDrawn, text }: Shrunk): string {
  const asked = isDrawn ? 'a drawn load' : plural(operations, 'operation')
  return `${plural(faults, 'fault')}, ${asked}; ${plural(linesOf(text), 'line')}`
}

const linesOf = (text: string): number => text.trimEnd().split('\n').length

function evidence({ hunts }: PlantFile): Markup {
  const items = hunts.map(
    ({ row: number, title, found, command, others, shrunk }) =>
      html`<div class="example">
        <h3>${number}. ${title}</h3>
        <p>${found === null ? 'Not found.' : said(found)}</p>
        ${
          others.length > 0 &&
          html`<p class="caption">
            Before, this fired, which does not count: ${others.map(said).join(' ')}
          </p>`
        }
        <div class="command">
          <pre><code>${command}</code></pre>
        </div>
        ${shrunk !== null && small(title, shrunk)}
      </div>`,
  )
  return html`<section id="evidence">
    <h2>What was said</h2>
    ${items}
  </section>`
}

/** The whole file: most are shorter than what could be said of them. */
const small = (title: string, shrunk: Shrunk): Markup =>
  html`<details>
    <summary>Made small<span class="visually-hidden">: ${title}</span> (${size(shrunk)})</summary>
    ${scrolled(`Made small: ${title}`, html`<pre><code>${shrunk.text}</code></pre>`)}
  </details>`

const said = ({ seed, fired, summary }: Alarm): string =>
  `Seed ${String(seed)}, ${fired}: ${summary}.`

function alarms({ hunts }: PlantFile): Markup {
  const found = hunts.flatMap(({ scenario, falseAlarms }) =>
    falseAlarms.map((alarm) => html`<p><strong>${scenario}</strong>: ${said(alarm)}</p>`),
  )
  return html`<section id="alarms">
    <h2>False alarms of the correct code</h2>
    ${found.length === 0 ? nothing('None.') : found}
  </section>`
}

function repeat({ command, wallMillis }: PlantFile): Markup {
  return html`<section id="repeat">
    <h2>Run it again</h2>
    <p class="lead">
      The same seeds give the same runs. It took ${(wallMillis / 1000).toFixed(1)} s.
    </p>
    <div class="command">
      <pre><code>${command}</code></pre>
    </div>
  </section>`
}
