/**
 * One live node, put together: the core's node and its driver, the log on disk, the transport, the
 * journal. What the public API sees of it is the door.
 *
 * Order of a start: the log is opened and locked, so that no second process serves the same data;
 * the ports are taken; the new incarnation becomes durable; only then is anything sent. Order of a
 * stop: nothing new is taken in, what is under way is answered, peers are told, the log is synced
 * and closed.
 */
import type {
  BucketRules,
  DurableState,
  Entry,
  FileDamage,
  Inspection,
  LiveRecords,
  LogRecord,
  Message,
  NodeCounters,
  NodeId,
  Note,
  Outcome,
  Placement,
  Replication,
} from '../core/index.js'
import { Node, nodeId } from '../core/index.js'
import { formatAddress } from './address.js'
import { monoMicros } from './clock.js'
import type { NodeConfig } from './config/model.js'
import type {
  Door,
  Gauge,
  Health,
  Held,
  LogLine,
  MemberView,
  NodeLogPage,
  Operation,
  Supervision,
} from './door.js'
import { Driver } from './driver.js'
import { transportGauges } from './gauge.js'
import type { Journal } from './journal.js'
import { Lag } from './lag.js'
import { planOf } from './options.js'
import { Parts } from './parts.js'
import { derive, keyringOf } from './secret.js'
import type { KnownMember } from './seed.js'
import type { LinkChange, PeerAddresses } from './transport.js'
import { Transport } from './transport.js'

/** The log of `net/disk`, or a test's. */
export interface NodeLog {
  append(records: readonly LogRecord[], done: () => void): void
  snapshotFrom(live: LiveRecords, admits?: () => boolean): void
  close(): Promise<void>
}

export interface OpenedLog {
  readonly recovered: DurableState | null
  readonly damage: readonly FileDamage[]
  readonly log: NodeLog
}

/** What a disk has to say of itself, from when it is opened on. */
export interface DiskNews {
  /** It has refused, and nothing becomes durable any more. */
  readonly failed: (error: Error) => void
  /** It is full, and why it is thought to be; null: there is room again. */
  readonly space: (reason: string | null) => void
}

export interface LiveNodeOptions {
  readonly config: NodeConfig
  readonly journal: Journal
  readonly supervision?: Supervision | null
  /** Opens the log on its disk. */
  readonly openLog: (told: DiskNews) => Promise<OpenedLog>
  /** The node can do no more: the process should end, and not as if all were well. */
  readonly failed?: (error: Error) => void
}

/** Requests under way at a stop have this long to be answered. */
const drainMillis = 5_000
const leaveMillis = 1_000
const drainLookMillis = 5

export class LiveNode implements Door {
  readonly node: NodeId
  readonly clusterId: string
  readonly placement: Placement
  readonly buckets: ReadonlyMap<string, BucketRules>
  readonly replication: Replication
  readonly contextSecret: Uint8Array
  readonly supervision: Supervision | null
  readonly #config: NodeConfig
  readonly #journal: Journal
  readonly #core: Node
  readonly #driver: Driver
  readonly #transport: Transport
  readonly #log: NodeLog
  readonly #startedMicros = monoMicros()
  readonly #ready: Promise<void>
  #state: Health['state'] = 'starting'
  #becameReady: () => void = () => undefined
  /** Why nothing new is written. */
  #readOnly: string | null = null

  /** Recovers, listens, and begins a life; `ready` says when it serves. */
  static async start(options: LiveNodeOptions): Promise<LiveNode> {
    let failure: Error | null = null
    let full: string | null = null
    let fail = (error: Error): void => void (failure ??= error)
    let space = (reason: string | null): void => void (full = reason)
    const opened = await options.openLog({
      failed: (error) => fail(error),
      space: (reason) => space(reason),
    })
    const node = new LiveNode(options, opened)
    space = (reason) => node.#spaceIs(reason)
    if (full !== null) space(full)
    fail = (error) => {
      node.#fail(error)
      options.failed?.(error)
    }
    if (failure !== null) fail(failure)
    try {
      await node.#open()
    } catch (error) {
      await opened.log.close()
      throw error
    }
    return node
  }

