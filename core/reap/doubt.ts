/**
 * A node that cannot read all of its log, or comes back on an empty disk, does not know which
 * epochs it has agreed to, nor whether what it still holds was reaped since (protocol.md section
 * 5). Were it to follow the epochs that it hears of, as others do, it would pass old states on
 * under new stamps:
 *
 *     all        hold the tombstone of (n1,1) v, agree to epoch 5, and delete it
 *     n3         loses the end of its log: it has v again, and is at epoch 4
 *     n2 -> n3   anything, under epoch 5. n3 follows, compares with n1, and v is back
 *
 * So every partition is in doubt at first: nothing of it is told, taken in, coordinated or
 * confirmed. The node asks the other owners how far they are. Only the first owner begins rounds,
 * and raises its own epoch before it asks anybody; so no round that this node can have agreed to in
 * an earlier life is later than what the first owner says now. Nor is one later than all others
 * say: a round that has come to its end has raised everybody. At epoch 0 nothing was ever reaped,
 * and all is kept. Else all is forgotten that is held of the partition, and the epoch followed: the
 * other owners have what is still alive, and this node has asked them to compare.
 *
 * Partition by partition: one whose owners do not answer, as they may be gone for good, does not
 * keep the node from doing its part in the others.
 *
 * Where nobody is left who is sure, as when a whole cluster is restored from backups, all is kept:
 * it is all there is.
 */
import type { Effect } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { Message, ReapEpochs, ReapEpochsOk, ReapMark } from '../message.js'
import type { Shell } from '../shell.js'
import { nextPersist, persist } from '../shell.js'
import type { Actor, NodeId } from '../types.js'
import { hasLost, noteMinted } from './vouch.js'

/** Far below those of reaping. */
const askTimer: TimerId = -2_000_000

interface Word {
  readonly epoch: number
  readonly isSure: boolean
}

/**
 * At the start of a life. A node that could not read all of its log does not know what it lost, so
 * it asks for all that it owns: the other owners compare with it, and what they hold comes back.
 */
export function recordsOfLoss({ storage, options }: Shell): readonly LogRecord[] {
  const { placement, id, reap } = options
  const records: LogRecord[] = []
  placement.ring.owners.forEach((owners, partition) => {
    const record = owners.includes(id) ? storage.noteRepair(id, partition) : null
    if (record !== null) records.push(record)
  })
  if (reap === null && !storage.hasReaped) return records
  records.push(storage.beginDoubt(placement.ring.owners.map((_, partition) => partition)))
  return records
}

export class Doubt {
  readonly #shell: Shell
  readonly #minter: { readonly n: number }
  /** Who has not said in this life how far it has counted; only who has lost something asks. */
  readonly #uncounted = new Set<NodeId>()
  /** What owners have said, by partition. */
  readonly #words = new Map<number, Map<NodeId, Word>>()
  #request = 0

  constructor(shell: Shell, minter: { readonly n: number }) {
    this.#shell = shell
    this.#minter = minter
  }

  get isOver(): boolean {
    return this.#shell.storage.isSure
  }

