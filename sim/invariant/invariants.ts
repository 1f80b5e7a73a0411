/**
 * The invariants of a run, always on: hears what nodes do through the driver, keeps the book of
 * what is true, and asks each family (docs/invariants.md). What they find ends the run.
 */
import type {
  ClientRequest,
  DurableState,
  LogRecord,
  Message,
  NodeId,
  NodeOptions,
  Note,
  Outcome,
} from '../../core/index.js'
import type { Restart } from '../disk.js'
import { Asked } from './asked.js'
import { Book } from './book.js'
import { ConvergeInvariants } from './converge.js'
import { DurabilityInvariants } from './durability.js'
import type { Family, Inspected, Scene } from './family.js'
import { HandoffInvariants } from './handoff.js'
import { JoinInvariants } from './join.js'
import { MembershipInvariants } from './membership.js'
import type { InvariantName, Tally } from './name.js'
import { emptyTally } from './name.js'
import type { Reality } from './reality.js'
import { ReapInvariants } from './reap.js'
import { ReplayInvariants } from './replay.js'
import { RequestInvariants } from './request.js'
import { RingInvariants } from './ring.js'
import { Sound } from './sound.js'
import { SyncInvariants } from './sync.js'
import { VersionInvariants } from './version.js'
import type { Breach } from './violation.js'
import { InvariantViolation } from './violation.js'

/** What the invariants may ask of the world around them. */
export interface Surroundings {
  readonly nodes: readonly NodeOptions[]
  readonly reality: Reality
  node(index: number): Inspected | null
  durablePersists(index: number): number
  nowMicros(): number
  wallMicros(node: number): number
  healedForMicros(): number | null
}

type Hook = keyof Family

export class Invariants implements Scene {
  readonly nodes: readonly NodeOptions[]
  readonly book: Book
  readonly tally: Tally = emptyTally()
  readonly reality: Reality
  readonly #around: Surroundings
  readonly #isOn: boolean
  readonly #asked = new Asked()
  readonly #durability: DurabilityInvariants | null
  readonly #families: readonly Family[]
  readonly #persisted: readonly Family[]
  readonly #durable: readonly Family[]
  readonly #submitted: readonly Family[]
  readonly #sent: readonly Family[]
  readonly #replied: readonly Family[]

  /** `isOn` false: hears and asks nothing, to measure what that costs. */
  constructor(around: Surroundings, isOn = true) {
    this.#around = around
    this.#isOn = isOn
    this.nodes = around.nodes
    this.reality = around.reality
    this.book = new Book(around.nodes, this.#asked.contextOf)
    const membership = new MembershipInvariants(this)
    const sound = new Sound(this)
    const everywhere = [
      sound,
      new RingInvariants(this),
      new JoinInvariants(this),
      new SyncInvariants(this),
      // Before hints: those of a node that is taken for dead do not drain, which says less.
      membership,
      new ConvergeInvariants(this, membership.steady, sound),
    ]
    // What follows a dot from the log of who minted it; a coordinator that keeps no copy logs none.
    const blind = around.nodes[0]?.replication.coordinator === 'any'
    this.#durability = blind ? null : new DurabilityInvariants(this)
    const minted = [
      new VersionInvariants(this, sound),
      new RequestInvariants(this, this.#asked),
      new HandoffInvariants(this, sound),
      new ReapInvariants(this, sound),
      ...(this.#durability === null ? [] : [this.#durability, new ReplayInvariants(this)]),
    ]
    this.#families = blind ? everywhere : [...everywhere, ...minted]
    this.#persisted = this.#with('persisted')
    this.#durable = this.#with('durable')
    this.#submitted = this.#with('submitted')
    this.#sent = this.#with('sent')
    this.#replied = this.#with('replied')
  }

  #with(hook: Hook): readonly Family[] {
    return this.#families.filter((family) => family[hook] !== undefined)
  }

  // --- the scene that families look at

  node(index: number): Inspected | null {
    return this.#around.node(index)
  }

  durablePersists(index: number): number {
    return this.#around.durablePersists(index)
  }

  indexOf(node: NodeId): number {
    return this.book.indexOf(node)
  }

  nowMicros(): number {
    return this.#around.nowMicros()
  }

  wallMicros(node: number): number {
    return this.#around.wallMicros(node)
  }

  healedForMicros(): number | null {
    return this.#around.healedForMicros()
  }

  violated(name: InvariantName, breach: Breach): never {
    throw new InvariantViolation(name, breach)
  }

  // --- what happens

  opened(): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.opened?.()
  }

  persisted(node: number, records: readonly LogRecord[]): void {
    if (!this.#isOn) return
    this.book.persisted(node, records)
    if (records.length === 0) return
    const families = this.#persisted
    for (let i = 0; i < families.length; i++) families[i]?.persisted?.(node, records)
  }

  /** The oldest of the node's persists that was not durable yet. */
  durable(node: number): void {
    if (!this.#isOn) return
    const records = this.book.nextBatch(node)
    if (records.length > 0) {
      const families = this.#durable
      for (let i = 0; i < families.length; i++) families[i]?.durable?.(node, records)
    }
    this.book.durable(node)
  }

  sent(node: number, to: number, message: Message): void {
    if (!this.#isOn) return
    const families = this.#sent
    for (let i = 0; i < families.length; i++) families[i]?.sent?.(node, to, message)
  }

  submitted(request: ClientRequest): void {
    if (!this.#isOn) return
    const families = this.#submitted
    for (let i = 0; i < families.length; i++) families[i]?.submitted?.(request)
  }

  /** Its client waits no longer. */
  forgotten(request: number): void {
    if (!this.#isOn) return
    this.#asked.take(request)
  }

  replied(node: number, request: number, outcome: Outcome): void {
    if (!this.#isOn) return
    const families = this.#replied
    for (let i = 0; i < families.length; i++) families[i]?.replied?.(node, request, outcome)
  }

  crashed(node: number): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.crashed?.(node)
    this.book.crashed(node)
  }

  paused(node: number): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.paused?.(node)
  }

  resumed(node: number): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.resumed?.(node)
  }

  hindered(node: number): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.hindered?.(node)
  }

  noted(node: number, note: Note): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.noted?.(node, note)
  }

  /** A new life begins. What its disk may have lost, and admits, it is not blamed for. */
  restarted(node: number, { state, damage, history }: Restart): void {
    if (!this.#isOn) return
    const admits = damage.length > 0 && (history === 'rotted' || history === 'reordered')
    if (history === 'wiped' || history === 'untrusted') this.diskLost(node)
    else if (history === 'rotted' && admits) this.diskLost(node)
    else {
      this.#durability?.read(node, history === 'rotted' ? 'WAL-5' : 'WAL-2', admits ? [] : damage)
    }
    this.booted(node, state)
  }

  booted(node: number, recovered: DurableState | null): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.booted?.(node, recovered)
    this.book.booted(node, recovered)
  }

  diskLost(node: number): void {
    if (!this.#isOn) return
    this.book.diskLost(node)
  }

  checkpoint(): void {
    if (!this.#isOn) return
    const touched = this.book.takeTouched()
    for (const family of this.#families) family.checkpoint?.(touched)
  }

  sweep(): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.sweep?.()
  }

  ended(): void {
    if (!this.#isOn) return
    for (const family of this.#families) family.ended?.()
  }
}
