// Three files that the build leaves beside the compiled reports:
// - vega-bundle.js, put inline in every report: Vega, its interpreter and the report's own script.
// - style.css, put inline too: the style sheet, without its spaces.
// - vega-lite-bundle.js, loaded when a report is written: one file loads four times faster than
//   the package's two hundred.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const shared = { bundle: true, minify: true, legalComments: 'none', logLevel: 'warning' }

/** Inside `<script>`, these would end the element or begin a comment; esbuild avoids them. */
const closing = /<\/script|<!--/i

export async function bundle() {
  const page = path('../dist/reports/vega-bundle.js')
  await Promise.all([
    build({
      ...shared,
      entryPoints: [path('page/client.ts')],
      outfile: page,
      format: 'iife',
      target: 'es2022',
      platform: 'browser',
      charset: 'ascii',
    }),
    build({
      ...shared,
      entryPoints: [path('page/style.css')],
      outfile: path('../dist/reports/style.css'),
      target: 'es2022',
    }),
    build({
      ...shared,
      stdin: { contents: "export { compile } from 'vega-lite'", resolveDir: path('.') },
      outfile: path('../dist/reports/vega-lite-bundle.js'),
      format: 'esm',
      target: 'node20',
      platform: 'node',
    }),
  ])
  if (closing.test(readFileSync(page, 'utf8'))) {
    throw new Error(`${page} cannot be put inside a script element`)
  }
}
