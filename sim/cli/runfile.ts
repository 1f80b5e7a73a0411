/** run.json (docs/results.md), from what the world knows at its end. */
import type { RunFile } from '../../reports/load.js'
import type { World } from '../world.js'
import { version } from './version.js'

export interface RunFacts {
  readonly file: string
  readonly command: string
  readonly wallMillis: number
  readonly interrupted: boolean
}

export function runFile(world: World, facts: RunFacts): RunFile {
  const { scenario } = world
  const report = world.report
  return {
    format: 1,
    version,
    scenario,
    file: facts.file,
    seed: scenario.seed,
    plant: world.plant,
    probes: world.probes?.report() ?? null,
    command: facts.command,
    traceHash: report.traceHash,
    interrupted: facts.interrupted,
    counts: {
      events: report.events,
      simulatedMicros: report.simulatedMicros,
      wallMillis: facts.wallMillis,
      ...world.recorder.counts,
    },
    healedAtMicros: report.healedAtMicros,
    convergedAtMicros: report.convergedAtMicros,
    messages: world.meter.messages.filter((totals) => totals.sent > 0),
    drops: world.drops,
    ring: ringTable(world),
    faults: world.drama.records.map(({ isMilestone: _, ...fault }) => ({
      ...fault,
      // What never ends, such as a clock that stays wrong, lasts to the end of the run.
      toMicros: fault.toMicros ?? report.simulatedMicros,
    })),
    recoveries: world.divergence.recoveries.map(({ label, healedAtMicros, convergedAtMicros }) => ({
      label,
      healedAtMicros,
      convergedAtMicros,
    })),
    invariants: invariantReport(world),
    atlas: world.drama.atlas.report,
  }
}

function invariantReport(world: World): NonNullable<RunFile['invariants']> {
  const checks = { ...world.guard.invariants.tally }
  const { violation } = world.guard
  if (violation === null) return { checks, violation: null }
  const { invariant, explanation, key, state } = violation
  const recent = world.guard.recent.lines(key?.id ?? null)
  const atMicros = world.nowMicros
  return {
    checks,
    violation: { invariant, explanation, key: key?.key ?? null, atMicros, state, recent },
  }
}

function ringTable(world: World): RunFile['ring'] {
  const primary = new Map<string, number>()
  const replicas = new Map<string, number>()
  for (const owners of world.placement.ring.owners) {
    owners.forEach((node, place) => {
      replicas.set(node, (replicas.get(node) ?? 0) + 1)
      if (place === 0) primary.set(node, (primary.get(node) ?? 0) + 1)
    })
  }
  return world.placement.ring.members.map(({ id, zone, weight }) => ({
    node: id,
    zone,
    weight,
    primary: primary.get(id) ?? 0,
    replicas: replicas.get(id) ?? 0,
  }))
}
