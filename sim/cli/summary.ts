/** What `sim run` prints at its end: results on standard output, for a person or as one JSON object. */
import Table from 'cli-table3'
import pc from 'picocolors'
import type { RunFile } from './runfile.js'

export interface Verdict {
  readonly verdict: 'ok' | 'violation' | 'unknown'
  readonly checks: readonly Check[]
}

export interface Check {
  readonly check: string
  readonly verdict: 'ok' | 'violation' | 'unknown'
  readonly expected: 'ok' | 'violation' | null
  readonly met: boolean | null
  readonly summary: string
}

export interface Speed {
  readonly events: number
  readonly simulatedMicros: number
  readonly wallMillis: number
}

export function printSummary(run: RunFile, verdict: Verdict, paths: readonly string[]): void {
  const { counts } = run
  const lines: string[] = ['']
  lines.push(`${pc.bold(run.scenario.name)}  ${run.scenario.about.trim().split('\n').join('\n  ')}`)
  lines.push('')
  const share = counts.operations === 0 ? 0 : (100 * counts.ok) / counts.operations
  lines.push(
    `${number(counts.operations)} operations: ${number(counts.ok)} ok (${share.toFixed(2)}%), ` +
      `${number(counts.fail)} failed, ${number(counts.info)} unknown`,
  )
  lines.push(healingLine(run))
  lines.push('', table(verdict), '')
  lines.push(overall(verdict, run.interrupted))
  lines.push('', ...paths.map((path) => `  ${path}`), '')
  lines.push(speedLine(counts))
  lines.push(`trace hash ${run.traceHash}`)
  lines.push('', run.command, '')
  process.stdout.write(lines.join('\n'))
}

function healingLine(run: RunFile): string {
  const { healedAtMicros, convergedAtMicros } = run
  if (healedAtMicros === null) return 'stopped before the faults were healed'
  if (convergedAtMicros === null) return 'replicas still differed at the end'
  const seconds = (convergedAtMicros - healedAtMicros) / 1e6
  return `every replica equal ${seconds.toFixed(1)} s after the last fault ended and the clients stopped`
}

function table(verdict: Verdict): string {
  const rows = new Table({
    head: ['check', 'found', 'expected', ''].map((text) => pc.dim(text)),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [22, 11, 11, 70],
  })
  for (const check of verdict.checks) {
    rows.push([check.check, mark(check), check.expected ?? '-', check.summary])
  }
  return rows.toString()
}

function mark(check: Check): string {
  if (check.met === true) return pc.green(check.verdict)
  if (check.met === false) return pc.red(check.verdict)
  return check.verdict === 'unknown' ? pc.yellow(check.verdict) : check.verdict
}

function overall(verdict: Verdict, interrupted: boolean): string {
  if (interrupted) return pc.yellow('Interrupted: these are the results of a part of the run.')
  switch (verdict.verdict) {
    case 'ok':
      return pc.green('Every expectation holds.')
    case 'violation':
      return pc.red('An expectation does not hold.')
    case 'unknown':
      return pc.yellow('Not every expectation could be decided.')
  }
}

export function speedLine({ events, simulatedMicros, wallMillis }: Speed): string {
  const seconds = Math.max(wallMillis, 1) / 1000
  const simulated = simulatedMicros / 1e6
  return (
    `${number(events)} events in ${seconds.toFixed(2)} s: ` +
    `${number(Math.round(events / seconds))} events/s, ` +
    `${(simulated / seconds).toFixed(1)} simulated seconds per second, ` +
    `${number(Math.round(events / Math.max(simulated, 1e-6)))} events per simulated second`
  )
}

export const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
