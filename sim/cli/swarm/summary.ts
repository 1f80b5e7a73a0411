/** What a swarm found, over all its seeds: swarm.json, and lines for a person. */
import { join } from 'node:path'
import pc from 'picocolors'
import type { Plant } from '../../../core/index.js'
import type { SeedRange, Shard } from '../sweep/plan.js'
import type { SwarmResult } from './one.js'

/** swarm.json. */
export interface SwarmFile extends SwarmSummary {
  readonly format: 1
  readonly version: string
  readonly seeds: SeedRange
  /** Null: all of them. */
  readonly shard: Shard | null
  readonly plant: Plant | null
}

export interface SwarmSummary {
  readonly planned: number
  readonly done: number
  readonly failures: readonly { readonly seed: number; readonly problems: readonly string[] }[]
  /** Seeds whose core made progress. */
  readonly progressed: number
  /** Seeds whose core could not, by rights. */
  readonly stuck: readonly { readonly seed: number; readonly why: string }[]
  /** Seeds whose core became equal by itself, and those in which nobody could say. */
  readonly coreEqual: number
  readonly coreNotJudged: number
  /** Faults that the fault atlas has moved or held back. */
  readonly atlas: number
  /** How many faults of each kind there were. */
  readonly faults: Readonly<Record<string, number>>
  readonly operations: number
  readonly events: number
}

export function summarize(results: readonly SwarmResult[], planned: number): SwarmSummary {
  const faults = new Map<string, number>()
  for (const result of results) {
    for (const [kind, count] of Object.entries(result.faults)) {
      faults.set(kind, (faults.get(kind) ?? 0) + count)
    }
  }
  const sorted = [...faults].sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    planned,
    done: results.length,
    failures: results
      .filter(({ problems }) => problems.length > 0)
      .map(({ seed, problems }) => ({ seed, problems })),
    progressed: results.filter(({ progress }) => progress?.kind === 'made').length,
    stuck: results.flatMap(({ seed, progress }) =>
      progress?.kind === 'stuck' ? [{ seed, why: progress.why }] : [],
    ),
    coreEqual: results.filter(({ core }) => core?.kind === 'equal').length,
    coreNotJudged: results.filter(({ core }) => core?.kind === 'not_judged').length,
    atlas: results.reduce((sum, { atlas }) => sum + atlas, 0),
    faults: Object.fromEntries(sorted),
    operations: results.reduce((sum, { operations }) => sum + operations, 0),
    events: results.reduce((sum, { events }) => sum + events, 0),
  }
}

const mostShown = 10

export function summaryLines(summary: SwarmSummary, folder: string): readonly string[] {
  const { done, planned, failures, progressed, stuck, faults, operations } = summary
  const { coreEqual, coreNotJudged, atlas } = summary
  const counts = Object.entries(faults).map(([kind, count]) => `${kind} ${String(count)}`)
  const lines = [
    `${String(done)} of ${String(planned)} seeds, ${String(operations)} operations`,
    `faults: ${counts.join(', ')}`,
    `progress of the healed core: ${String(progressed)} seeds; stuck by rights: ${String(stuck.length)}`,
    `the core became equal by itself: ${String(coreEqual)} seeds; not judged: ${String(coreNotJudged)}`,
    `the fault atlas kept a good copy: ${String(atlas)} faults moved or held back`,
    ...stuck.slice(0, mostShown).map(({ seed, why }) => `  seed ${String(seed)}: ${why}`),
    '',
  ]
  if (done < planned) {
    const counts = `${String(done)} of ${String(planned)} seeds`
    lines.push(pc.yellow(`Incomplete: this is what ${counts} did.`), '')
  }
  if (failures.length === 0) return [...lines, ...(done === 0 ? [] : [pc.green('No seed failed.')])]
  const failing = failures
    .slice(0, mostShown)
    .flatMap(({ seed, problems }) => [
      pc.red(`seed ${String(seed)}: ${problems.join('; ')}`),
      `  ${join(folder, `seed-${String(seed)}.yaml`)}`,
    ])
  return [
    ...lines,
    pc.red(failures.length === 1 ? '1 seed failed.' : `${String(failures.length)} seeds failed.`),
    ...failing,
  ]
}
