/**
 * A resolved scenario back into the language: what `loadScenario` reads as the same scenario.
 * For files that tools write, such as the smallest repro of a failure; comments and left-out
 * defaults of the original are gone.
 */
import { Document, isMap, isSeq, type Pair } from 'yaml'
import type {
  Expected,
  ExpectModel,
  GoodputModel,
  LatencyByClass,
  LinkOverride,
  ProbeModel,
  Scenario,
  ScriptedOperation,
  WorkloadModel,
} from './model.js'
import { formatBandwidth, formatDuration, formatProbability, formatSize } from './unit.js'
import { writeFault } from './write/fault.js'
import { type Fields, given, probability, type Value, writeLatency } from './write/part.js'

export function writeScenario(scenario: Scenario): string {
  return toText(fieldsOf(scenario))
}

/** One line a field of a section and a line a fault or an operation, as people write it. */
export function toText(fields: Readonly<Record<string, Value>>): string {
  return inline(new Document(fields)).toString({ lineWidth: 100 })
}

/** Every key of the language with its value, defaults included. */
export function fieldsOf(scenario: Scenario): Readonly<Record<string, Value>> {
  const { cluster, network, disk, clocks } = scenario
  const { minMicros, maxMicros } = clocks.offset
  return given({
    name: scenario.name,
    about: scenario.about,
    seed: scenario.seed,
    seeds: Object.keys(scenario.seeds).length === 0 ? undefined : given({ ...scenario.seeds }),
    duration: formatDuration(scenario.durationMicros),
    settle: formatDuration(scenario.settleMicros),
    cluster: writeCluster(cluster),
    network: writeNetwork(network),
    disk: given({
      write: writeLatency(disk.write),
      fsync: writeLatency(disk.fsync),
      segment_records: disk.segmentRecords,
      snapshot_records: disk.snapshotRecords,
    }),
    cpu: { per_message: formatDuration(scenario.cpuPerMessageMicros) },
    clocks: {
      offset: { uniform: { min: formatDuration(minMicros), max: formatDuration(maxMicros) } },
      drift_ppm: clocks.driftPpm,
    },
    workload: writeWorkload(scenario),
    faults: scenario.faults.map((fault) => writeFault(fault, scenario)),
    atlas: scenario.atlas,
    expect: writeExpect(scenario.expect),
  })
}

function inline(document: Document): Document {
  const sections = isMap(document.contents) ? document.contents.items : []
  for (const { value } of sections) {
    const items = isSeq(value) ? value.items : []
    const fields = isMap(value) ? value.items.map((pair: Pair) => pair.value) : []
    for (const item of [...items, ...fields]) {
      if (isSeq(item) && isMap(item.items[0])) {
        for (const one of item.items) if (isMap(one)) one.flow = true
      } else if (isMap(item) || isSeq(item)) item.flow = true
    }
  }
  return document
}

function writeCluster(cluster: Scenario['cluster']): Value {
  const { nodes, n, r, w, pr, pw, sloppy, hedge } = cluster
  const plain = nodes.every(({ id, zone, weight }, index) => {
    return id === `n${String(index + 1)}` && zone === id && weight === 1
  })
  const list = nodes.map(({ id, zone, weight }) => ({ id, zone, weight }))
  const buckets = cluster.buckets.map(({ name, conflict }) => [name, { conflict }] as const)
  return {
    nodes: plain ? nodes.length : list,
    partitions: cluster.partitions,
    replication: { n, r, w, pr, pw, sloppy, hedge },
    buckets: Object.fromEntries(buckets),
    coordinator: cluster.coordinator,
    resend: cluster.resendMicros === null ? false : formatDuration(cluster.resendMicros),
    handoff: cluster.handoff,
    background_yields: cluster.backgroundYields,
    read_repair: cluster.readRepair,
    anti_entropy:
      cluster.antiEntropyMicros === null
        ? false
        : { every: formatDuration(cluster.antiEntropyMicros) },
    reap:
      cluster.reap === null
        ? false
        : {
            every: formatDuration(cluster.reap.everyMicros),
            after: formatDuration(cluster.reap.afterMicros),
          },
  }
}

function writeNetwork(network: Scenario['network']): Value {
  const { bitsPerSecond } = network
  return given({
    latency: writeByClass(network.latency),
    client_latency: writeLatency(network.clientLatency),
    between_zones: formatDuration(network.betweenZonesMicros),
    loss: formatProbability(network.lossPpm),
    duplicate: formatProbability(network.duplicatePpm),
    reorder: formatProbability(network.reorderPpm),
    corrupt_payload: formatProbability(network.corruptPpm),
    reorder_by: formatDuration(network.reorderMicros),
    bandwidth: bitsPerSecond === null ? undefined : formatBandwidth(bitsPerSecond),
    links: network.links.map(writeLink),
  })
}

