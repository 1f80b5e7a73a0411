/**
 * Nodes behind their doors, all in this process: real `Node`s on the network and the disks of
 * `TestCluster`, driven by the real clock. For tests of the API and of the client; what is cut or
 * crashed is said by the test.
 */
import type { Entry, NodeCounters, NodeId, Outcome } from '../../core/index.js'
import { nodeId } from '../../core/index.js'
import type {
  Door,
  Gauge,
  Health,
  Held,
  LogLine,
  MemberView,
  NodeLogPage,
  Operation,
} from '../../net/door.js'
import type { ClusterOptions } from '../core/cluster.js'
import { TestCluster } from '../core/cluster.js'

const noCounters: NodeCounters = {
  expired: 0,
  otherIncarnation: 0,
  forwards: 0,
  readRepairs: 0,
  hintsTaken: 0,
  hintsDelivered: 0,
  shed: 0,
  syncedKeys: 0,
  reapedKeys: 0,
  staleReaps: 0,
}

export class FakeCluster {
  readonly cluster: TestCluster
  /** Node -> where its API listens, for those who ask one node for the others. */
  readonly urls = new Map<string, string>()
  readonly doors: readonly FakeDoor[]
  readonly #waiting = new Map<number, Waiting>()
  readonly #clock: NodeJS.Timeout
  #settling = false
  /** Nothing is delivered while this is set: requests wait, and time out. */
  frozen = false

  constructor(options: ClusterOptions) {
    this.cluster = new TestCluster(options)
    this.cluster.observers.push({
      replied: (_, request, outcome) => {
        const waiting = this.#waiting.get(request)
        this.#waiting.delete(request)
        waiting?.done(outcome)
      },
    })
    this.cluster.start()
    this.cluster.settle()
    this.doors = this.cluster.boxes.map(({ id }) => new FakeDoor(this, id))
    let before = performance.now()
    this.#clock = setInterval(() => {
      const now = performance.now()
      this.advance((now - before) * 1_000)
      before = now
    }, 10)
    this.#clock.unref()
  }

  door(node: string): FakeDoor {
    const found = this.doors.find((door) => door.node === node)
    if (found === undefined) throw new Error(`no node ${node}`)
    return found
  }

  submit(node: NodeId, operation: Operation, done: (outcome: Outcome) => void): void {
    const request = this.cluster.nextRequest
    this.#waiting.set(request, { node, operation, done })
    this.cluster.submit(node, operation)
    this.#settleSoon()
  }

  /** The process is gone, and with it all that clients wait for. */
  crash(node: string): void {
    this.cluster.crash(node)
    for (const [request, waiting] of this.#waiting) {
      if (waiting.node !== node) continue
      this.#waiting.delete(request)
      const unknown = waiting.operation.kind === 'put'
      waiting.done(
        unknown
          ? { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }
          : { kind: 'rejected', code: 'not_ready', need: 0, got: 0 },
      )
    }
  }

  advance(micros: number): void {
    if (this.frozen) this.cluster.advance(Math.round(micros))
    else this.cluster.run(Math.round(micros))
  }

  close(): void {
    clearInterval(this.#clock)
  }

  #settleSoon(): void {
    if (this.#settling) return
    this.#settling = true
    setImmediate(() => {
      this.#settling = false
      if (!this.frozen) this.cluster.settle()
    })
  }
}

interface Waiting {
  readonly node: NodeId
  readonly operation: Operation
  readonly done: (outcome: Outcome) => void
}

export class FakeDoor implements Door {
  readonly node: NodeId
  readonly clusterId = 'test'
  readonly contextSecret = new Uint8Array(16).fill(7)
  readonly #fake: FakeCluster
  readonly #lines: LogLine[] = []
  readonly #listeners = new Set<(line: LogLine) => void>()
  state: Health['state'] = 'ready'
  readOnly: string | null = null
  /** Operations seen, for tests that ask what reached the node. */
  readonly submitted: Operation[] = []

  constructor(fake: FakeCluster, node: NodeId) {
    this.#fake = fake
    this.node = node
  }

  get #box() {
    return this.#fake.cluster.box(this.node)
  }

  get incarnation(): number {
    return this.#box.node?.incarnation ?? 0
  }

  get placement() {
    return this.#fake.cluster.placement
  }

  get buckets() {
    return this.#box.options.buckets
  }

  get replication() {
    return this.#box.options.replication
  }

  submit(operation: Operation, done: (outcome: Outcome) => void): void {
    this.submitted.push(operation)
    if (this.#box.node === null) done({ kind: 'rejected', code: 'not_ready', need: 0, got: 0 })
    else this.#fake.submit(this.node, operation, done)
  }

  health(): Health {
    const state = this.#box.node === null ? 'starting' : this.state
    return { state, readOnly: this.readOnly, uptimeMicros: this.#fake.cluster.nowMicros }
  }

  members(): readonly MemberView[] {
    const { node } = this.#box
    return this.placement.ring.members.map(({ id, zone, weight }) => ({
      id,
      zone,
      weight,
      state: node?.suspects(id) === true ? 'suspect' : 'alive',
      incarnation: node?.standingOf(id).incarnation ?? 0,
      url: this.#fake.urls.get(id) ?? null,
      silentMicros: id === this.node ? null : 0,
      roundTripMicros: null,
    }))
  }

  counters(): Readonly<NodeCounters> {
    return this.#box.node?.counters ?? noCounters
  }

  inspect() {
    const { node } = this.#box
    if (node !== null) return node.inspect()
    const pace = { share: 1, p99Micros: 0, goodMicros: 0, deferred: 0 }
    const nothing = { openRequests: 0, keys: 0, tombstones: 0, hints: [], needsRepair: [] }
    return { ready: false, ...nothing, sync: null, pace }
  }

  gauges(): readonly Gauge[] {
    const value = this.#box.disk.length
    return [{ name: 'disk_records', help: 'Records in the log.', type: 'gauge', value }]
  }

  held(id: string): Held {
    const { node } = this.#box
    const entry = this.#stored().find((each) => each.key.id === id) ?? null
    return { entry, hints: node?.hintsOf(id) ?? new Map() }
  }

  entries(): Iterable<Entry> {
    return this.#stored()
  }

  #stored(): readonly Entry[] {
    return [...(this.#box.node?.entries() ?? [])]
  }

  syncNow(): void {
    this.#fake.cluster.syncNow(this.node)
  }

  log(after: number, limit: number): readonly LogLine[] {
    return this.#lines.filter(({ number }) => number > after).slice(0, limit)
  }

  logOf(node: string, after: number, limit: number): Promise<NodeLogPage> {
    if (this.#fake.cluster.box(nodeId(node)).node === null)
      return Promise.reject(new Error('connect ECONNREFUSED'))
    return Promise.resolve({ source: node, lines: this.#fake.door(node).log(after, limit) })
  }

  onLog(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly write = (
    level: LogLine['level'],
    event: string,
    fields: Readonly<Record<string, unknown>>,
  ): void => {
    const number = this.#lines.length + 1
    const line: LogLine = { number, atMillis: Date.now(), level, event, fields }
    this.#lines.push(line)
    for (const listener of this.#listeners) listener(line)
  }
}
