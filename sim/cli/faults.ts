/**
 * `sim faults FILE`: what goes wrong when, before anything is run: macros as the plain faults that
 * they stand for, random faults as the seed draws them.
 */
import Table from 'cli-table3'
import type { CommandModule } from 'yargs'
import type { Scenario } from '../../scenarios/model.js'
import type { TimelineEntry } from '../../scenarios/timeline.js'
import { seedOf } from '../../scenarios/seed.js'
import { expandTimeline } from '../../scenarios/timeline.js'
import { formatDuration } from '../../scenarios/unit.js'
import { writeScenario } from '../../scenarios/write.js'
import { forkStream } from '../random.js'
import { checkedSeed, readScenario } from './scenario.js'

interface FaultsOptions {
  readonly file: string
  readonly seed: number | undefined
  readonly yaml: boolean
}

export const faultsCommand: CommandModule<object, FaultsOptions> = {
  command: 'faults <file>',
  describe: 'what goes wrong when in a scenario, macros and random faults spelled out',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'a scenario file' })
      .option('seed', { type: 'number', describe: "overrides the scenario's seed" })
      .option('yaml', {
        type: 'boolean',
        default: false,
        describe: 'print the scenario as a file without macros',
      }),
  handler: ({ file, seed, yaml }) => {
    const scenario = readScenario(file, checkedSeed(seed))
    process.stdout.write(yaml ? writeScenario(scenario) : `${tableOf(scenario)}\n`)
  },
}

function tableOf(scenario: Scenario): string {
  const entries = expandTimeline(scenario, (fault) =>
    forkStream(seedOf(scenario, 'faults'), `fault/${String(fault)}`),
  )
  if (entries.length === 0) return `${scenario.name}: nothing goes wrong.`
  const rows = new Table({
    head: ['starts', 'for', 'fault', 'line'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [28, 14, 60, 7],
  })
  for (const entry of entries) {
    const { durationMicros, label, fault } = entry
    const lasts = durationMicros === null ? 'to the end' : rounded(durationMicros)
    rows.push([
      startOf(entry),
      lasts,
      `${label}${byAtlas(entry)}`,
      String(scenario.faults[fault]?.line ?? ''),
    ])
  }
  return rows.toString()
}

function startOf({ trigger, atMicros }: TimelineEntry): string {
  switch (trigger.kind) {
    case 'at':
      return rounded(atMicros)
    case 'when_acked':
      return `${trigger.node} acked ${String(trigger.count)}`
    case 'when_hints':
      return `${trigger.node} keeps ${String(trigger.count)} hints`
    case 'when_operations':
      return `${String(trigger.count)} operations`
    case 'when_fault': {
      const { name, edge, afterMicros } = trigger
      return `${name} ${edge}${afterMicros === 0 ? '' : ` + ${rounded(afterMicros)}`}`
    }
  }
}

/** To a millisecond where that is not nothing: a person reads it. */
function rounded(micros: number): string {
  return formatDuration(micros < 1_000 ? micros : Math.round(micros / 1_000) * 1_000)
}

/** What the fault atlas made of it. */
function byAtlas({ atlas, instead }: TimelineEntry): string {
  if (atlas === 'held_back') return ' (held back: no good copy would be left)'
  return instead === null ? '' : ` (moved: drawn was ${instead})`
}
