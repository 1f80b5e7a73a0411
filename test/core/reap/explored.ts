/**
 * Four real nodes, three of them owners of one key, one that may keep a hint for it, in the middle
 * of a reaping; and every order of what can happen to them, up to a bound. A world is made anew for
 * every step of the search, by doing again what led there.
 */
import type { KeyState, LogRecord, Message, NodeId, VersionVector } from '../../../core/index.js'
import { descends } from '../../../core/index.js'
import { foldRecords } from '../../../core/log/recover.js'
import { snapshotRecords } from '../../../core/log/state.js'
import type { Box, Flight } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { deleted, getOf, hintOf, n1, n2, n3, n4, owners, recordOf, value } from './cast.js'

const handoffTimer = -2
const reapTimer = -1_000_000
const retryTimer = -1_000_001
const askTimer = -2_000_000

/** What may happen, and how often. */
export interface Bounds {
  readonly retries: number
  readonly handoffs: number
  readonly reads: number
  /** Who serves a read of a session that has seen the newest there was at the start. */
  readonly session: NodeId | null
  /** What a get collects first comes at once; what follows is explored. */
  readonly quickReads: boolean
  readonly drops: number
  readonly doubles: number
  readonly crashes: readonly NodeId[]
  /** Nodes that come back with what they had before the delete, and those that have nothing. */
  readonly losses: readonly NodeId[]
  readonly wipes: readonly NodeId[]
  /** Its persists are durable only when the search says so. */
  readonly slow: NodeId | null
}

export type Rule = 'stamp' | 'hint' | 'owners' | 'doubt' | 'kept' | 'again' | 'sure'

export interface Start {
  /** The tombstone is durable at n1 and n2; here n3 still has the value. */
  readonly missed?: boolean
  /** n4 keeps the value for n3. */
  readonly hint?: boolean
  /** Something else was reaped; of this key there is one copy, held or kept for n3 by this node. */
  readonly only?: { readonly node: NodeId; readonly isHint: boolean }
  /** Under way, from before the delete. */
  readonly flights: readonly (readonly [NodeId, Message])[]
}

export type Action =
  | { readonly is: 'deliver' | 'drop' | 'double'; readonly what: string }
  | { readonly is: 'crash' | 'lose' | 'wipe' | 'sync'; readonly node: NodeId }
  | { readonly is: 'retry' | 'handoff' | 'read' | 'session' }
  | { readonly is: 'ask'; readonly node: NodeId }

export class Scene {
  readonly cluster: TestCluster
  readonly #bounds: Bounds
  readonly #broken: Rule | null
  readonly #used = new Map<string, number>()
  /** By node, answers it has heard in this life: what else of it is not on its disk. */
  readonly #heard = new Map<NodeId, string[]>()
  readonly #minimum: VersionVector
  #isReaped = false
  #wrong: string | null = null
  readonly #sessions = new Set<number>()
  /** Sessions that were told that what they have seen was reaped. */
  served = 0

