/**
 * The door through which the public API sees its node. `net/api` knows nothing else of the node:
 * not its disk, not its transport, not the driver. Whoever runs a node implements this.
 *
 * Everything here is called on the node's own thread. `submit` is the hot path; the rest is for
 * people, dashboards and scrapers, and may cost milliseconds.
 */
import type {
  BucketRules,
  ClientRequest,
  Entry,
  HintEntry,
  Inspection,
  Micros,
  NodeCounters,
  NodeId,
  Outcome,
  Placement,
  Replication,
} from '../core/index.js'

/** A client's request without the number that the driver gives it. */
export type Operation = OperationOf<ClientRequest>
type OperationOf<Request> = Request extends ClientRequest ? Omit<Request, 'request'> : never

export interface Door {
  readonly node: NodeId
  readonly clusterId: string
  /** Of this life; 0 before it is durable. Retries by `Idempotency-Key` are known to one life. */
  readonly incarnation: number
  /** Of the newest ring epoch this node knows. */
  readonly placement: Placement
  readonly buckets: ReadonlyMap<string, BucketRules>
  readonly replication: Replication
  /** 16 bytes, the same on all nodes: authenticates context tokens. */
  readonly contextSecret: Uint8Array

  /**
   * Hands an operation to the node. `done` is called exactly once, perhaps before `submit` returns;
   * after the operation's timeout at the latest, or when the node stops (then with `unknown` for a
   * write under way, `rejected` with `not_ready` for what has not begun).
   */
  submit(operation: Operation, done: (outcome: Outcome) => void): void

  health(): Health
  /** Every member of the ring, this node included, sorted by id. */
  members(): readonly MemberView[]
  /** Running totals of this life. */
  counters(): Readonly<NodeCounters>
  /** Counts of what the node holds: keys, hints by target, repairs due, anti-entropy progress. */
  inspect(): Inspection
  /** What the disk and the transport count; every figure becomes a metric of that name. */
  gauges(): readonly Gauge[]

  /** What this node holds of a key: as an owner, and as hints for others. `id`: KeyRef.id. */
  held(id: string): Held
  /** All that this node stores, in no order that means anything. Must bear being left half-way. */
  entries(): Iterable<Entry>

  /** Compares with every peer now, not when its turn comes. */
  syncNow(): void

  /** Who runs this node and others beside it; null or left out: nobody who could be asked. */
  readonly supervision?: Supervision | null

  /** Log lines after number `after`, oldest first, at most `limit`; a bounded ring keeps them. */
  log(after: number, limit: number): readonly LogLine[]
  /** Called with every line from now on, until the function returned is called. */
  onLog(listener: (line: LogLine) => void): () => void
  /** Lines of any member's log; rejects with why there are none. Left out: nobody can be asked. */
  logOf?(node: string, after: number, limit: number): Promise<NodeLogPage>
}

/** A local cluster's supervisor, which may stop its nodes and start them again. */
export interface Supervision {
  nodes(): Promise<readonly SupervisedNode[]>
  /** Ends when it is done; rejects with a message for people. `act`: one of `supervisedActs`. */
  act(node: string, act: string): Promise<readonly SupervisedNode[]>
  /** The newest lines behind that number, of a node that runs or does not. */
  log(node: string, after: number, limit: number): Promise<NodeLogPage>
}

/** Lines of some node's log. */
export interface NodeLogPage {
  /**
   * Who numbers the lines: a life of the node's process from 1, or the supervisor's `file`. Numbers
   * of one source rise, those of two say nothing of each other.
   */
  readonly source: string
  readonly lines: readonly LogLine[]
}

export const supervisedActs = ['start', 'stop', 'restart', 'kill', 'pause', 'resume'] as const

export interface SupervisedNode {
  readonly id: string
  readonly state: 'starting' | 'ready' | 'paused' | 'stopping' | 'stopped' | 'died'
  readonly url: string
}

export interface Health {
  /**
   * `starting`: recovering, or its incarnation not durable yet. `stopping`: takes nothing new.
   * `failed`: the disk refused; the process is about to end.
   */
  readonly state: 'starting' | 'ready' | 'stopping' | 'failed'
  /** Serves reads only, with the reason; null when it takes writes. */
  readonly readOnly: string | null
  readonly uptimeMicros: Micros
}

export interface MemberView {
  readonly id: NodeId
  readonly zone: string
  readonly weight: number
  /** As this node sees it. */
  readonly state: 'alive' | 'suspect' | 'dead' | 'left' | 'unknown'
  readonly incarnation: number
  /** Where its public API is, if this node knows: `http://127.0.0.1:5001`. */
  readonly url: string | null
  /** Since anything of it was heard; null: never, or it is this node. */
  readonly silentMicros: Micros | null
  /** A running average of the time to its answers; null where none was measured. */
  readonly roundTripMicros: Micros | null
}

export interface Gauge {
  /** Prometheus style: `disk_syncs_total`, `peer_queue_bytes`. */
  readonly name: string
  /** One sentence. */
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

export interface Held {
  readonly entry: Entry | null
  /** By target. */
  readonly hints: ReadonlyMap<NodeId, HintEntry>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One structured log line. Never holds a token, a secret or a value. */
export interface LogLine {
  /** Rises by one with every line of this process, from 1. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly atMillis: number
  readonly level: LogLevel
  /** A snake_case word: `peer_suspected`, `slow_request`. */
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Where the API writes what it has to say; the node's own log (pino) is one. */
export type WriteLog = (
  level: LogLevel,
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void
