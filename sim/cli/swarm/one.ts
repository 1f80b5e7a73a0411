/** One seed of a swarm: drawn, run in memory, and judged. */
import { AssertionError } from '../../../core/assert.js'
import type { Plant } from '../../../core/index.js'
import { checkRun } from '../../../reports/check/index.js'
import { drawSwarm } from '../../search/swarm.js'
import { kindOf } from '../../kind.js'
import { World } from '../../world.js'
import { inMemory } from '../memory.js'
import { runFile } from '../runfile.js'
import { type CoreState, judgeCore, judgeProgress, type Progress } from './live.js'

export interface SwarmResult {
  readonly seed: number
  /** Sentences; none: all is well. */
  readonly problems: readonly string[]
  /** Null where the run stopped before its end. */
  readonly progress: Progress | null
  readonly core: CoreState | null
  /** How many faults of each kind it had. */
  readonly faults: Readonly<Record<string, number>>
  /** Faults that the atlas has moved or held back. */
  readonly atlas: number
  readonly operations: number
  readonly events: number
  readonly traceHash: string
}

export function runSwarmSeed(seed: number, plant: Plant | null): SwarmResult {
  const swarm = drawSwarm(seed)
  const { scenario } = swarm
  const memory = inMemory()
  const world = new World({ scenario, sink: memory.sink, plant })
  const problems: string[] = []
  let progress: Progress | null = null
  let core: CoreState | null = null
  try {
    while (world.advance(1_000_000, (event) => event.kind !== kindOf.heal));
    if (!world.ended) {
      core = judgeCore(swarm, world)
      if (core.kind === 'differs') problems.push(`core: ${core.why}`)
    }
    while (world.advance(1_000_000));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    problems.push(`assumption: ${error.message}`)
  }
  if (!problems.some((problem) => problem.startsWith('assumption'))) {
    const run = runFile(world, { file: '', command: '', wallMillis: 0, interrupted: false })
    const history = memory.finish()
    const { checks } = checkRun({ history, run })
    const stopped = world.guard.violation !== null
    for (const { check, met, summary } of checks) {
      if (met === false && (!stopped || check === 'invariants')) {
        problems.push(`${check}: ${summary}`)
      }
    }
    if (!stopped) {
      progress = judgeProgress(history, swarm, world)
      // As it was while only the core was there.
      if (core?.kind === 'not_judged' && core.why.includes('lost a disk')) {
        if (progress.kind === 'none') progress = { kind: 'stuck', why: core.why }
      }
      if (progress.kind === 'none') problems.push(`progress: ${progress.why}`)
    }
  }
  const { heldBack, moved } = world.drama.atlas.report
  const atlas = heldBack + moved
  return { seed, problems, progress, core, atlas, faults: faultsOf(world), ...countsOf(world) }
}

function faultsOf(world: World): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { kind } of world.drama.records) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function countsOf(world: World): Pick<SwarmResult, 'operations' | 'events' | 'traceHash'> {
  const { events, traceHash } = world.report
  return { operations: world.recorder.counts.operations, events, traceHash }
}