  private constructor(
    { config, journal, supervision }: LiveNodeOptions,
    { recovered, damage, log }: OpenedLog,
  ) {
    const { options, identity, problems } = planOf(config)
    const keyring = keyringOf(config.secrets, config.clusterId)
    this.node = config.id
    this.clusterId = config.clusterId
    this.placement = options.placement
    this.buckets = config.buckets
    this.replication = config.replication
    this.contextSecret = derive(keyring.first, new Uint8Array(0), 'context').subarray(0, 16)
    this.supervision = supervision ?? null
    this.#config = config
    this.#journal = journal
    this.#log = log
    this.#ready = new Promise((done) => (this.#becameReady = done))
    this.#core = new Node(options, recovered)
    log.snapshotFrom(
      () => this.#core.liveRecords(),
      () => this.#core.admitsBackground(monoMicros()),
    )
    this.#driver = new Driver({
      self: config.id,
      node: this.#core,
      append: (records, done) => {
        log.append(records, done)
      },
      send: (to, message) => {
        this.#transport.send(to, message)
      },
      note: (note) => {
        this.#note(note)
      },
      // One id of an operation through all nodes: who asks for debug lines follows it with grep.
      trace: config.logLevel === 'debug' ? (message) => this.#trace(message) : null,
      slowSync: (micros, records) => {
        journal.write('warn', 'slow_sync', { millis: Math.round(micros / 1_000), records })
      },
      slowMicros: config.slowMicros,
      parts: new Parts(config.slowMicros, journal.write),
      lag: new Lag(monoMicros),
    })
    this.#transport = new Transport({
      identity,
      partitions: config.partitions,
      listen: { link: config.listen.peer, packet: config.listen.udp },
      peers: peerAddresses(config),
      keyring,
      known: knownMembers(config),
      journal,
      tls: config.peerTls,
      limits: config.linkLimits,
      receive: (message: Message) => {
        this.#driver.receive(message)
      },
      linkChanged: (change) => {
        this.#linkChanged(change)
      },
      refused: (from, reason) => {
        journal.write('warn', 'link_refused', { from, reason })
      },
    })
    for (const each of damage) journal.write('error', 'log_damaged', { ...each })
    for (const problem of problems) journal.write('warn', 'ring_problem', { problem })
  }

  async #open(): Promise<void> {
    const { link, packet } = await this.#transport.open()
    this.#journal.write('info', 'node_listening', {
      cluster: this.clusterId,
      peer: formatAddress(link),
      udp: formatAddress(packet),
    })
    this.#driver.start()
    this.#transport.dial()
  }

  /** Its incarnation is durable: it answers. */
  get ready(): Promise<void> {
    return this.#ready
  }

  get incarnation(): number {
    return this.#state === 'starting' ? 0 : this.#core.incarnation
  }

  submit(operation: Operation, done: (outcome: Outcome) => void): void {
    if (this.#state === 'ready') this.#driver.submit(operation, done)
    else done({ kind: 'rejected', code: 'not_ready', need: 0, got: 0 })
  }

  health(): Health {
    return {
      state: this.#state,
      readOnly: this.#readOnly,
      uptimeMicros: monoMicros() - this.#startedMicros,
    }
  }

  members(): readonly MemberView[] {
    const views = new Map(this.#core.members(monoMicros()).map((view) => [view.id, view]))
    return this.#config.members.map(({ id, zone, weight }) => {
      const view = views.get(id)
      return {
        id,
        zone,
        weight,
        // What this node thinks goes before what it has been told.
        state: view?.state === 'alive' && view.disliked ? 'suspect' : (view?.state ?? 'unknown'),
        incarnation: view?.incarnation ?? 0,
        url: this.#urlOf(id),
        silentMicros: view?.silentMicros ?? null,
        roundTripMicros: view?.latencyMicros ?? null,
      }
    })
  }

  counters(): Readonly<NodeCounters> {
    return this.#core.counters
  }

  inspect(): Inspection {
    return this.#core.inspect()
  }

  gauges(): readonly Gauge[] {
    return transportGauges(this.#transport)
  }

  held(id: string): Held {
    const entry = this.#core.entry(id)
    return { entry, hints: this.#core.hintsOf(id) }
  }

  entries(): Iterable<Entry> {
    return this.#core.entries()
  }

  syncNow(): void {
    this.#journal.write('info', 'sync_asked', {})
    this.#driver.ask((node, now) => node.syncNow(now))
  }

  log(after: number, limit: number): readonly LogLine[] {
    return this.#journal.after(after, limit)
  }

  logOf(node: string, after: number, limit: number): Promise<NodeLogPage> {
    if (node === this.node) return Promise.resolve(this.#journal.page(after, limit))
    // It reads the file of a node that is paused or gone, too.
    if (this.supervision !== null) return this.supervision.log(node, after, limit)
    return this.#transport.logOf(nodeId(node), after, limit)
  }

  onLog(listener: (line: LogLine) => void): () => void {
    return this.#journal.listen(listener)
  }

  /** Takes nothing new; what is under way goes on. */
  beginStop(): void {
    if (this.#state === 'stopping' || this.#state === 'failed') return
    this.#state = 'stopping'
    this.#journal.write('info', 'node_stopping', { requests: this.#driver.waiting })
  }

  /** Ends when everything told to anybody is on disk and all is closed. */
  async stop(): Promise<void> {
    this.beginStop()
    await this.#drained(drainMillis)
    this.#driver.leave()
    // Peers may have asked for something before they heard it.
    await this.#drained(leaveMillis)
    this.#driver.stop()
    await this.#transport.close()
    await this.#log.close()
    this.#journal.write('info', 'node_stopped', {})
  }

  async #drained(millis: number): Promise<void> {
    const untilMillis = performance.now() + millis
    while (!this.#driver.idle && performance.now() < untilMillis) {
      await new Promise((done) => setTimeout(done, drainLookMillis))
    }
  }

  /** Nothing may be told to anybody any more: what is told must be durable first. */
  #fail(error: Error): void {
    this.#state = 'failed'
    this.#journal.write('error', 'disk_failed', { error: error.message })
    this.#driver.stop()
    void this.#transport.close()
  }

  /** Reads go on; what a client wants to write is refused, until there is room. */
  #spaceIs(reason: string | null): void {
    this.#readOnly = reason
    if (reason !== null) this.#journal.write('warn', 'disk_full', { reason })
    this.#driver.space(reason !== null)
  }

  #note(note: Note): void {
    if (note.kind === 'node_ready') {
      this.#state = 'ready'
      this.#becameReady()
    }
    const { kind, ...fields } = note
    const bad = kind === 'peer_suspected' || kind === 'peer_dead' || kind === 'hint_refused'
    this.#journal.write(bad ? 'warn' : 'info', kind, fields)
  }

  #trace(message: Message): void {
    if (!('opId' in message)) return
    const { kind, from, opId } = message
    this.#journal.write('debug', 'operation_part', { operation_id: opId, part: kind, from })
  }

  #linkChanged({ peer, linkClass, state, reason }: LinkChange): void {
    this.#journal.write('info', `link_${state}`, { peer, class: linkClass, reason })
  }

  #urlOf(id: NodeId): string | null {
    const { listen, peers, clientTls, id: self } = this.#config
    const http = id === self ? listen.http : peers.find((peer) => peer.id === id)?.http
    if (http === undefined) return null
    return `${clientTls === null ? 'http' : 'https'}://${formatAddress(http)}`
  }
}

function knownMembers({ id: self, listen, peers, members }: NodeConfig): readonly KnownMember[] {
  return members.flatMap((member) => {
    const place = member.id === self ? listen : peers.find(({ id }) => id === member.id)
    if (place === undefined) return []
    const { http, peer, udp } = place
    return [{ ...member, http, peer, udp }]
  })
}

function peerAddresses({ peers }: NodeConfig): ReadonlyMap<NodeId, PeerAddresses> {
  return new Map(peers.map(({ id, peer, udp }) => [id, { link: peer, packet: udp }]))
}