  constructor(start: Start, bounds: Bounds, broken: Rule | null) {
    this.#bounds = bounds
    this.#broken = broken
    this.cluster = new TestCluster({
      nodes: 4,
      partitions: 1,
      replication: { sloppy: false },
      reap: { everyMicros: 1_000_000, afterMicros: 0 },
    })
    const { cluster } = this
    const put = (node: NodeId, ...states: readonly KeyState[]): void => {
      cluster.box(node).disk.push({ type: 'counter_lease', upTo: 100 }, ...states.map(recordOf))
    }
    if (start.only === undefined) {
      put(n1, value, deleted)
      put(n2, value, deleted)
      put(n3, ...(start.missed === true ? [value] : [value, deleted]))
      if (start.hint === true) cluster.box(n4).disk.push(hintOf(value))
    } else {
      const { node, isHint } = start.only
      for (const { id, disk } of cluster.boxes) {
        disk.push({ type: 'reap_epoch', partition: 0, epoch: 3, hlc: 0 })
        put(id)
      }
      cluster.box(node).disk.push(isHint ? hintOf(value) : recordOf(value))
    }
    this.#minimum = start.only === undefined ? deleted.vv : value.vv
    cluster.start()
    for (const [to, message] of start.flights) {
      cluster.flights.push({ number: 0, from: message.from, to, message })
    }
    cluster.observers.push({
      replied: (_box, request, outcome) => {
        if (outcome.kind !== 'ok' || outcome.f !== 'get') return
        const isThere = start.only !== undefined
        if (outcome.values.length > 0 && !isThere) this.#wrong = 'a read has found it'
        if (!this.#sessions.has(request) || descends(outcome.context.vv, this.#minimum)) return
        if (!this.#isReaped) this.#wrong = 'a session is told that what it has seen was reaped'
        this.served++
      },
      persisted: ({ id }, records) => {
        if (!owners.includes(id)) return
        if (records.some(({ type }) => type === 'key_reaped')) this.#isReaped = true
      },
    })
    cluster.autoSync = false
    this.#fire(n1, reapTimer)
    this.#rest()
  }

  /** Every disk but the slow one is done at once. */
  #rest(): void {
    for (let i = 0; i < 3; i++) {
      for (const { id } of this.cluster.boxes) if (id !== this.#bounds.slow) this.cluster.sync(id)
    }
    const next = this.cluster.flights.find(({ message }) => this.#isAtOnce(message))
    if (next === undefined) return
    this.#deliver(next)
    this.#rest()
  }

  /** What members have counted matters to sessions alone. */
  #isAtOnce(message: Message): boolean {
    const { quickReads, session } = this.#bounds
    if (message.kind === 'reap_epochs') return session === null && message.partitions.length === 0
    if (message.kind === 'reap_epochs_ok') {
      return session === null && message.sure.length + message.doubtful.length === 0
    }
    return quickReads && (message.kind === 'read' || message.kind === 'read_ok')
  }

  #fire(node: NodeId, timer: number): void {
    const box = this.cluster.box(node)
    if (box.node === null) return
    box.timers.set(timer, this.cluster.nowMicros)
    this.cluster.advance(0)
  }

  actions(): readonly Action[] {
    const { cluster } = this
    const found: Action[] = []
    const { retries, handoffs, reads, drops, doubles, crashes, slow } = this.#bounds
    const { losses, wipes, session } = this.#bounds
    const left = (is: string, most: number) => (this.#used.get(is) ?? 0) < most
    for (const what of new Set(cluster.flights.map(textOf))) {
      found.push({ is: 'deliver', what })
      if (left('drop', drops)) found.push({ is: 'drop', what })
      if (left('double', doubles)) found.push({ is: 'double', what })
    }
    if (slow !== null && cluster.box(slow).pending.length > 0)
      found.push({ is: 'sync', node: slow })
    if (left('crash', 1)) for (const node of crashes) found.push({ is: 'crash', node })
    if (left('lose', 1)) for (const node of losses) found.push({ is: 'lose', node })
    if (left('wipe', 1)) for (const node of wipes) found.push({ is: 'wipe', node })
    for (const { id, timers } of cluster.boxes) {
      if (timers.has(askTimer) && left('ask', drops)) found.push({ is: 'ask', node: id })
    }
    const isOpen = cluster.box(n1).timers.has(retryTimer)
    if (isOpen && left('retry', retries)) found.push({ is: 'retry' })
    if (left('handoff', handoffs) && cluster.boxes.some(({ node }) => (node?.hintCount ?? 0) > 0)) {
      found.push({ is: 'handoff' })
    }
    if (left('read', reads)) found.push({ is: 'read' })
    if (session !== null && left('session', 1)) found.push({ is: 'session' })
    return found
  }

  act(action: Action): void {
    const { cluster } = this
    if (action.is !== 'deliver' && action.is !== 'sync') {
      this.#used.set(action.is, (this.#used.get(action.is) ?? 0) + 1)
    }
    switch (action.is) {
      case 'deliver':
        this.#deliver(this.#flight(action.what))
        break
      case 'drop':
        cluster.drop(this.#flight(action.what))
        break
      case 'double':
        cluster.flights.push({ ...this.#flight(action.what) })
        break
      case 'sync':
        cluster.sync(action.node, 1)
        break
      case 'crash':
        cluster.crash(action.node)
        this.#heard.delete(action.node)
        cluster.boot(action.node)
        cluster.sync(action.node)
        if (action.node === n1) this.#fire(n1, reapTimer)
        break
      case 'lose':
      case 'wipe': {
        const isOld = (record: LogRecord): boolean => action.is === 'lose' && isBefore(record)
        cluster.lose(action.node, isOld, this.#broken !== 'doubt')
        this.#heard.delete(action.node)
        cluster.sync(action.node)
        if (action.node === n1) this.#fire(n1, reapTimer)
        break
      }
      case 'ask':
        this.#fire(action.node, askTimer)
        break
      case 'retry':
        this.#fire(n1, retryTimer)
        break
      case 'handoff':
        for (const { id } of cluster.boxes) this.#fire(id, handoffTimer)
        break
      case 'read':
        cluster.submit(n4, getOf(null))
        break
      case 'session':
        this.#sessions.add(cluster.nextRequest)
        cluster.submit(this.#bounds.session as NodeId, getOf(this.#minimum))
        break
    }
    this.#rest()
  }

  #flight(what: string): Flight {
    return this.cluster.flights.find((flight) => textOf(flight) === what) as Flight
  }

  #deliver(flight: Flight): void {
    const { cluster } = this
    cluster.drop(flight)
    const { to } = flight
    const message = this.#broken === null ? flight.message : this.#mutated(flight)
    if (message.kind.endsWith('_ok') || message.kind.endsWith('_failed')) {
      const heard = this.#heard.get(to) ?? []
      // What the node holds itself counts as well, at the time when it goes on.
      const own = this.#bounds.session === to ? JSON.stringify(snapshotOf(cluster.box(to))) : ''
      this.#heard.set(to, [...heard, textOf(flight) + own])
    }
    cluster.flights.push({ ...flight, message })
    cluster.deliver(cluster.flights.at(-1) as Flight)
  }

  /** As if the receiver, or the sender, did not keep to the rule. */
  #mutated({ to, from, message }: Flight): Message {
    const unstamped = this.#broken === 'stamp'
    const reapEpoch = epochOf(this.cluster.box(to))
    if (unstamped && 'reapEpoch' in message) return { ...message, reapEpoch }
    if (unstamped && message.kind === 'handoff') {
      return { ...message, items: message.items.map((item) => ({ ...item, reapEpoch })) }
    }
    if (message.kind === 'vouch_ok') {
      if (this.#broken === 'sure') return { ...message, isSure: true }
      const isDenied =
        (this.#broken === 'kept' && message.round === 1) ||
        (this.#broken === 'again' && message.round === 2)
      return isDenied ? { ...message, known: [] } : message
    }
    if (message.kind !== 'reap_check_ok') return message
    const says = this.#broken === 'hint' ? from === n4 : this.#broken === 'owners' && from !== n4
    return says ? { ...message, confirmed: [0] } : message
  }

  /** DEL-1: once an owner has deleted the tombstone, nobody holds the value, nor a hint of it. */
  violation(): string | null {
    if (this.#wrong !== null) return this.#wrong
    const { boxes } = this.cluster
    const isReaped = boxes.some(({ id, disk }) => {
      return owners.includes(id) && disk.some(({ type }) => type === 'key_reaped')
    })
    if (!isReaped) return null
    for (const box of boxes) {
      // A node in doubt tells nobody what it has found.
      if (foldRecords(box.disk).doubtful.has(0)) continue
      for (const record of snapshotOf(box)) {
        if (record.type !== 'key_state' && record.type !== 'hint') continue
        const { siblings } = record.state
        if (siblings.some((sibling) => sibling.value !== null)) return `${box.id} has it again`
      }
    }
    return null
  }

  /** What tells two worlds apart. */
  name(): string {
    const boxes = this.cluster.boxes.map((box) => {
      const pending = box.pending.map(({ records }) => records)
      const heard = [...(this.#heard.get(box.id) ?? [])].sort(byText)
      return [box.node?.incarnation, snapshotOf(box), sinceRaise(box), pending, heard]
    })
    const flights = this.cluster.flights.map(textOf).sort(byText)
    return JSON.stringify([boxes, flights, [...this.#used].sort(([x], [y]) => byText(x, y))])
  }
}

const byText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0)

const textOf = ({ from, to, message }: Flight): string => `${from}>${to} ${JSON.stringify(message)}`

export const snapshotOf = ({ disk }: Box): readonly LogRecord[] =>
  snapshotRecords(foldRecords(disk))

const epochOf = ({ disk }: Box): number => foldRecords(disk).reapEpochs.get(0) ?? 0

/** Whether the key was written, or a hint moved, since the epoch was raised in this life. */
function sinceRaise({ disk }: Box): readonly boolean[] {
  const last = (...types: readonly string[]) =>
    disk.findLastIndex(({ type }) => types.includes(type))
  const raise = last('reap_epoch')
  return [
    raise > last('incarnation'),
    last('key_state') > raise,
    last('hint', 'hint_deleted') > raise,
  ]
}

/** What a disk still has that has lost all since the delete, and the end of the hint. */
function isBefore(record: LogRecord): boolean {
  if (record.type === 'hint') return true
  return record.type === 'key_state' && record.state.siblings.some((one) => one.value !== null)
}

/** Nothing but messages delivered. */
export const none: Bounds = {
  retries: 0,
  handoffs: 0,
  reads: 0,
  session: null,
  quickReads: false,
  drops: 0,
  doubles: 0,
  crashes: [],
  losses: [],
  wipes: [],
  slow: null,
}