function writeLink(link: LinkOverride): Value {
  return given({
    from: link.from,
    to: link.to,
    both_ways: link.bothWays,
    latency: link.latency === null ? undefined : writeByClass(link.latency),
    loss: probability(link.lossPpm),
    duplicate: probability(link.duplicatePpm),
    reorder: probability(link.reorderPpm),
    bandwidth: link.bitsPerSecond === null ? undefined : formatBandwidth(link.bitsPerSecond),
  })
}

function writeWorkload({ workload }: Scenario): Value {
  const { operations, quorum, probe } = workload
  return given({
    probe: probe === null ? undefined : writeProbe(probe),
    clients: workload.clients,
    for: workload.forMicros === null ? undefined : formatDuration(workload.forMicros),
    ...(operations === null ? writeDraws(workload) : {}),
    bucket: workload.bucket,
    value: formatSize(workload.valueBytes),
    consistency: writeConsistency(quorum),
    timeout: formatDuration(workload.timeoutMicros),
    contexts: workload.contexts,
    session_minimum: workload.sessionMinimum,
    failover: workload.failover,
    in_turn: operations === null ? undefined : workload.inTurn,
    operations: operations?.map(writeOperation),
  })
}

function writeDraws(workload: Scenario['workload']): Fields {
  const { perSecond, surges, probe } = workload
  return {
    think: perSecond === null ? writeLatency(workload.think) : undefined,
    rate: perSecond === null ? undefined : `${String(perSecond)}/s`,
    surges: surges.length === 0 ? undefined : surges.map(writeSurge),
    ...(probe === null ? writeMix(workload) : {}),
  }
}

function writeMix({ keyCount, keyDistribution: keys, mixPpm: mix }: WorkloadModel): Fields {
  return {
    keys: given({
      count: keyCount,
      distribution: keys.kind,
      exponent: keys.kind === 'zipfian' ? keys.exponent : undefined,
    }),
    mix: {
      get: formatProbability(mix.get),
      put: formatProbability(mix.put),
      delete: formatProbability(mix.delete),
      append: formatProbability(mix.append),
    },
  }
}

function writeProbe({ after, via, recorded }: ProbeModel): Value {
  return { after: writeLatency(after), via, recorded }
}

function writeOperation({ atMicros, client, kind, key, node }: ScriptedOperation): Value {
  const asked = { at: formatDuration(atMicros), client, [kind]: key }
  return node === null ? asked : { ...asked, node }
}

function writeSurge(surge: Scenario['workload']['surges'][number]): Value {
  return {
    at: formatDuration(surge.atMicros),
    for: formatDuration(surge.forMicros),
    rate: `${String(surge.perSecond)}/s`,
  }
}

function writeConsistency(quorum: Scenario['workload']['quorum']): Value | undefined {
  if (quorum.monotonic) return 'monotonic'
  if (quorum.r === null && quorum.w === null) return undefined
  return given({ r: quorum.r ?? undefined, w: quorum.w ?? undefined })
}

function writeExpect(expect: ExpectModel): Value {
  const { convergence, availability, staleness, goodput } = expect
  const sessions = expect.sessions.map(({ guarantee, expected }) => [guarantee, expected] as const)
  return given({
    durability: expect.durability ?? undefined,
    convergence: convergence === null ? undefined : writeConvergence(convergence),
    sessions: sessions.length === 0 ? undefined : Object.fromEntries(sessions),
    linearizable: expect.linearizable ?? undefined,
    siblings: expect.siblings ?? undefined,
    availability:
      availability === null
        ? undefined
        : given({ min: formatProbability(availability.minPpm), verdict: verdict(availability) }),
    staleness:
      staleness === null
        ? undefined
        : given({ p99: formatDuration(staleness.p99Micros), verdict: verdict(staleness) }),
    goodput: goodput === null ? undefined : writeGoodput(goodput),
  })
}

function writeGoodput(goodput: GoodputModel): Value {
  const { withinMicros, minPpm, duringPpm } = goodput
  return given({
    within: formatDuration(withinMicros),
    min: formatProbability(minPpm),
    during: probability(duringPpm),
    verdict: verdict(goodput),
  })
}

function writeConvergence(convergence: NonNullable<ExpectModel['convergence']>): Value {
  const { withinMicros, expected } = convergence
  if (withinMicros === null) return expected
  return given({ within: formatDuration(withinMicros), verdict: verdict(convergence) })
}

function verdict({ expected }: { readonly expected: Expected }): Value | undefined {
  return expected === 'violation' ? 'violation' : undefined
}

function writeByClass(latency: LatencyByClass): Value {
  const { write, write_ok, read, read_ok, other } = latency
  const first = JSON.stringify(write)
  if ([write_ok, read, read_ok, other].every((each) => JSON.stringify(each) === first)) {
    return writeLatency(write)
  }
  return {
    write: writeLatency(write),
    write_ok: writeLatency(write_ok),
    read: writeLatency(read),
    read_ok: writeLatency(read_ok),
    other: writeLatency(other),
  }
}
