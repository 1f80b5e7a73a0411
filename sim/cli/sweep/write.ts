/** The sweep's folder (docs/results.md): a CSV row a run as they come, the rest at the end. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { sweepPage } from '../../../reports/sweep.js'
import type { SweepSummary } from '../../../reports/sweep/aggregate.js'
import type { Failure, SeedResult, Sweep, Variant } from '../../../reports/sweep/model.js'
import { writeScenario } from '../../../scenarios/write.js'
import { quoted } from '../quoted.js'

const header = [
  ...['seed', 'variant', 'verdict', 'failed', 'undecided', 'trace_hash', 'events'],
  ...['operations', 'ok', 'fail', 'info', 'availability', 'read_p99_us', 'write_p99_us'],
  ...['stale_p99_us', 'recovery_us'],
]

/** Leaves out the machine's time, so that the same sweep gives the same file. */
export class SweepCsv {
  readonly #file: number
  readonly #variants: readonly Variant[]

  constructor(folder: string, variants: readonly Variant[]) {
    this.#file = openSync(join(folder, 'sweep.csv'), 'w')
    this.#variants = variants
    this.#write([header])
  }

  add(results: readonly SeedResult[]): void {
    this.#write(results.map((result) => this.#row(result)))
  }

  close(): void {
    closeSync(this.#file)
  }

  #row(result: SeedResult): readonly (string | number | null)[] {
    const { seed, variant, verdict, failed, undecided, traceHash, events } = result
    const { operations, ok, fail, info, availability } = result
    const { readP99Micros, writeP99Micros, staleP99Micros, recoveryMicros } = result
    const name = this.#variants[variant]?.name ?? ''
    const checks = failed.map(({ check }) => check).join(' ')
    return [
      ...[seed, name, verdict, checks, undecided.join(' '), traceHash, events],
      ...[operations, ok, fail, info, availability, readP99Micros, writeP99Micros],
      ...[staleP99Micros, recoveryMicros],
    ]
  }

  #write(rows: readonly (readonly (string | number | null)[])[]): void {
    if (rows.length === 0) return
    const bytes = Buffer.from(
      stringify(
        rows.map((row) => [...row]),
        { escape_formulas: true },
      ),
    )
    let written = 0
    while (written < bytes.length) written += writeSync(this.#file, bytes, written)
  }
}

export async function writeSweep(
  folder: string,
  sweep: Sweep,
  summary: SweepSummary,
): Promise<readonly Failure[]> {
  const failures = writeFailures(folder, sweep)
  writeJson(join(folder, 'sweep.json'), sweep, summary)
  writeFileSync(join(folder, 'sweep.html'), await sweepPage(sweep, summary, failures))
  return failures
}

function writeFailures(folder: string, sweep: Sweep): readonly Failure[] {
  const failing = sweep.results.filter(({ verdict }) => verdict === 'violation')
  if (failing.length > 0) mkdirSync(join(folder, 'failures'))
  return failing.map((result) => {
    const { seed, variant, failed } = result
    const { name, scenario } = sweep.variants[variant] as Variant
    const suffix = sweep.variants.length > 1 ? `-variant-${String(variant + 1)}` : ''
    const path = join(folder, 'failures', `seed-${String(seed)}${suffix}.yaml`)
    const command = `npx sim run ${quoted(path)}`
    const comments = [
      `Seed ${String(seed)} of ${sweep.file}${name === '' ? '' : ` with ${name}`}, trace hash ${result.traceHash}.`,
      ...failed.map(({ check, summary }) => `${check}: ${summary}`),
      command,
    ]
    const head = comments.map((comment) => `# ${comment.replaceAll(/\s+/g, ' ')}\n`).join('')
    writeFileSync(path, head + writeScenario({ ...scenario, seed }))
    return { result, command }
  })
}

/** A result a line: what people search for is found, and no text of all of them has to be made. */
function writeJson(path: string, sweep: Sweep, summary: SweepSummary): void {
  const { results, ...rest } = sweep
  const file = openSync(path, 'w')
  const head = JSON.stringify({ ...rest, summary }, null, 2)
  writeFileSync(file, `${head.slice(0, -2)},\n  "results": [`)
  for (let from = 0; from < results.length; from += 1_000) {
    const lines = results
      .slice(from, from + 1_000)
      .map((result) => `\n    ${JSON.stringify(result)}`)
    writeFileSync(file, (from === 0 ? '' : ',') + lines.join(','))
  }
  writeFileSync(file, results.length === 0 ? ']\n}\n' : '\n  ]\n}\n')
  closeSync(file)
}
