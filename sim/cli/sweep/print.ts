/** What a sweep prints at its end, for a person. */
import { join } from 'node:path'
import Table from 'cli-table3'
import pc from 'picocolors'
import { figureCell, figureName, shareText } from '../../../reports/sweep.js'
import type { FigureRow, SweepSummary, VariantSummary } from '../../../reports/sweep/aggregate.js'
import type { Failure, Sweep } from '../../../reports/sweep/model.js'
import { number } from '../summary.js'

const mostFailures = 10

export function printSweep(
  folder: string,
  sweep: Sweep,
  summary: SweepSummary,
  failures: readonly Failure[],
): void {
  const lines = ['', pc.bold(sweep.variants[0]?.scenario.name ?? '')]
  for (const variant of summary.variants) lines.push('', ...variantLines(variant))
  for (const { name, against, pairs, figures, failsHereOnly, failsThereOnly } of summary.paired) {
    lines.push('', pc.bold(`${name} minus ${against}`) + `, ${number(pairs)} seeds in pairs`)
    lines.push(differences(figures))
    lines.push(
      `fails only with ${name}: ${number(failsHereOnly)} seeds; ` +
        `only with ${against}: ${number(failsThereOnly)}`,
    )
  }
  lines.push('', ...failureLines(failures), overall(sweep, summary), '')
  for (const file of ['sweep.html', 'sweep.csv', 'sweep.json'])
    lines.push(`  ${join(folder, file)}`)
  const seconds = Math.max(sweep.wallMillis, 1) / 1000
  const rate = (sweep.results.length / seconds).toFixed(1)
  lines.push(
    '',
    `${number(sweep.results.length)} runs in ${seconds.toFixed(2)} s on ` +
      `${String(sweep.workers)} worker${sweep.workers === 1 ? '' : 's'}: ${rate} runs/s`,
    '',
    sweep.command,
    '',
  )
  process.stdout.write(lines.join('\n'))
}

function variantLines(variant: VariantSummary): readonly string[] {
  const head = variant.name === '' ? [] : [pc.bold(variant.name)]
  const figures = new Table({
    head: ['figure', 'mean', '95% confidence', 'least', 'most', 'seeds'].map((text) =>
      pc.dim(text),
    ),
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  })
  for (const row of variant.figures) figures.push([figureName(row.figure), ...cells(row)])
  return [
    ...head,
    variant.ok.whole === 0
      ? 'no run has ended, so nothing is known'
      : `expectations hold for ${shareText(variant.ok)}`,
    ...(variant.unknown.part > 0 ? [`undecided for ${shareText(variant.unknown)}`] : []),
    ...variant.failures.map(({ check, share }) =>
      pc.red(`${figureName(check)} is not as expected for ${shareText(share)}`),
    ),
    figures.toString(),
  ]
}

function cells({ estimate, unit }: FigureRow): readonly string[] {
  if (estimate === null) return ['–', '–', '–', '–', '0']
  const { mean, low, high, min, max, count } = estimate
  const interval =
    low === null || high === null ? '–' : `${figureCell(low, unit)} to ${figureCell(high, unit)}`
  return [
    figureCell(mean, unit),
    interval,
    figureCell(min, unit),
    figureCell(max, unit),
    number(count),
  ]
}

function differences(rows: readonly FigureRow[]): string {
  const table = new Table({
    head: ['figure', 'mean difference', '95% confidence', 'seeds'].map((text) => pc.dim(text)),
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right'],
  })
  for (const row of rows) {
    const [mean, interval, , , count] = cells(row)
    table.push([figureName(row.figure), mean, interval, count])
  }
  return table.toString()
}

function failureLines(failures: readonly Failure[]): readonly string[] {
  if (failures.length === 0) return []
  const shown = failures
    .slice(0, mostFailures)
    .flatMap(({ result, command }) => [
      pc.red(`seed ${String(result.seed)}: ${result.failed.map(({ check }) => check).join(', ')}`),
      `  ${command}`,
    ])
  const more = failures.length - mostFailures
  const rest = more > 0 ? [`and ${number(more)} more in failures/`] : []
  return [...shown, ...rest, '']
}

function overall({ interrupted, planned, results }: Sweep, summary: SweepSummary): string {
  const { length } = results
  if (length < planned) {
    const why = interrupted ? 'Interrupted' : 'Incomplete'
    return pc.yellow(`${why}: these are ${number(length)} of ${number(planned)} runs.`)
  }
  const some = (verdict: 'violation' | 'unknown'): boolean =>
    summary.variants.some((variant) => variant[verdict].part > 0)
  if (some('violation')) return pc.red('An expectation does not hold for every seed.')
  if (some('unknown')) return pc.yellow('Not every expectation could be decided.')
  return pc.green('Every expectation holds for every seed.')
}
