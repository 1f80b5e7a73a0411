/**
 * A calmer world: constant latencies, nothing lost, exact clocks, settings at their defaults. Less
 * to read, and less that shifts when an operation goes.
 */
import type { Latency, LatencyByClass, NetworkModel, Scenario } from '../../scenarios/model.js'
import type { Change } from './change.js'

const constant = (micros: number): Latency => ({ kind: 'constant', micros })

const everyClass = (latency: Latency): LatencyByClass => ({
  write: latency,
  write_ok: latency,
  read: latency,
  read_ok: latency,
  other: latency,
})

/** Nothing of its network is drawn: the same messages travel alike whatever was sent before. */
export function hasFixedNetwork({ network, faults }: Scenario): boolean {
  const latencies = [network.latency, ...network.links.map(({ latency }) => latency)]
  const shares = [network, ...network.links]
  return (
    isConstant(network.clientLatency) &&
    latencies.every((one) => one === null || Object.values(one).every(isConstant)) &&
    shares.every((one) => !one.lossPpm && !one.duplicatePpm && !one.reorderPpm) &&
    faults.every(({ action }) => action?.kind !== 'link')
  )
}

const isConstant = ({ kind }: Latency): boolean => kind === 'constant'

const network =
  (part: (model: NetworkModel) => Partial<NetworkModel>): Change =>
  (scenario) => ({ ...scenario, network: { ...scenario.network, ...part(scenario.network) } })

const steady =
  (micros: number): Change =>
  (scenario) =>
    Object.values(scenario.network.latency).every(isConstant)
      ? null
      : network(() => ({ latency: everyClass(constant(micros)) }))(scenario)

const lossless = network(() => ({ lossPpm: 0, duplicatePpm: 0, reorderPpm: 0 }))
const unlinked = network(() => ({ links: [], bitsPerSecond: null }))
const steadyClients = network(() => ({ clientLatency: constant(200) }))
const steadyDisk: Change = (scenario) => ({
  ...scenario,
  disk: { ...scenario.disk, write: constant(50), fsync: constant(1_000) },
})
const exactClocks: Change = (scenario) => ({
  ...scenario,
  clocks: { offset: { minMicros: 0, maxMicros: 0 }, driftPpm: 0 },
})
const plainNodes: Change = (scenario) => {
  const nodes = scenario.cluster.nodes.map(({ id }) => ({ id, zone: id, weight: 1 }))
  return { ...scenario, cluster: { ...scenario.cluster, nodes } }
}
const usedBuckets: Change = (scenario) => {
  const used = new Set(['default', scenario.workload.bucket])
  const buckets = scenario.cluster.buckets.filter(({ name }) => used.has(name))
  return { ...scenario, cluster: { ...scenario.cluster, buckets } }
}
const plainValues: Change = (scenario) => ({
  ...scenario,
  cpuPerMessageMicros: 20,
  workload: { ...scenario.workload, valueBytes: 100 },
})

const inTurn =
  (...changes: readonly Change[]): Change =>
  (scenario) =>
    changes.reduce((changed, change) => change(changed) ?? changed, scenario)

/** All of it first; then one thing after the other. */
export function calmer(): readonly Change[] {
  const rest = [lossless, unlinked, steadyClients, steadyDisk, exactClocks, plainNodes]
  return [
    ...[1_000, 5_000, 20_000].map((micros) => inTurn(steady(micros), ...rest, plainValues)),
    inTurn(...rest),
    steady(1_000),
    steady(5_000),
    steady(20_000),
    ...rest,
    ...[
      network(() => ({ lossPpm: 0 })),
      network(() => ({ duplicatePpm: 0 })),
      network(() => ({ reorderPpm: 0 })),
    ],
    plainValues,
    usedBuckets,
  ]
}
