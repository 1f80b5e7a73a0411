/**
 * Watches a test cluster and throws, by the invariant's name, as soon as something happens that
 * must not. It knows what the nodes do not: every dot minted by whom, every record durable where.
 */
import type {
  ClientRequest,
  Context,
  Dot,
  KeyRef,
  KeyState,
  LogRecord,
  Message,
  NodeId,
  Outcome,
  Sibling,
  VersionVector,
} from '../../core/index.js'
import { actorOf, covers, descends, emptyVector, mergeVectors } from '../../core/index.js'
import { keyRef } from '../../core/ring/hash.js'
import type { Box, Observer, OperationOf, TestCluster } from './cluster.js'
import { Dots, holds, nameOf } from './dots.js'

interface Issued {
  readonly operation: OperationOf<ClientRequest>
  readonly keyId: string
  /** What a read must see at least, if the configuration promises it. */
  readonly promised: VersionVector
  outcome: Outcome | null
}

/** What is durable at one node. */
interface Durable {
  readonly keys: Map<string, KeyState>
  readonly hints: Map<NodeId, Map<string, KeyState>>
  incarnation: number
}

export class Oracle implements Observer {
  readonly #cluster: TestCluster
  /** Every read must meet every acknowledged write: R+W > N, no stand-ins, one rule of merging. */
  readonly #strict: boolean
  readonly dots = new Dots()
  readonly #durable = new Map<NodeId, Durable>()
  readonly issued = new Map<number, Issued>()
  readonly #values = new Map<string, Issued>()
  /** `kind/asker/incarnation/request/to` -> what the asker will take an answer to vouch for. */
  readonly #asked = new Map<string, readonly { readonly key: KeyRef; readonly state: KeyState }[]>()
  /** Dots that were durable at a node, whatever became of them there. */
  readonly #copies = new Map<string, Set<NodeId>>()
  readonly #monotonic = new Map<string, VersionVector>()

  constructor(cluster: TestCluster, strict = false) {
    this.#cluster = cluster
    this.#strict = strict
    for (const box of cluster.boxes) {
      this.#durable.set(box.id, { keys: new Map(), hints: new Map(), incarnation: 0 })
    }
    cluster.observers.push(this)
  }

