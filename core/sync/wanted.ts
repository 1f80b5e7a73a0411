/**
 * Who clears needsRepair (HINT-4). It is noted by whoever refused a hint, mostly a node that owns
 * nothing of that partition and so takes part in no exchange of it. It asks the target; the target
 * compares with every other owner, and says so; only then the note goes.
 *
 *   n4 refuses a hint for n1, and notes it
 *      --sync_wanted--> n1 compares with n2, with n3; all equal --sync_wanted_ok--> n4
 */
import type { Effect } from '../effect.js'
import type { LogRecord } from '../log/record.js'
import type { SyncWanted, SyncWantedOk } from '../message.js'
import type { Shell } from '../shell.js'
import { persist } from '../shell.js'
import type { NodeId } from '../types.js'

/** One wish, as it was last said. */
interface Wish {
  readonly request: number
  /** Refusals noted for this target by then: an answer vouches for no later one. */
  readonly refusals: number
}

/** What this node wants others to repair. */
export class Wishes {
  readonly #shell: Shell
  readonly #wishes = new Map<NodeId, Wish>()
  #last: NodeId | null = null
  #lastRequest = 0

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** On every round: the wish to one target, turn by turn. */
  tick(out: Effect[]): void {
    const { storage, peers, self, options } = this.#shell
    if (storage.needsRepair.size === 0) return
    const targets = [...storage.needsRepair.keys()].sort((a, b) => (a < b ? -1 : 1))
    const after = this.#last
    const next = targets.find((target) => after === null || target > after) ?? targets[0]
    this.#last = next ?? null
    if (next === undefined || peers.disliked(next)) return
    const partitions = [...(storage.needsRepair.get(next) ?? [])].sort((a, b) => a - b)
    const { request } = this.#wishFor(next)
    const message = {
      kind: 'sync_wanted',
      ...self,
      request,
      partitions: partitions.slice(0, options.limits.syncSums),
    } as const
    out.push({ kind: 'send', to: next, message })
  }

  /**
   * The same wish again, unless more was refused since: then what has been compared so far will not
   * do.
   */
  #wishFor(target: NodeId): Wish {
    const refusals = this.#shell.storage.refusals(target)
    const said = this.#wishes.get(target)
    if (said?.refusals === refusals) return said
    const wish = { request: ++this.#lastRequest, refusals }
    this.#wishes.set(target, wish)
    return wish
  }

  answered(message: SyncWantedOk, out: Effect[]): void {
    const { storage } = this.#shell
    const { from } = message
    const wish = this.#wishes.get(from)
    if (wish?.request !== message.request || wish.refusals !== storage.refusals(from)) return
    const records: LogRecord[] = []
    for (const partition of message.partitions) {
      const record = storage.clearRepair(from, partition)
      if (record !== null) records.push(record)
    }
    if (records.length > 0) persist(this.#shell, records, [], out)
  }
}

/** What one other node wants compared. */
interface Duty {
  readonly request: number
  readonly incarnation: number
  /** By partition. */
  readonly open: Map<number, { readonly since: number; readonly owners: Set<NodeId> }>
}

/** What others want this node to compare. Forgotten in a crash: the wish comes again. */
export class Duties {
  readonly #shell: Shell
  readonly #duties = new Map<NodeId, Duty>()

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** `exchange`: the number of the latest; only later ones count. */
  wanted(message: SyncWanted, exchange: number, out: Effect[]): void {
    const { placement, id } = this.#shell.options
    const { from, request, incarnation, partitions } = message
    let duty = this.#duties.get(from)
    if (duty?.request !== request || duty.incarnation !== incarnation) {
      duty = { request, incarnation, open: new Map() }
      this.#duties.set(from, duty)
    }
    for (const partition of partitions) {
      if (partition >= placement.ring.partitions || duty.open.has(partition)) continue
      if (!placement.isOwner(partition, id)) continue
      const others = placement.owners(partition).filter((owner) => owner !== id)
      duty.open.set(partition, { since: exchange, owners: new Set(others) })
    }
    this.#settle(from, duty, out)
  }

  /** Exchange number `exchange` found these partitions equal to the peer's. */
  equal(peer: NodeId, exchange: number, partitions: readonly number[], out: Effect[]): void {
    if (this.#duties.size === 0) return
    for (const asker of [...this.#duties.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const duty = this.#duties.get(asker)
      if (duty === undefined) continue
      for (const partition of partitions) {
        const open = duty.open.get(partition)
        if (open !== undefined && exchange > open.since) open.owners.delete(peer)
      }
      this.#settle(asker, duty, out)
    }
  }

  #settle(asker: NodeId, duty: Duty, out: Effect[]): void {
    const partitions: number[] = []
    for (const [partition, { owners }] of duty.open) {
      if (owners.size === 0) partitions.push(partition)
    }
    for (const partition of partitions) duty.open.delete(partition)
    if (duty.open.size === 0) this.#duties.delete(asker)
    if (partitions.length === 0) return
    const message = {
      kind: 'sync_wanted_ok',
      ...this.#shell.self,
      request: duty.request,
      asked: duty.incarnation,
      partitions: partitions.sort((a, b) => a - b),
    } as const
    out.push({ kind: 'send', to: asker, message })
  }
}
