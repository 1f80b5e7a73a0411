/**
 * One family of invariants: what it wants to hear of a run, and what it may look at. A family
 * throws an `InvariantViolation` by `scene.violated`; it changes nothing and draws nothing, so that
 * a run is the same with and without it.
 *
 * Nodes are numbers: their place in the scenario's list.
 */
import type {
  ClientRequest,
  DurableState,
  KeyState,
  LogRecord,
  Message,
  NodeId,
  NodeOptions,
  Note,
  Outcome,
  Standing,
} from '../../core/index.js'
import type { Book } from './book.js'
import type { KeyBook } from './key.js'
import type { InvariantName, Tally } from './name.js'
import type { Reality } from './reality.js'
import type { Breach } from './violation.js'

/** Every hook is optional, and called before what it tells of has any effect. */
export interface Family {
  /** Before the first event. */
  opened?(): void
  /** A node asks its disk to write this. New dots are in `scene.book.fresh`. */
  persisted?(node: number, records: readonly LogRecord[]): void
  /** These are durable now; the book still says what was durable before. */
  durable?(node: number, records: readonly LogRecord[]): void
  /** A node sends this to another; what it tells itself is not heard. */
  sent?(node: number, to: number, message: Message): void
  /** A client asks, for the first time or again. */
  submitted?(request: ClientRequest): void
  /** A node answers a client. */
  replied?(node: number, request: number, outcome: Outcome): void
  /** A life ends; what it knew can still be looked at. */
  crashed?(node: number): void
  /** It stands still from here on, or goes on. */
  paused?(node: number): void
  resumed?(node: number): void
  /** It becomes slow, or its clock changes its pace; or that ends. */
  hindered?(node: number): void
  noted?(node: number, note: Note): void
  /** A new life begins from what its disk held; null: nothing. */
  booted?(node: number, recovered: DurableState | null): void
  /** Once a tick: the keys that were written since the last. */
  checkpoint?(touched: readonly KeyBook[]): void
  /** At a few points of a run: look at everything. */
  sweep?(): void
  /** All faults have ended, and the cluster has had its time to become whole. */
  ended?(): void
}

/** What of a running node the invariants look at. */
export interface Inspected {
  readonly hintCount: number
  readonly tombstoneCount: number
  /** It answers. */
  readonly isReady: boolean
  /** How badly it is doing, in its own opinion; protocol.md section 6. */
  readonly localHealth: number
  /** Partitions of which it has lost its memory: core/reap/doubt. Left out: none. */
  readonly doubtful?: ReadonlySet<number>
  standingOf(member: NodeId): Standing
  stateOf(id: string): KeyState | null
  treeDrift(durablePersists: number): readonly number[]
}

export interface Scene {
  readonly nodes: readonly NodeOptions[]
  readonly book: Book
  readonly tally: Tally
  readonly reality: Reality
  /** Null while it is down. */
  node(index: number): Inspected | null
  durablePersists(index: number): number
  indexOf(node: NodeId): number
  nowMicros(): number
  wallMicros(node: number): number
  /** How long the clients have been silent and the faults over; null before. */
  healedForMicros(): number | null
  violated(name: InvariantName, breach: Breach): never
}