  submit(node: string, operation: OperationOf<ClientRequest>): number {
    const key = this.keyRef(operation.bucket, operation.key)
    const promised = this.#promised(operation, key.id)
    const issued: Issued = { operation, keyId: key.id, promised, outcome: null }
    this.issued.set(this.#cluster.nextRequest, issued)
    if (operation.kind === 'put' && operation.value !== null) {
      this.#values.set(operation.value, issued)
    }
    return this.#cluster.submit(node, operation)
  }

  keyRef(bucket: string, key: string): KeyRef {
    return keyRef(bucket, key, this.#cluster.placement.ring.partitions)
  }

  #promised(operation: OperationOf<ClientRequest>, keyId: string): VersionVector {
    if (operation.kind !== 'get') return emptyVector
    let promised = operation.minimum ?? emptyVector
    if (!this.#strict) return promised
    for (const { outcome, keyId: other } of this.issued.values()) {
      if (other !== keyId || outcome?.kind !== 'ok' || outcome.f !== 'put') continue
      const { actor, n } = outcome.dot
      promised = mergeVectors(promised, [{ actor, n }])
    }
    if (operation.quorum.monotonic) {
      promised = mergeVectors(promised, this.#monotonic.get(keyId) ?? emptyVector)
    }
    return promised
  }

  // --- records

  persisted(box: Box, records: readonly LogRecord[]): void {
    const actor = actorOf(box.id, 0)
    for (const record of records) {
      if (record.type === 'key_reaped') {
        const { id, partition } = record.key
        const held = this.#recoverable(box.id, id)
        this.dots.bury(id, held, this.#cluster.placement.isOwner(partition, box.id))
      }
      if (record.type !== 'key_state' && record.type !== 'hint') continue
      const { key, state } = record
      for (const sibling of state.siblings) {
        if (sibling.actor === actor) this.#minted(key, state, sibling)
      }
      if (this.#isLatest(key.bucket)) this.dots.checkReaped(box.id, state)
      else this.dots.checkState(box.id, key.id, state)
    }
  }

  #minted(key: KeyRef, state: KeyState, sibling: Sibling): void {
    if (!this.dots.isNew(key, sibling)) return
    const { value } = sibling
    const issued = value === null ? undefined : this.#values.get(value)
    if (value !== null) {
      if (issued === undefined) throw new Error(`a value that nobody wrote: ${value}`)
      const other = this.dots.ofKey(key.id).find((mint) => mint.sibling.value === value)
      if (other !== undefined) {
        throw new Error(`RW-4: ${value} is both ${nameOf(other.dot)} and ${nameOf(sibling)}`)
      }
      if (issued.outcome?.kind === 'rejected') {
        throw new Error(`RW-4: ${value} was rejected (${issued.outcome.code}) and appears`)
      }
    }
    const context = contextOf(issued)
    // A delete may have read its context itself: what its coordinator knew to be dead is the most
    // it can have replaced.
    const replaces =
      value === null
        ? (other: Dot) => covers(state.vv, other.actor, other.n) && !holds(state, other)
        : (other: Dot) => context !== null && covers(context.vv, other.actor, other.n)
    this.dots.add(key, sibling, replaces)
  }

  #isLatest(bucket: string): boolean {
    return this.#cluster.boxes[0]?.options.buckets.get(bucket)?.conflict === 'lww'
  }

  durable(box: Box, record: LogRecord): void {
    const durable = this.#durableAt(box.id)
    switch (record.type) {
      case 'key_state':
        durable.keys.set(record.key.id, record.state)
        this.#copied(box, record.state)
        return
      case 'hint': {
        const hints = durable.hints.get(record.target) ?? new Map<string, KeyState>()
        durable.hints.set(record.target, hints.set(record.key.id, record.state))
        this.#copied(box, record.state)
        return
      }
      case 'hint_deleted':
        this.#hintDeleted(durable, record.target, record.key)
        return
      case 'incarnation':
        if (record.incarnation <= durable.incarnation) throw new Error('incarnations regress')
        durable.incarnation = record.incarnation
        return
      default:
        return
    }
  }

  #copied(box: Box, state: KeyState): void {
    for (const sibling of state.siblings) {
      const name = nameOf(sibling)
      const copies = this.#copies.get(name)
      if (copies === undefined) this.#copies.set(name, new Set([box.id]))
      else copies.add(box.id)
      const mint = this.dots.get(sibling)
      if (mint !== null && sibling.actor === actorOf(box.id, 0)) mint.effective = true
    }
  }

  #hintDeleted(durable: Durable, target: NodeId, key: KeyRef): void {
    const hint = durable.hints.get(target)?.get(key.id)
    durable.hints.get(target)?.delete(key.id)
    const held = this.#durableAt(target).keys.get(key.id)
    if (hint === undefined) return
    if (held === undefined || !descends(held.vv, hint.vv)) {
      throw new Error(`HINT-2: hint for ${target} deleted before it has it`)
    }
  }

  /** What was never durable was never told: its dots may be minted again. */
  crashed(box: Box): void {
    for (const mint of this.dots.all) {
      if (!mint.effective && mint.dot.actor === actorOf(box.id, 0)) this.dots.forget(mint)
    }
  }

  #durableAt(node: NodeId): Durable {
    const durable = this.#durable.get(node)
    if (durable === undefined) throw new Error(`no node ${node}`)
    return durable
  }

