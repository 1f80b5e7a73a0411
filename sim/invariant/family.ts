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
  Outcome,
} from '../../core/index.js'
import type { Book } from './book.js'
import type { KeyBook } from './key.js'
import type { InvariantName, Tally } from './name.js'
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
  crashed?(node: number): void
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
  stateOf(id: string): KeyState | null
  treeDrift(durablePersists: number): readonly number[]
}

export interface Scene {
  readonly nodes: readonly NodeOptions[]
  readonly book: Book
  readonly tally: Tally
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
