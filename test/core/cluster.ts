/**
 * A few real nodes on a network, disks and clocks that a test moves by hand. It makes no choice of
 * its own: every message waits until it is delivered, dropped or doubled, every persist until it is
 * synced. What it is told, observers hear.
 */
import type {
  ClientRequest,
  DurableState,
  Effect,
  Input,
  LogRecord,
  Message,
  Micros,
  NodeId,
  NodeOptions,
  Note,
  Outcome,
  PersistEffect,
  Ring,
  TimerId,
} from '../../core/index.js'
import { isMemberMessage, Node, nodeId, Placement } from '../../core/index.js'
import { foldRecords } from '../../core/log/recover.js'
import type { ClusterOptions } from './options.js'
import { optionsOf } from './options.js'

export type { ClusterOptions } from './options.js'

/** One message under way. A doubled one is two of these. */
export interface Flight {
  readonly number: number
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

/** What an observer hears, before it has any effect. */
export interface Observer {
  persisted?(box: Box, records: readonly LogRecord[]): void
  durable?(box: Box, record: LogRecord): void
  sent?(box: Box, to: NodeId, message: Message): void
  replied?(box: Box, request: number, outcome: Outcome): void
  noted?(box: Box, note: Note): void
  crashed?(box: Box): void
}

/** One process: a node, its disk and its timers. */
export class Box {
  readonly id: NodeId
  readonly options: NodeOptions
  node: Node | null = null
  readonly disk: LogRecord[] = []
  pending: PersistEffect[] = []
  durablePersists = 0
  wallOffsetMicros = 0
  readonly timers = new Map<TimerId, Micros>()

  constructor(id: NodeId, options: NodeOptions) {
    this.id = id
    this.options = options
  }
}

export class TestCluster {
  readonly placement: Placement
  readonly boxes: readonly Box[]
  flights: Flight[] = []
  readonly replies = new Map<number, Outcome[]>()
  readonly observers: Observer[] = []
  /** `from>to` of links that let nothing through. */
  readonly cuts = new Set<string>()
  /** Persists are durable at once. */
  autoSync = true
  /** What failure detection says arrives at once where it can; else it waits like all messages. */
  autoMembers = true
  nowMicros = 1_000_000
  #flightNumber = 0
  #request = 0

  constructor(options: ClusterOptions) {
    const ids =
      options.ids ?? Array.from({ length: options.nodes }, (_, i) => nodeId(`n${String(i + 1)}`))
    const n = options.replication?.n ?? Math.min(3, options.nodes)
    this.placement = new Placement(roundRing(ids, options.partitions ?? 8, n))
    this.boxes = ids.map((id) => new Box(id, optionsOf(options, id, this.placement, n)))
  }

  box(node: string): Box {
    const found = this.boxes.find((box) => box.id === node)
    if (found === undefined) throw new Error(`no node ${node}`)
    return found
  }

  start(): this {
    for (const box of this.boxes) this.boot(box.id)
    return this
  }

  // --- processes

  boot(node: string): void {
    const box = this.box(node)
    const recovered = box.disk.length === 0 ? null : foldRecords(box.disk)
    this.#begin(box, recovered)
  }

  /**
   * A crash in which the disk loses all but these. The node is told so at its next start, as one
   * that cannot read its log; or it is not, to see what comes of that.
   */
  lose(node: string, keeps: (record: LogRecord) => boolean, isTold = true): void {
    const box = this.box(node)
    this.crash(node)
    const { incarnation } = foldRecords(box.disk)
    const kept = box.disk.filter(keeps)
    box.disk.splice(0, box.disk.length, ...kept)
    const damage = isTold ? { actorEpoch: incarnation + 1, damaged: true } : {}
    this.#begin(box, { ...foldRecords(kept), incarnation, ...damage })
  }

  #begin(box: Box, recovered: DurableState | null): void {
    box.node = new Node(box.options, recovered)
    box.durablePersists = 0
    this.#carryOut(box, box.node.start())
  }