  /** All that a node would find of a key after a crash. */
  #recoverable(node: NodeId, keyId: string): VersionVector {
    const { keys, hints } = this.#durableAt(node)
    let vv = keys.get(keyId)?.vv ?? emptyVector
    for (const ofTarget of hints.values()) {
      vv = mergeVectors(vv, ofTarget.get(keyId)?.vv ?? emptyVector)
    }
    return vv
  }

  // --- messages

  sent(box: Box, to: NodeId, message: Message): void {
    if (message.incarnation > this.#durableAt(box.id).incarnation) {
      throw new Error(`${box.id} speaks before its incarnation is durable`)
    }
    switch (message.kind) {
      case 'read_ok':
        if (message.state !== null) this.#told(message.state, message.kind)
        return
      case 'repair':
        this.#told(message.state, message.kind)
        return
      case 'replicate':
        this.#told(message.state, message.kind)
        this.#remember(message, to, [{ key: message.key, state: message.state }])
        return
      case 'handoff': {
        for (const { state } of message.items) this.#told(state, message.kind)
        this.#remember(message, to, message.items)
        return
      }
      case 'sync_states':
      case 'sync_states_ok':
        for (const { state } of message.items) this.#told(state, message.kind)
        return
      case 'replicate_ok':
      case 'handoff_ok':
        this.#vouched(box, to, message)
        return
      default:
        return
    }
  }

  /** Planted bug 7: whatever one node tells another must be durable where it was minted. */
  #told(state: KeyState, where: string): void {
    for (const sibling of state.siblings) {
      if (this.dots.get(sibling)?.effective !== true) {
        throw new Error(`WAL-1: ${nameOf(sibling)} told in ${where} before it is durable`)
      }
    }
  }

  #remember(
    message: Message & { readonly request: number },
    to: NodeId,
    items: readonly { readonly key: KeyRef; readonly state: KeyState }[],
  ): void {
    const { kind, from, incarnation, request } = message
    const epoch = 'reapEpoch' in message ? message.reapEpoch : 0
    const asked = `${from}/${String(incarnation)}/${String(request)}/${String(epoch)}`
    this.#asked.set(`${kind}/${asked}/${to}`, items)
  }

  #vouched(
    box: Box,
    to: NodeId,
    message: Message & { readonly request: number; readonly asked: number },
  ): void {
    const question = message.kind === 'handoff_ok' ? 'handoff' : 'replicate'
    const epoch = 'reapEpoch' in message ? message.reapEpoch : 0
    const asked = `${to}/${String(message.asked)}/${String(message.request)}/${String(epoch)}`
    const name = `${question}/${asked}/${box.id}`
    // What it refuses as read under an older epoch it does not vouch for.
    const stale = message.kind === 'handoff_ok' ? message.stale : []
    for (const { key, state } of this.#asked.get(name) ?? []) {
      if (stale.some(({ partition }) => partition === key.partition)) continue
      if (!descends(this.#recoverable(box.id, key.id), state.vv)) {
        throw new Error(`WAL-1: ${box.id} answers ${message.kind} before it is durable`)
      }
    }
  }

  // --- outcomes

  replied(box: Box, request: number, outcome: Outcome): void {
    const issued = this.issued.get(request)
    if (issued === undefined) throw new Error(`an answer to request ${String(request)} of nobody`)
    if (issued.outcome !== null) throw new Error(`request ${String(request)} answered twice`)
    issued.outcome = outcome
    if (outcome.kind === 'ok' && outcome.f === 'put') this.#putOk(issued, outcome.dot, box)
    if (outcome.kind === 'ok' && outcome.f === 'get') {
      this.#told({ vv: [], siblings: outcome.values }, 'an answer')
      this.#getOk(issued, outcome.context.vv)
    }
    if (outcome.kind === 'rejected' && issued.operation.kind === 'put') {
      const { value } = issued.operation
      const appeared = this.dots.all.some((mint) => mint.sibling.value === value)
      if (value !== null && appeared) throw new Error(`RW-4: rejected ${value} is there`)
    }
  }

  #putOk(issued: Issued, dot: Dot, box: Box): void {
    const w = issued.operation.quorum.w ?? box.options.replication.w
    // A node that knows something newer has the write superseded there, which is as good.
    const copies = this.#cluster.boxes.filter(
      ({ id }) =>
        this.#copies.get(nameOf(dot))?.has(id) === true ||
        covers(this.#recoverable(id, issued.keyId), dot.actor, dot.n),
    ).length
    if (copies < w) {
      throw new Error(`RW-1: ok with ${String(copies)} durable copies, not ${String(w)}`)
    }
  }

  #getOk(issued: Issued, vv: VersionVector): void {
    // What was reaped since is a promise kept: nothing is left of it.
    const isKept = ({ actor, n }: Dot): boolean =>
      covers(vv, actor, n) ||
      this.dots.ofKey(issued.keyId).every(({ dot, reaped }) => {
        return reaped || dot.actor !== actor || dot.n > n || covers(vv, actor, dot.n)
      })
    if (!issued.promised.every(isKept)) {
      throw new Error(`RW-2, RW-3 or RW-5: ${show(vv)} does not descend ${show(issued.promised)}`)
    }
    if (!issued.operation.quorum.monotonic) return
    const before = this.#monotonic.get(issued.keyId) ?? emptyVector
    this.#monotonic.set(issued.keyId, mergeVectors(before, vv))
  }

  // --- at rest

  /**
   * After everything has healed and every key was read: DVV-3, DVV-4, HINT-3, and no acknowledged
   * write lost.
   */
  atRest(): void {
    for (const box of this.#cluster.boxes) {
      if ((box.node?.hintCount ?? 0) > 0) throw new Error(`HINT-3: ${box.id} still has hints`)
    }
    for (const keyId of this.dots.keys) {
      const bucket = keyId.slice(0, keyId.indexOf('\0'))
      const key = this.keyRef(bucket, keyId.slice(bucket.length + 1))
      const states = this.#cluster.placement
        .owners(key.partition)
        .map((owner) => this.#cluster.box(owner).node?.stateOf(keyId) ?? null)
      const texts = new Set(states.map((state) => JSON.stringify(state)))
      if (texts.size > 1) throw new Error(`DVV-3: ${keyId} differs: ${[...texts].join(' / ')}`)
      if (this.#isLatest(bucket)) this.dots.checkLatest(keyId, states[0] ?? null)
      else this.dots.checkSiblings(keyId, states[0] ?? null)
    }
  }
}

function contextOf(issued: Issued | undefined): Context | null {
  return issued?.operation.kind === 'put' ? issued.operation.context : null
}

const show = (vv: VersionVector): string => vv.map(nameOf).join(' ')
