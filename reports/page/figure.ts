/**
 * One chart of the page: its title and key, the place where the script draws it, and what it says
 * in words.
 */
import type { Chart, KeyEntry, Table } from '../chart/chart.js'
import { html } from './markup.js'
import type { Content, Markup } from './markup.js'

export type Span = 'whole' | 'half' | 'third'

export function figure(chart: Chart | null, span: Span = 'whole'): Content {
  if (chart === null) return null
  const { id, title, unit, keys, summary, table } = chart
  return html`<figure class="chart ${span}" id="chart-${id}" aria-labelledby="title-${id}">
    <h3 id="title-${id}">${title}</h3>
    <p class="unit">${unit}</p>
    ${
      keys.length > 0 &&
      html`<ul class="keys">
        ${keys.map((key) => html`<li>${swatch(key)}${key.label}</li>`)}
      </ul>`
    }
    <div class="plot" id="plot-${id}"></div>
    <figcaption class="caption">${summary}</figcaption>
    ${
      table !== null &&
      html`<details>
        <summary>Data as a table<span class="visually-hidden">: ${title}</span></summary>
        ${dataTable(table, title)}
      </details>`
    }
  </figure>`
}

/** A line or a patch as the chart draws it. */
export function swatch({ mark, color }: KeyEntry): Markup {
  const line = (width: number, dash: string): Markup =>
    html`<line
      x1="1"
      x2="21"
      y1="6"
      y2="6"
      stroke="${color}"
      stroke-width="${width}"
      stroke-linecap="round"
      ${dash !== '' && html` stroke-dasharray="${dash}"`}
    />`
  const patch = (opacity: number): Markup =>
    html`<rect
      x="1"
      y="1"
      width="20"
      height="10"
      rx="2"
      fill="${color}"
      fill-opacity="${opacity}"
    />`
  const shapes: Readonly<Record<KeyEntry['mark'], Content>> = {
    line: line(2.25, ''),
    thin: line(0.9, ''),
    dashed: line(1.75, '4 3'),
    area: [
      html`<rect x="1" y="2" width="20" height="9" fill="${color}" fill-opacity="0.16" />`,
      html`<line x1="1" x2="21" y1="2" y2="2" stroke="${color}" stroke-width="1.25" />`,
    ],
    band: patch(0.22),
    box: patch(1),
  }
  return html`<svg class="swatch" width="22" height="12" aria-hidden="true">${shapes[mark]}</svg>`
}

/** Rows under a head of plain words; of the verdicts' styles, `runs` has one row a run. */
export function headed(
  kind: 'verdicts' | 'verdicts runs' | 'verdicts plants' | 'by-run' | 'plain',
  head: readonly string[],
  rows: Content,
): Markup {
  return html`<table class="${kind}">
    <thead>
      <tr>
        ${head.map((text) => html`<th scope="col">${text}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
}

const isNumber = (cell: string): boolean =>
  /^[–+−<>-]?[\d,.]*\d(\s?(%|µs|ms|s|B|KiB|MiB|GiB|min.*))?$|^–$/.test(cell)

/** Columns of numbers are set to the right. */
export function dataTable({ head, rows }: Table, caption: string): Markup {
  const numeric = head.map(
    (_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index] ?? '')),
  )
  const kind = (index: number): string => (numeric[index] === true ? 'number' : 'text')
  const name = (cell: string): Content =>
    cell === '' ? html`<span class="visually-hidden">sign</span>` : cell
  const heads = head.map(
    (cell, index) => html`<th scope="col" class="${kind(index)}">${name(cell)}</th>`,
  )
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => html`<td class="${kind(index)}">${cell}</td>`)
    return html`<tr>
      ${cells}
    </tr>`
  })
  return scrolled(
    caption,
    html`<table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>`,
  )
}

/** What is wider than the page scrolls by itself, by keyboard too. */
export const scrolled = (label: string, content: Content): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`

/** What would be drawn if there were something to draw. */
export const nothing = (text: string): Markup => html`<p class="empty">${text}</p>`

/** A diagram that may be wider than the page. */
export const drawing = (label: string, svg: Markup): Markup =>
  html`<div class="diagram" role="region" aria-label="${label}" tabindex="0">${svg}</div>`