  /** Of the records not synced yet the first `survivors` are found again after the restart. */
  crash(node: string, survivors = 0): void {
    const box = this.box(node)
    if (box.node === null) return
    const records = box.pending.flatMap((persist) => persist.records)
    box.pending = []
    for (const record of records.slice(0, survivors)) this.#keep(box, record)
    box.timers.clear()
    box.node = null
    for (const observer of this.observers) observer.crashed?.(box)
  }

  /** The node is about to be stopped, and says so. */
  leave(node: string): void {
    this.#step(this.box(node), { kind: 'leave' })
  }

  /** It does nothing for so long; the others go on, and what they say to it is lost. */
  stall(node: string, micros: Micros): void {
    const box = this.box(node)
    const timers = [...box.timers]
    box.timers.clear()
    this.isolate(node)
    this.run(micros)
    this.heal()
    for (const [timer] of timers) this.#step(box, { kind: 'timer', timer })
  }

  // --- clients

  /** Returns the number under which `replies` will hold the outcome. */
  submit(node: string, operation: OperationOf<ClientRequest>): number {
    const request = ++this.#request
    const box = this.box(node)
    const whole = { ...operation, request } as ClientRequest
    this.#step(box, { kind: 'client', operation: whole, waitedMicros: 0 })
    return request
  }

  /** The number that the next `submit` will return. */
  get nextRequest(): number {
    return this.#request + 1
  }

  outcome(request: number): Outcome | null {
    return this.replies.get(request)?.[0] ?? null
  }

  // --- operators

  syncNow(node: string): void {
    const box = this.box(node)
    if (box.node !== null) this.#carryOut(box, box.node.syncNow(this.#now(box)))
  }

  // --- network

  deliver(flight: Flight, waitedMicros = 0): void {
    this.drop(flight)
    this.#arrive(flight, waitedMicros)
  }

  drop(flight: Flight): void {
    this.flights = this.flights.filter((other) => other !== flight)
  }

  duplicate(flight: Flight): Flight {
    const copy = { ...flight, number: ++this.#flightNumber }
    this.flights.push(copy)
    return copy
  }

  /** Flights of a kind, oldest first, narrowed by either end. */
  find(kind: Message['kind'], ends: { from?: string; to?: string } = {}): readonly Flight[] {
    return this.flights.filter(
      ({ message, from, to }) =>
        message.kind === kind &&
        (ends.from === undefined || ends.from === from) &&
        (ends.to === undefined || ends.to === to),
    )
  }

  /** The only flight of that kind. */
  one(kind: Message['kind'], ends: { from?: string; to?: string } = {}): Flight {
    const found = this.find(kind, ends)
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(`${String(found.length)} flights of ${kind}, not one`)
    }
    return found[0]
  }

  isolate(node: string): void {
    for (const { id } of this.boxes) {
      this.cuts.add(`${node}>${id}`)
      this.cuts.add(`${id}>${node}`)
    }
  }

  heal(): void {
    this.cuts.clear()
  }

  // --- disks

  /** The first `count` persists under way become durable. */
  sync(node: string, count = Number.MAX_SAFE_INTEGER): void {
    const box = this.box(node)
    for (let left = count; left > 0; left--) {
      const persist = box.pending.shift()
      if (persist === undefined) return
      for (const record of persist.records) this.#keep(box, record)
      box.durablePersists++
      this.#carryOut(box, persist.then)
    }
  }

