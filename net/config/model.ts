/** A node's configuration, resolved: every default filled in, every file of secrets read. */
import type {
  BucketRules,
  Limits,
  Member,
  Micros,
  NodeId,
  ReapOptions,
  Replication,
  Timing,
} from '../../core/index.js'
import type { Address } from '../address.js'
import type { LogLevel } from '../door.js'
import type { PeerTls } from '../tls.js'
import type { ApiLimits, ApiTls, Token } from '../api/options.js'

export interface Listen {
  /** The public API. */
  readonly http: Address
  /** Links from peers. */
  readonly peer: Address
  /** Packets from peers. */
  readonly udp: Address
}

export interface PeerConfig extends Listen {
  readonly id: NodeId
}

export interface NodeConfig {
  readonly clusterId: string
  readonly id: NodeId
  readonly listen: Listen
  readonly peers: readonly PeerConfig[]
  /** Where to ask for the peers; empty: they are said. Until it is asked there are none. */
  readonly seeds: readonly Address[]
  /** This node and its peers, in the order of their names. */
  readonly members: readonly Member[]
  readonly partitions: number
  readonly replication: Replication
  readonly buckets: ReadonlyMap<string, BucketRules>
  readonly contextBuckets: readonly string[]
  readonly handoff: boolean
  readonly readRepair: boolean
  readonly antiEntropyMicros: Micros | null
  readonly reap: ReapOptions | null
  readonly timing: Timing
  readonly limits: Limits
  readonly linkLimits: LinkLimits
  readonly apiLimits: ApiLimits
  readonly defaultTimeoutMicros: Micros
  readonly slowMicros: Micros
  readonly dataFolder: string
  /** Lives that this node has had on a disk that is lost. */
  readonly earlierLives: number
  /** The operator has said that strangers may listen and talk. */
  readonly insecure: boolean
  /** The cluster's secrets, the first one in use. Never printed. */
  readonly secrets: readonly string[]
  readonly tokens: readonly Token[]
  readonly peerTls: PeerTls | null
  readonly clientTls: ApiTls | null
  readonly logLevel: LogLevel
}

export interface LinkLimits {
  readonly messageBytes: number
  /** Waiting for one peer, in one class. */
  readonly queueMessages: number
  readonly queueBytes: number
}
