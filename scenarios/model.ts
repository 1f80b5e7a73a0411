/**
 * A scenario as resolved: every default filled in, every unit turned into an integer, every
 * name checked. What the loader returns, what the simulated world runs, what `run.json`
 * records.
 */
import type { ConflictRule, Micros } from '../core/index.js'
import type { ExpectModel } from './expect.js'
import type { Seeds } from './seed.js'

export * from './expect.js'

export type Latency =
  | { readonly kind: 'constant'; readonly micros: number }
  | { readonly kind: 'uniform'; readonly minMicros: number; readonly maxMicros: number }
  /** min + Exp; `meanMicros` is the mean of the whole. */
  | { readonly kind: 'exponential'; readonly minMicros: number; readonly meanMicros: number }
  | { readonly kind: 'pareto'; readonly minMicros: number; readonly alpha: number }
  /** exp(N(ln median, sigma)). */
  | { readonly kind: 'lognormal'; readonly medianMicros: number; readonly sigma: number }
  /**
   * Points (quantile 0..1 ascending, micros ascending), linear in between; below the first and
   * above the last: that value.
   */
  | {
      readonly kind: 'empirical'
      readonly points: readonly { readonly quantile: number; readonly micros: number }[]
    }
  | {
      readonly kind: 'mixture'
      readonly parts: readonly { readonly weight: number; readonly latency: Latency }[]
    }

/** What a message is for, where latencies differ by it. */
export const messageClasses = ['write', 'write_ok', 'read', 'read_ok', 'other'] as const
export type MessageClass = (typeof messageClasses)[number]
export type LatencyByClass = Readonly<Record<MessageClass, Latency>>

/** Parts per million: probabilities are compared as integers. */
export type Ppm = number

export interface LinkOverride {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly bothWays: boolean
  readonly latency: LatencyByClass | null
  readonly lossPpm: Ppm | null
  readonly duplicatePpm: Ppm | null
  readonly reorderPpm: Ppm | null
  readonly bitsPerSecond: number | null
}

export interface NetworkModel {
  readonly latency: LatencyByClass
  readonly lossPpm: Ppm
  /** Some bits of the message are flipped on its way. */
  readonly corruptPpm: Ppm
  readonly duplicatePpm: Ppm
  /** A reordered message is delayed once more, by up to `reorderMicros`, uniform. */
  readonly reorderPpm: Ppm
  readonly reorderMicros: Micros
  /** null: no limit. Per directed link, a queue. */
  readonly bitsPerSecond: number | null
  /** One way between a client and any node. */
  readonly clientLatency: Latency
  readonly links: readonly LinkOverride[]
  /** One way, added to what a message between nodes of different zones takes. */
  readonly betweenZonesMicros: Micros
}

export interface DiskModel {
  readonly write: Latency
  readonly fsync: Latency
  /** A segment of the log that holds so many records is followed by a new one. */
  readonly segmentRecords: number
  /** A snapshot is due after so many, or twice as many as the last one held. */
  readonly snapshotRecords: number
}

export interface ClockModel {
  readonly offset: { readonly minMicros: number; readonly maxMicros: number }
  /** Each node's drift is drawn from -driftPpm..+driftPpm. */
  readonly driftPpm: number
}

export interface ClusterModel {
  readonly nodes: readonly { readonly id: string; readonly zone: string; readonly weight: number }[]
  readonly partitions: number
  readonly n: number
  readonly r: number
  readonly w: number
  readonly pr: number
  readonly pw: number
  readonly sloppy: boolean
  /** Ask R first and one more at the p99 of recent reads, instead of all N at once. */
  readonly hedge: boolean
  /** Who coordinates a last-write-wins put that comes to a node that does not own the key. */
  readonly coordinator: 'owner' | 'any'
  /** A write asks a silent owner again, or a fallback, after this; null: never. */
  readonly resendMicros: Micros | null
  readonly handoff: boolean
  readonly backgroundYields: boolean
  readonly readRepair: boolean
  /** How long a round of anti-entropy takes that calls on every peer once; null: none. */
  readonly antiEntropyMicros: Micros | null
  /** Every partition's tombstones are looked at this often, once they are that old; null: never. */
  readonly reap: { readonly everyMicros: Micros; readonly afterMicros: Micros } | null
  /** Always contains `default`. */
  readonly buckets: readonly { readonly name: string; readonly conflict: ConflictRule }[]
}

export type KeyDistribution =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'zipfian'; readonly exponent: number }
  | { readonly kind: 'latest' }
  | { readonly kind: 'sequential' }

export const operationKinds = ['get', 'put', 'delete', 'append'] as const
export type OperationKind = (typeof operationKinds)[number]

