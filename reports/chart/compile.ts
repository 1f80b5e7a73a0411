/**
 * Vega-Lite to Vega, when the report is written: the page then carries one runtime, and no
 * compiler. Loaded late, since a run that writes no report should not wait for it; from one file
 * that the build makes, which loads four times faster than the package.
 */
import { existsSync } from 'node:fs'
import type * as VegaLite from 'vega-lite'
import type { Chart, Spec } from './chart.js'
import { config } from './theme.js'

export interface Compiled {
  readonly id: string
  readonly vega: Spec
}

/** `warnings`: what vega-lite thought of the specifications; empty, or a chart is wrong. */
export interface Compilation {
  readonly charts: readonly Compiled[]
  readonly config: unknown
  readonly warnings: readonly string[]
}

export async function compileCharts(charts: readonly Chart[]): Promise<Compilation> {
  const vegaLite = await load()
  const warnings: string[] = []
  const logger = quietLogger(warnings)
  let shared: unknown = {}
  const compiled = charts.map((chart) => {
    const spec = chart.spec as unknown as VegaLite.TopLevelSpec
    const result = vegaLite.compile(spec, { config, logger })
    // All charts have the same configuration: it is kept once.
    const { config: own, ...vega } = result.spec as unknown as Record<string, unknown>
    shared = own
    return { id: chart.id, vega }
  })
  return { charts: compiled, config: shared, warnings }
}

async function load(): Promise<typeof VegaLite> {
  const bundle = new URL('../vega-lite-bundle.js', import.meta.url)
  if (existsSync(bundle)) return (await import(bundle.href)) as typeof VegaLite
  return import('vega-lite')
}

type Logger = NonNullable<NonNullable<Parameters<typeof VegaLite.compile>[1]>['logger']>

/** Nothing is printed from here: a report is no reason to write to somebody's terminal. */
function quietLogger(warnings: string[]): Logger {
  const logger = {
    level: () => logger,
    error: (...parts: readonly unknown[]) => note(parts),
    warn: (...parts: readonly unknown[]) => note(parts),
    info: () => logger,
    debug: () => logger,
  } as unknown as Logger
  function note(parts: readonly unknown[]): Logger {
    warnings.push(parts.map(String).join(' '))
    return logger
  }
  return logger
}
