/**
 * Less work while it is still drawn: fewer clients, keys and kinds of operations, lower rates. For
 * failures that no few operations show, and for those that come down to few only once there are
 * fewer to begin with.
 */
import type { OperationKind, Scenario, WorkloadModel } from '../../scenarios/model.js'
import type { Change } from './change.js'

/** Nothing where the operations are written down. */
export function* lighter(scenario: Scenario): Generator<Change> {
  if (scenario.workload.operations !== null) return
  for (const by of [30, 10, 5, 2, 2, 2]) yield (now) => rarer(now, by)
  yield* calmerSurges(scenario)
  for (const mix of plainMixes) yield workload(() => ({ mixPpm: mix }))
  for (const clients of counts) yield workload((now) => fewer(now, 'clients', clients))
  for (const keys of counts) yield workload((now) => fewer(now, 'keyCount', keys))
  yield workload(() => ({ keyDistribution: { kind: 'uniform' } }))
  for (const share of [0.2, 0.5, 0.8]) yield (now) => lowered(now, share)
  for (const unit of [100, 10, 1]) yield (now) => roundRates(now, unit)
}

const counts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024] as const

const only = (...kinds: readonly OperationKind[]): WorkloadModel['mixPpm'] => ({
  ...{ get: 0, put: 0, delete: 0, append: 0 },
  ...Object.fromEntries(kinds.map((kind) => [kind, 1_000_000 / kinds.length])),
})
const plainMixes = [only('put'), only('get'), only('get', 'put'), only('put', 'delete')]

/** Null where it would change nothing. */
const workload =
  (part: (model: WorkloadModel) => Partial<WorkloadModel> | null): Change =>
  (scenario) => {
    const changed = part(scenario.workload)
    return changed === null ? null : { ...scenario, workload: { ...scenario.workload, ...changed } }
  }

function fewer(
  model: WorkloadModel,
  name: 'clients' | 'keyCount',
  to: number,
): Partial<WorkloadModel> | null {
  return to < model[name] ? { [name]: to } : null
}

/** Nobody can ask less than one thing in ten seconds. */
const leastPerSecond = 0.1

/** Fewer requests to machines that are as much slower: as loaded as they were. */
function rarer(scenario: Scenario, by: number): Scenario | null {
  if (scenario.workload.perSecond === null) return null
  const slower = scenario.cpuPerMessageMicros * by
  return atRates({ ...scenario, cpuPerMessageMicros: slower }, (rate) => rate / by)
}

/** To machines as fast as they are. */
function lowered(scenario: Scenario, share: number): Scenario | null {
  return scenario.workload.perSecond === null ? null : atRates(scenario, (rate) => rate * share)
}

function roundRates(scenario: Scenario, unit: number): Scenario | null {
  if (scenario.workload.perSecond === null) return null
  return atRates(scenario, (rate) => (rate > unit ? Math.floor(rate / unit) * unit : rate))
}

function atRates(scenario: Scenario, to: (perSecond: number) => number): Scenario {
  const rate = (perSecond: number): number =>
    Math.max(leastPerSecond, Math.round(to(perSecond) * 10) / 10)
  const { perSecond, surges } = scenario.workload
  return {
    ...scenario,
    workload: {
      ...scenario.workload,
      perSecond: perSecond === null ? null : rate(perSecond),
      surges: surges.map((surge) => ({ ...surge, perSecond: rate(surge.perSecond) })),
    },
  }
}

function* calmerSurges({ workload: { surges } }: Scenario): Generator<Change> {
  for (let i = surges.length - 1; i >= 0; i--) {
    yield workload((now) => ({ surges: now.surges.filter((_, index) => index !== i) }))
  }
}
