/** Nodes that already hold something when they start, and a look at all that an exchange says. */
import type { HandoffItem, KeyState, LogRecord, Message, NodeId } from '../../../core/index.js'
import { foldRecords, keyRef, mergeStates } from '../../../core/index.js'
import { emptyState, sameState } from '../../../core/version/siblings.js'
import type { Box, ClusterOptions, Flight, Observer } from '../cluster.js'
import { TestCluster } from '../cluster.js'

/**
 * Rounds of a second, so that a test is short; what differs is looked at again after a fifth of it.
 */
export const roundMicros = 1_000_000
const timing = { syncConfirmMicros: 200_000, syncRetryMicros: 100_000 }

/** By node, what it holds: name of the key to its state. */
export type Holdings = Readonly<Record<string, Readonly<Record<string, KeyState>>>>

/** Nothing mends but anti-entropy. Keys are in the default bucket. */
export function scene(holdings: Holdings, options: Partial<ClusterOptions> = {}): TestCluster {
  const nodes = options.nodes ?? Object.keys(holdings).length
  const cluster = new TestCluster({
    nodes,
    replication: { n: nodes },
    partitions: 2,
    handoff: false,
    readRepair: false,
    antiEntropyMicros: roundMicros,
    ...options,
    timing: { ...timing, ...options.timing },
  })
  const { partitions } = cluster.placement.ring
  for (const [node, held] of Object.entries(holdings)) {
    for (const [name, state] of Object.entries(held)) {
      const key = keyRef('default', name, partitions)
      cluster.box(node).disk.push({ type: 'key_state', key, state })
    }
  }
  return cluster
}

/** What every owner should hold in the end. */
export function merged(holdings: Holdings): ReadonlyMap<string, KeyState> {
  const all = new Map<string, KeyState>()
  for (const held of Object.values(holdings)) {
    for (const [name, state] of Object.entries(held)) {
      all.set(name, mergeStates(all.get(name) ?? emptyState, state, 'siblings'))
    }
  }
  return all
}

/** Names of the keys that some owner does not hold as it should, with the owner. */
export function unlike(cluster: TestCluster, wanted: ReadonlyMap<string, KeyState>): string[] {
  const { ring } = cluster.placement
  const found: string[] = []
  for (const [name, state] of wanted) {
    const { id, partition } = keyRef('default', name, ring.partitions)
    for (const owner of cluster.placement.owners(partition)) {
      const held = cluster.box(owner).node?.stateOf(id) ?? emptyState
      if (!sameState(held, state)) found.push(`${name} at ${owner}`)
    }
  }
  return found
}

/** Throws where a node tells of anything that a crash could take back, or vouches for it. */
export class Witness implements Observer {
  readonly kinds = new Map<Message['kind'], number>()
  readonly largest = { sums: 0, items: 0 }
  readonly notes: string[] = []
  readonly #durable = new Map<NodeId, Map<string, KeyState>>()
  readonly #asked = new Map<string, Extract<Message, { kind: 'sync_states' }>>()

  constructor(cluster: TestCluster) {
    for (const box of cluster.boxes) {
      const held = foldRecords(box.disk).keys
      this.#durable.set(box.id, new Map([...held].map(([id, { state }]) => [id, state])))
    }
    cluster.observers.push(this)
  }

  count(kind: Message['kind']): number {
    return this.kinds.get(kind) ?? 0
  }

  durable(box: Box, record: LogRecord): void {
    if (record.type === 'key_state') this.#of(box.id).set(record.key.id, record.state)
  }

  noted(box: Box, note: { readonly kind: string }): void {
    this.notes.push(`${box.id} ${JSON.stringify(note)}`)
  }

  sent(box: Box, to: NodeId, message: Message): void {
    this.kinds.set(message.kind, this.count(message.kind) + 1)
    const request = String('request' in message ? message.request : 0)
    if (message.kind === 'sync_states') {
      this.#told(box, message.items)
      this.#asked.set(`${box.id} ${String(message.incarnation)} ${to} ${request}`, message)
    }
    if (message.kind === 'sync_states_ok') {
      this.#told(box, message.items)
      const asked = this.#asked.get(`${to} ${String(message.asked)} ${box.id} ${request}`)
      const taken = (asked?.items ?? []).filter(({ key }) => !isLatest(box, key.bucket))
      this.#told(box, taken)
    }
    this.#measure(message)
  }

  #of(node: NodeId): Map<string, KeyState> {
    return this.#durable.get(node)!
  }

  #told(box: Box, items: readonly HandoffItem[]): void {
    for (const { key, state } of items) {
      const durable = this.#of(box.id).get(key.id) ?? emptyState
      const rule = isLatest(box, key.bucket) ? 'lww' : 'siblings'
      if (!sameState(mergeStates(durable, state, rule), durable)) {
        throw new Error(`${box.id} tells of ${key.id} before it is durable`)
      }
    }
  }

  #measure(message: Message): void {
    let sums = 0
    if (message.kind === 'sync_roots') sums = message.roots.length
    // Segments of a partition are told whole: up to 1,024, however few the limit wants.
    if (message.kind === 'sync_keys') {
      sums = message.parts.reduce((sum, part) => sum + part.sums.length, 0)
    }
    if (message.kind === 'sync_keys_ok') sums = message.keys.length
    const items = message.kind === 'sync_states' ? message.items.length + message.wanted.length : 0
    this.largest.sums = Math.max(this.largest.sums, sums)
    this.largest.items = Math.max(this.largest.items, items)
  }
}

export const isSync = ({ message }: Flight): boolean => message.kind.startsWith('sync_')

/** There a write from too far in the future is refused. */
const isLatest = (box: Box, bucket: string): boolean =>
  box.options.buckets.get(bucket)?.conflict === 'lww'
