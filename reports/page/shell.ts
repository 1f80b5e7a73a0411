/** The page around the sections: policy, style, navigation, data and script, all inline. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Chart, Columns } from '../chart/chart.js'
import { compileCharts } from '../chart/compile.js'
import { embeddedJson, html, trusted } from './markup.js'
import type { Markup } from './markup.js'

export interface PageParts {
  readonly title: string
  readonly brand: string
  readonly sections: readonly {
    readonly id: string
    readonly name: string
    readonly body: Markup
  }[]
  readonly charts: readonly Chart[]
  readonly footer: string
}

/** One HTML file that needs nothing else, and may load nothing else. */
export async function page(parts: PageParts): Promise<string> {
  const compilation = await compileCharts(parts.charts)
  const cursors = new Map(parts.charts.map((chart) => [chart.id, chart.cursor]))
  const data = {
    config: compilation.config,
    charts: compilation.charts.map((chart) => ({
      ...chart,
      cursor: cursors.get(chart.id) ?? null,
    })),
    data: Object.assign({}, ...parts.charts.map((chart) => chart.data)) as Record<string, Columns>,
  }
  const script = built('vega-bundle.js')
  const sheet = built('style.css') + places(parts.charts)
  const policy =
    `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(sheet)}; ` +
    "img-src data:; base-uri 'none'; form-action 'none'"
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="dynamo-sim" />
        <title>${parts.title}</title>
        <link rel="icon" href="data:," />
        ${element('style', sheet)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <div class="frame">
          <nav class="rail" aria-label="Sections">
            <p class="brand"><strong>${parts.brand}</strong>dynamo-sim report</p>
            <ul>
              ${parts.sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ul>
          </nav>
          <main id="main">
            <noscript
              ><p>
                The charts are drawn by a script, which is switched off here. Their captions and
                tables say the same.
              </p></noscript
            >
            ${parts.sections.map(({ body }) => body)}
            <footer><p>${parts.footer}</p></footer>
          </main>
        </div>
        ${dataElement(data)} ${element('script', script)}
      </body>
    </html> `
  return text.text
}

/** To the letter: the policy's hashes are of what stands between the tags. */
const element = (name: 'style' | 'script', text: string): Markup =>
  trusted(`<${name}>${text}</${name}>`)

const dataElement = (data: unknown): Markup =>
  trusted(`<script type="application/json" id="report-data">${embeddedJson(data).text}</script>`)

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Charts are drawn one after the other; their places keep the page from jumping meanwhile. */
const places = (charts: readonly Chart[]): string =>
  charts
    .map(({ id, spec }) => {
      const height = spec['height']
      return typeof height === 'number' ? `#plot-${id}{min-height:${String(height)}px}` : ''
    })
    .join('\n')

/**
 * A file that reports/bundle.mjs made: beside the compiled sources, or below dist when these run
 * as they are.
 */
function built(name: string): string {
  const path = ['..', '../../dist/reports']
    .map((folder) => fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)))
    .find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error(`dist/reports/${name} is missing: npm run build makes it`)
  return readFileSync(path, 'utf8')
}