  get #asks(): boolean {
    return !this.isOver || this.#uncounted.size > 0
  }

  start(now: Now, out: Effect[]): void {
    const { options, storage } = this.#shell
    const others = options.placement.ring.members.filter(({ id }) => id !== options.id)
    if (hasLost(this.#shell)) for (const { id } of others) this.#uncounted.add(id)
    if (!this.isOver) this.#settle([...storage.doubtful], out)
    if (this.#asks) this.#ask(now, out)
  }

  /** False: none of this part's timers. */
  onTimer(now: Now, timer: TimerId, out: Effect[]): boolean {
    if (timer !== askTimer) return false
    if (this.#asks) this.#ask(now, out)
    return true
  }

  /**
   * False: nothing of this message can be answered yet. Its sender finds this node as it would one
   * that has not started. What speaks of many partitions is for its own part to sort out.
   */
  admits(message: Message): boolean {
    const { doubtful } = this.#shell.storage
    const { kind } = message
    if (kind === 'replicate' || kind === 'read' || kind === 'repair') {
      return !doubtful.has(message.key.partition)
    }
    if (kind === 'reap_check' || kind === 'reap_delete') return !doubtful.has(message.partition)
    return true
  }

  /** Somebody else is in doubt. What is said is no state, and may be as old as it likes. */
  onQuestion(now: Now, question: ReapEpochs, out: Effect[]): void {
    const { from, incarnation, request, partitions, actor } = question
    const { storage, options, self } = this.#shell
    this.#meet(now, from, actor, out)
    const known = partitions.filter((partition) => partition < options.placement.ring.partitions)
    const marksOf = (isSure: boolean): readonly ReapMark[] =>
      known
        .filter((partition) => storage.doubtful.has(partition) !== isSure)
        .map((partition) => ({ partition, epoch: storage.reapEpoch(partition) }))
    const message: Message = {
      kind: 'reap_epochs_ok',
      ...self,
      request,
      asked: incarnation,
      sure: marksOf(true),
      doubtful: marksOf(false),
      hlc: storage.reapedHlc,
      minted: { actor: this.#shell.actor, n: this.#minter.n },
    }
    out.push({ kind: 'send', to: from, message })
  }

  /**
   * An actor that this node does not know of. How far it has counted it has to be asked: what it
   * says unasked may have been under way since before this node's loss.
   */
  #meet({ monoMicros }: Now, node: NodeId, actor: Actor, out: Effect[]): void {
    if (!hasLost(this.#shell) || this.#shell.mayHaveLost.has(actor)) return
    this.#uncounted.add(node)
    const atMicros = monoMicros + this.#shell.options.timing.reapRetryMicros
    out.push({ kind: 'arm', timer: askTimer, atMicros })
  }

  /** Answers to earlier questions of this life count as well: nothing was taken in since. */
  onAnswer(message: ReapEpochsOk, out: Effect[]): void {
    const { storage, self } = this.#shell
    if (message.asked !== self.incarnation) return
    noteMinted(this.#shell, message.minted)
    this.#uncounted.delete(message.from)
    if (this.isOver) return
    storage.noteReaped(message.hlc)
    const told: number[] = []
    const note = ({ partition, epoch }: ReapMark, isSure: boolean): void => {
      if (!storage.doubtful.has(partition)) return
      const words = this.#words.get(partition) ?? new Map<NodeId, Word>()
      this.#words.set(partition, words.set(message.from, { epoch, isSure }))
      told.push(partition)
    }
    for (const mark of message.sure) note(mark, true)
    for (const mark of message.doubtful) note(mark, false)
    this.#settle(told, out)
  }

  #ask(now: Now, out: Effect[]): void {
    const { storage, options, self, peers } = this.#shell
    const byOwner = new Map<NodeId, number[]>()
    for (const partition of [...storage.doubtful].sort((a, b) => a - b)) {
      for (const owner of options.placement.owners(partition)) {
        if (owner === options.id) continue
        const asked = byOwner.get(owner)
        if (asked === undefined) byOwner.set(owner, [partition])
        else asked.push(partition)
      }
    }
    for (const node of this.#uncounted) if (!byOwner.has(node)) byOwner.set(node, [])
    const request = ++this.#request
    const { actor } = this.#shell
    for (const [owner, asked] of [...byOwner].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (peers.disliked(owner) && request % 4 !== 0) continue
      let from = 0
      do {
        const partitions = asked.slice(from, from + options.limits.syncSums)
        const message: Message = { kind: 'reap_epochs', ...self, request, partitions, actor }
        out.push({ kind: 'send', to: owner, message })
        from += options.limits.syncSums
      } while (from < asked.length)
    }
    const atMicros = now.monoMicros + options.timing.reapRetryMicros
    out.push({ kind: 'arm', timer: askTimer, atMicros })
  }

  #settle(partitions: readonly number[], out: Effect[]): void {
    const kept: ReapMark[] = []
    const forgotten: ReapMark[] = []
    for (const partition of [...new Set(partitions)].sort((a, b) => a - b)) {
      const found = this.#verdict(partition)
      if (found === null) continue
      const { epoch } = found
      ;(found.keeps ? kept : forgotten).push({ partition, epoch })
      this.#words.delete(partition)
    }
    if (kept.length + forgotten.length === 0) return
    const { storage } = this.#shell
    const before = storage.keyCount + storage.hintCount
    const records: LogRecord[] = []
    const number = nextPersist(this.#shell)
    if (kept.length > 0) records.push(storage.settleDoubt('kept', kept, number))
    if (forgotten.length > 0) records.push(...this.#forget(forgotten, number))
    persist(this.#shell, records, [], out)
    const keys = before - storage.keyCount - storage.hintCount
    if (forgotten.length > 0) {
      const note = { kind: 'doubt_forgotten', partitions: forgotten.length, keys } as const
      out.push({ kind: 'note', note })
    }
    if (!this.#asks) out.push({ kind: 'disarm', timer: askTimer })
  }

  /** Whoever loses the hint that was kept for it here is to compare with the others. */
  #forget(forgotten: readonly ReapMark[], number: number): readonly LogRecord[] {
    const { storage } = this.#shell
    const gone = new Set(forgotten.map(({ partition }) => partition))
    const repairs: LogRecord[] = []
    for (const target of [...storage.hints.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const entries = [...(storage.hints.get(target)?.entries.values() ?? [])]
      const lost = new Set(entries.map(({ key }) => key.partition).filter((p) => gone.has(p)))
      for (const partition of [...lost].sort((a, b) => a - b)) {
        const record = storage.noteRepair(target, partition)
        if (record !== null) repairs.push(record)
      }
    }
    return [storage.settleDoubt('forgotten', forgotten, number), ...repairs]
  }

  /** Null: those who must be asked have not all answered. */
  #verdict(partition: number): { readonly epoch: number; readonly keeps: boolean } | null {
    const { options, storage } = this.#shell
    const owners = options.placement.owners(partition)
    const others = owners.filter((owner) => owner !== options.id)
    const words = this.#words.get(partition) ?? new Map<NodeId, Word>()
    const first = owners[0] === undefined ? undefined : words.get(owners[0])
    if (first?.isSure !== true && others.some((owner) => !words.has(owner))) return null
    const sure = [...words.values()].filter(({ isSure }) => isSure)
    const epoch = Math.max(0, ...sure.map((word) => word.epoch))
    const keeps = sure.length === 0 || epoch === 0
    // To be further than others is always safe: it only refuses more.
    const heard = [...words.values()].map((word) => word.epoch)
    return { epoch: Math.max(storage.reapEpoch(partition), ...heard), keeps }
  }
}
