/**
 * What `sim run` prints at its end: results on standard output, for a person or as one JSON object.
 */
import Table from 'cli-table3'
import pc from 'picocolors'
import { probeAgreement, probeTable } from '../../reports/chart/probe.js'
import type { Check, VerdictFile } from '../../reports/check/verdict.js'
import { kept } from '../../reports/page/story.js'
import type { RunFile } from '../../reports/load.js'
import type { ProbeReport } from '../../scenarios/probe.js'

export interface Speed {
  readonly events: number
  readonly simulatedMicros: number
  readonly wallMillis: number
}

export function printSummary(run: RunFile, verdict: VerdictFile, paths: readonly string[]): void {
  const { counts } = run
  const lines: string[] = ['']
  lines.push(pc.bold(run.scenario.name), wrap(run.scenario.about.trim(), 90))
  lines.push('')
  const share = counts.operations === 0 ? 0 : (100 * counts.ok) / counts.operations
  // A run that was stopped leaves some without an answer, and they are in no other count.
  const open = counts.operations - counts.ok - counts.fail - counts.info
  const noun = counts.operations === 1 ? 'operation' : 'operations'
  lines.push(
    `${number(counts.operations)} ${noun}: ${number(counts.ok)} ok (${share.toFixed(2)}%), ` +
      `${number(counts.fail)} failed, ${number(counts.info)} unknown` +
      (open === 0 ? '' : `, ${number(open)} still open when the run stopped`),
  )
  lines.push(...healingLines(run), ...kept(run.atlas))
  if (run.probes) lines.push('', probeLines(run.probes))
  lines.push('', table(verdict), '')
  lines.push(...breachLines(run))
  lines.push(overall(verdict, run.interrupted))
  lines.push('', ...paths.map((path) => `  ${path}`), '')
  lines.push(speedLine(counts))
  lines.push(`trace hash ${run.traceHash}`)
  lines.push('', run.command, '')
  process.stdout.write(lines.join('\n'))
}

/** What stopped the run. */
function breachLines({ invariants }: RunFile): readonly string[] {
  const violation = invariants?.violation ?? null
  if (violation === null) return []
  const { invariant, explanation, key, state, recent } = violation
  return [
    pc.red(`Invariant violated: ${invariant}${key === null ? '' : `, key ${key}`}`),
    wrap(explanation, 90),
    ...state.map((line) => `  ${line}`),
    '',
    'Last events:',
    ...recent.map((line) => `  ${line}`),
    '',
  ]
}

/** Table 4 of the paper, for this run. */
function probeLines(probes: ProbeReport): string {
  const { head, rows } = probeTable(probes)
  const table = new Table({
    head: head.map((text) => pc.dim(text)),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push([...row])
  return `${table.toString()}\n${wrap(probeAgreement(probes), 90)}`
}

/** When it was whole again: after each fault that ended, and after the clients stopped. */
function healingLines(run: RunFile): readonly string[] {
  const { healedAtMicros, convergedAtMicros, recoveries } = run
  const slow = recoveries
    .map((recovery) => ({ ...recovery, micros: recoveryMicros(recovery) }))
    .sort((a, b) => b.micros - a.micros)
    .slice(0, mostRecoveries)
  const lines = slow.map(({ label, micros }) =>
    Number.isFinite(micros)
      ? `whole again ${seconds(micros)} after "${label}" ended`
      : `never whole again after "${label}" ended`,
  )
  if (recoveries.length > slow.length) {
    lines.push(`(the slowest ${String(slow.length)} of ${String(recoveries.length)} recoveries)`)
  }
  const early = run.faults.length === 0 ? 'its end' : 'all faults were healed'
  if (healedAtMicros === null) lines.push(`stopped before ${early}`)
  else if (convergedAtMicros === null) lines.push('replicas still differed at the end')
  else
    lines.push(
      `at the end every replica was equal ${seconds(convergedAtMicros - healedAtMicros)} after the clients stopped`,
    )
  return lines
}

const mostRecoveries = 3

function recoveryMicros({
  healedAtMicros,
  convergedAtMicros,
}: RunFile['recoveries'][number]): number {
  return convergedAtMicros === null ? Infinity : convergedAtMicros - healedAtMicros
}

/**
 * Divergence is looked at ten times a second (docs/results.md), so finer digits would say nothing.
 */
const seconds = (micros: number): string =>
  micros < 100_000 ? 'within 0.1 s' : `${(micros / 1e6).toFixed(1)} s`

function table(verdict: VerdictFile): string {
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

function overall(verdict: VerdictFile, interrupted: boolean): string {
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
  const took = Math.max(wallMillis, 1) / 1000
  const simulated = simulatedMicros / 1e6
  return (
    `${number(events)} events in ${took.toFixed(2)} s: ` +
    `${number(Math.round(events / took))} events/s, ` +
    `${(simulated / took).toFixed(1)} simulated seconds per second, ` +
    `${number(Math.round(events / Math.max(simulated, 1e-6)))} events per simulated second`
  )
}

export const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** At spaces. */
function wrap(text: string, columns: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > columns && line !== '') {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.join('\n')
}