export interface ScriptedOperation {
  /** Not before: a client that asks in turn waits for its last answer first. */
  readonly atMicros: Micros
  /** `c1` */
  readonly client: string
  readonly kind: OperationKind
  readonly key: string
  /** Asked first; null: the node that the client is connected to. */
  readonly node: string | null
}

/**
 * Write a fresh version, read it at a random time after the write's commit, measure when it could
 * have been seen (PBS, VLDB'12): a client does nothing else.
 */
export interface ProbeModel {
  /** From the commit to the read. */
  readonly after: Latency
  /** Each operation goes to one of these nodes, drawn anew. */
  readonly via: readonly string[]
  /** How many of the clients are in the history; all of them are measured. */
  readonly recorded: number
}

export interface WorkloadModel {
  readonly clients: number
  /** Nobody asks anything after so long, though faults go on; null: to the end of the run's. */
  readonly forMicros: Micros | null
  /** Closed loop: pause between an answer and the next request. Ignored when `perSecond` is set. */
  readonly think: Latency
  /**
   * Open loop: arrivals per second over all clients (Poisson), independent of answers; null:
   * closed loop.
   */
  readonly perSecond: number | null
  /** Temporary changes of the open-loop rate: [{ at, for, rate }] */
  readonly surges: readonly {
    readonly atMicros: Micros
    readonly forMicros: Micros
    readonly perSecond: number
  }[]
  readonly bucket: string
  readonly keyCount: number
  readonly keyDistribution: KeyDistribution
  /** Parts per million, summing to 1,000,000. */
  readonly mixPpm: Readonly<Record<OperationKind, Ppm>>
  readonly valueBytes: number
  /** null fields take the cluster's setting. */
  readonly quorum: {
    readonly r: number | null
    readonly w: number | null
    readonly monotonic: boolean
  }
  readonly timeoutMicros: Micros
  /**
   * Keep what was read and written per key: contexts for writes, minimum for reads. Default
   * true.
   */
  readonly contexts: 'session' | 'none'
  /**
   * Reads carry the session's minimum context, so read-your-writes holds or the read fails.
   * Default false.
   */
  readonly sessionMinimum: boolean
  /** Where clients connect: round-robin home node, kept until it fails them. */
  readonly failover: boolean
  /** Written down one by one, by time; null: drawn. */
  readonly operations: readonly ScriptedOperation[] | null
  /** Of `operations`: a client waits for its last answer before it asks again. */
  readonly inTurn: boolean
  /** null: the mix. */
  readonly probe: ProbeModel | null
}

/** Links from each of `from` to each of `to`, and with `bothWays` back. */
export interface LinkEnds {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly bothWays: boolean
}

/** What a fault makes of links; null leaves it as it is. */
export interface LinkSettings {
  readonly lossPpm: Ppm | null
  readonly duplicatePpm: Ppm | null
  readonly reorderPpm: Ppm | null
  readonly corruptPpm: Ppm | null
  readonly latency: Latency | null
  /** Every delay is multiplied by it. */
  readonly latencyFactor: number | null
  readonly bitsPerSecond: number | null
}

/** What goes wrong with a disk. */
export type DiskFault =
  /** So many bits are flipped in what is stored; a restart reads it. */
  | { readonly kind: 'corrupt'; readonly count: number }
  /** So many of the next writes go to a wrong place. */
  | { readonly kind: 'misdirected'; readonly count: number }
  | { readonly kind: 'full' }
  /** Nothing completes. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'slow'; readonly factor: number }
  /** Says that writes are on the disk which a power cut will take. */
  | { readonly kind: 'lying_fsync' }
  /** A power cut takes names given to files and not synced, while removals of names stand. */
  | { readonly kind: 'rename_lost' }
  | DiskStop

/** After these the node is down until the fault ends. */
export type DiskStop =
  /** The next fsync fails, and the node stops. */
  | { readonly kind: 'fsync_fails' }
  /** Power is lost; of what was not synced nothing, whole sectors, or any of them are there. */
  | { readonly kind: 'unsynced_lost' }
  | { readonly kind: 'torn' }
  | { readonly kind: 'reordered' }
  /** Power is lost, and the node comes back with a disk that is empty. */
  | { readonly kind: 'wipe' }