  #keep(box: Box, record: LogRecord): void {
    box.disk.push(record)
    for (const observer of this.observers) observer.durable?.(box, record)
  }

  // --- time

  /** Delivers and syncs all there is, oldest first, until nothing is under way. No time passes. */
  settle(): void {
    for (let i = 0; i < 10_000; i++) {
      for (const box of this.boxes) this.sync(box.id)
      const flight = this.flights[0]
      if (flight !== undefined) this.deliver(flight)
      else if (this.boxes.every((box) => box.pending.length === 0)) return
    }
    throw new Error('the cluster does not come to rest')
  }

  /** Lets time pass, firing timers at their times; `between` runs after each. */
  advance(micros: Micros, between: () => void = () => undefined): void {
    const until = this.nowMicros + micros
    for (;;) {
      const next = this.#nextTimer(until)
      if (next === null) break
      const [box, timer, atMicros] = next
      this.nowMicros = Math.max(this.nowMicros, atMicros)
      box.timers.delete(timer)
      this.#step(box, { kind: 'timer', timer })
      between()
    }
    this.nowMicros = until
  }

  /** As `advance`, on a network and disks that take no time. */
  run(micros: Micros): void {
    this.settle()
    this.advance(micros, () => {
      this.settle()
    })
  }

  #nextTimer(until: Micros): readonly [Box, TimerId, Micros] | null {
    let found: readonly [Box, TimerId, Micros] | null = null
    for (const box of this.boxes) {
      for (const [timer, atMicros] of box.timers) {
        if (atMicros <= until && (found === null || atMicros < found[2])) {
          found = [box, timer, atMicros]
        }
      }
    }
    return found
  }

  // --- effects

  #arrive({ from, to, message }: Flight, waitedMicros: Micros): void {
    if (this.cuts.has(`${from}>${to}`)) return
    this.#step(this.box(to), { kind: 'message', message, waitedMicros })
  }

  #step(box: Box, input: Input): void {
    if (box.node === null) return
    this.#carryOut(box, box.node.step(this.#now(box), input))
  }

  #now(box: Box) {
    return {
      monoMicros: this.nowMicros,
      wallMicros: this.nowMicros + box.wallOffsetMicros,
      durablePersists: box.durablePersists,
    }
  }

  #carryOut(box: Box, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#send(box, effect.to, effect.message)
          break
        case 'persist':
          for (const observer of this.observers) observer.persisted?.(box, effect.records)
          box.pending.push(effect)
          break
        case 'arm':
          box.timers.set(effect.timer, effect.atMicros)
          break
        case 'disarm':
          box.timers.delete(effect.timer)
          break
        case 'reply':
          this.#reply(box, effect.request, effect.outcome)
          break
        case 'resume':
          this.#step(box, { kind: 'resume', request: effect.request })
          break
        case 'note':
          for (const observer of this.observers) observer.noted?.(box, effect.note)
          break
      }
    }
    if (this.autoSync) this.sync(box.id)
  }

  #send(box: Box, to: NodeId, message: Message): void {
    for (const observer of this.observers) observer.sent?.(box, to, message)
    if (to === box.id) {
      this.#step(box, { kind: 'message', message, waitedMicros: 0 })
      return
    }
    if (this.cuts.has(`${box.id}>${to}`)) return
    const flight = { number: ++this.#flightNumber, from: box.id, to, message }
    if (this.autoMembers && isMemberMessage(message)) this.#arrive(flight, 0)
    else this.flights.push(flight)
  }

  #reply(box: Box, request: number, outcome: Outcome): void {
    for (const observer of this.observers) observer.replied?.(box, request, outcome)
    const replies = this.replies.get(request)
    if (replies === undefined) this.replies.set(request, [outcome])
    else replies.push(outcome)
  }
}

/**
 * Partition p belongs to the p-th node and those after it: a placement that is seen at a glance.
 */
function roundRing(ids: readonly NodeId[], partitions: number, replicas: number): Ring {
  const members = ids
    .map((id) => ({ id, zone: '', weight: 1 }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const owners = Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: replicas }, (_, place) => ids[(partition + place) % ids.length] as NodeId),
  )
  return { epoch: 1, partitions, replicas, members, owners }
}

/** A request without the number that the cluster gives it. */
export type OperationOf<Request> = Request extends ClientRequest ? Omit<Request, 'request'> : never