/** Who a fault hits: node ids (clients `c1`.. too in partitions). */
export type FaultAction =
  /** Groups that cannot reach each other; a member of no group reaches all. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[] }
  | {
      readonly kind: 'partition_one_way'
      readonly from: readonly string[]
      readonly to: readonly string[]
    }
  /** Two sides that cannot reach each other, and nodes in between that reach both. */
  | {
      readonly kind: 'bridge'
      readonly nodes: readonly string[]
      readonly sides: readonly (readonly string[])[]
    }
  /** In the order of the ring: each reaches a majority around it, no two the same. */
  | { readonly kind: 'majorities_ring'; readonly nodes: readonly string[] }
  /** What is sent waits, and goes on in order when the fault ends. */
  | ({ readonly kind: 'clog' } & LinkEnds)
  /** Nodes are cut off one after the other, and come back in another order. */
  | { readonly kind: 'swizzle'; readonly nodes: readonly string[] }
  | ({ readonly kind: 'link' } & LinkEnds & LinkSettings)
  /** Volatile state and unsynced writes are gone; restarts when the fault ends. */
  | { readonly kind: 'crash'; readonly nodes: readonly string[] }
  /** Crashes every `periodMicros`, and is up for `upMicros` before the next crash. */
  | {
      readonly kind: 'crash_loop'
      readonly nodes: readonly string[]
      readonly periodMicros: Micros
      readonly upMicros: Micros
    }
  | { readonly kind: 'pause'; readonly nodes: readonly string[] }
  | { readonly kind: 'slow'; readonly nodes: readonly string[]; readonly factor: number }
  | { readonly kind: 'disk'; readonly nodes: readonly string[]; readonly fault: DiskFault }
  /** Wall clock moves by this much, for good, or until the fault ends where it has a duration. */
  | { readonly kind: 'clock_jump'; readonly nodes: readonly string[]; readonly byMicros: Micros }
  /** Wall clock is off by this much from the true time until the fault ends. */
  | {
      readonly kind: 'clock_offset'
      readonly nodes: readonly string[]
      readonly offsetMicros: Micros
    }
  /** Both clocks run faster or slower by this, on top of their own drift. */
  | { readonly kind: 'clock_drift'; readonly nodes: readonly string[]; readonly driftPpm: Ppm }
  /** Wall clock jumps there and back again, every `periodMicros`. */
  | {
      readonly kind: 'clock_strobe'
      readonly nodes: readonly string[]
      readonly byMicros: Micros
      readonly periodMicros: Micros
    }

export type FaultTrigger =
  | { readonly kind: 'at'; readonly atMicros: Micros }
  /** Fires once, when that node has sent its `acked`-th replicate_ok. */
  | { readonly kind: 'when_acked'; readonly node: string; readonly count: number }
  /** Fires once, when that node keeps so many hints for others. */
  | { readonly kind: 'when_hints'; readonly node: string; readonly count: number }
  /** Fires once, when clients have been told the outcome of so many operations. */
  | { readonly kind: 'when_operations'; readonly count: number }
  /** Fires once, when the fault of that name has first started or ended, and a while after. */
  | {
      readonly kind: 'when_fault'
      readonly name: string
      readonly edge: 'started' | 'ended'
      readonly afterMicros: Micros
    }
  /**
   * Drawn from the run's seed: one of `pick`, on average every `everyMicros`, for a duration
   * from `forMicros`.
   */
  | { readonly kind: 'every'; readonly everyMicros: Micros }

/** What `pick` may name: a fault each, on victims drawn from the seed. */
export const pickKinds = [
  'crash',
  'partition',
  'pause',
  'slow',
  'one_way',
  'bridge',
  'majorities_ring',
  'clog',
  'swizzle',
  'loss',
  'duplicate',
  'reorder',
  'corrupt_payload',
  'slow_link',
  'bandwidth',
  'crash_loop',
  'crash_zone',
  'crash_all',
  'clock_jump',
  'clock_offset',
  'clock_drift',
  'clock_strobe',
  'disk_corrupt',
  'disk_misdirected',
  'disk_full',
  'disk_stall',
  'disk_slow',
  'disk_lying_fsync',
  'disk_rename_lost',
  'disk_fsync_fails',
  'disk_unsynced_lost',
  'disk_torn',
  'disk_reordered',
  'disk_wipe',
] as const
export type PickKind = (typeof pickKinds)[number]

export interface FaultModel {
  /** By which milestones know it; null: none. */
  readonly name: string | null
  readonly trigger: FaultTrigger
  /** null: until the heal at the end of the clients' time (or for good: a clock jump). */
  readonly duration: Latency | null
  /** One action, or for `every` the kinds to pick from (victims are drawn when it fires). */
  readonly action: FaultAction | null
  readonly pick: readonly PickKind[]
  /** Line in the scenario file, for messages. */
  readonly line: number
}

export interface Scenario {
  readonly name: string
  readonly about: string
  readonly seed: number
  /** Of concerns that do not take `seed`. */
  readonly seeds: Seeds
  readonly durationMicros: Micros
  readonly settleMicros: Micros
  readonly cluster: ClusterModel
  readonly network: NetworkModel
  readonly disk: DiskModel
  readonly cpuPerMessageMicros: Micros
  readonly clocks: ClockModel
  readonly workload: WorkloadModel
  readonly faults: readonly FaultModel[]
  /** Faults leave a good copy of what was acknowledged: see scenarios/atlas.ts. */
  readonly atlas: boolean
  readonly expect: ExpectModel
}
