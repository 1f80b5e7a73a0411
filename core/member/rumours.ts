/**
 * News of members on their way through the cluster (SWIM section 4.1): each is passed on so many
 * times, those passed on least first, as many in one message as fit a packet. Newer news of a
 * member replaces what was waiting.
 */
import type { MemberUpdate } from '../message.js'
import type { NodeId } from '../types.js'
import { textBytes } from '../wire/bytes.js'

interface Rumour {
  readonly update: MemberUpdate
  told: number
}

const none: readonly MemberUpdate[] = []

/** State, two numbers, two lengths: the most that they take. */
const leastUpdateBytes = 22

/** At most how many bytes an update takes in a message. */
export function updateBytes({ node, by }: MemberUpdate): number {
  return leastUpdateBytes + textBytes(node) + (by === null ? 0 : textBytes(by))
}

/** protocol.md: 4 * ceil(log10(n + 1)), by counting digits, which no machine rounds differently. */
export function retransmits(members: number): number {
  let digits = 0
  for (let power = 1; power < members + 1; power *= 10) digits++
  return 4 * digits
}

export class Rumours {
  readonly #byNode = new Map<NodeId, Rumour>()
  /** By how often they were told; one whose node has newer news is skipped when its turn comes. */
  readonly #queues: Rumour[][] = [[]]
  readonly #limit: number

  constructor(members: number) {
    this.#limit = retransmits(members)
  }

  get size(): number {
    return this.#byNode.size
  }

  add(update: MemberUpdate): void {
    const rumour = { update, told: 0 }
    this.#byNode.set(update.node, rumour)
    this.#queues[0]?.push(rumour)
  }

  /**
   * News for one message of so many bytes. `first` goes in front whatever is waiting: what the
   * receiver itself should know is said of it.
   */
  take(bytes: number, first: MemberUpdate | null = null): readonly MemberUpdate[] {
    if (first === null && this.#byNode.size === 0) return none
    const taken: MemberUpdate[] = []
    let left = bytes
    if (first !== null) {
      taken.push(first)
      left -= updateBytes(first)
    }
    // From the last queue down would tell a rumour twice: what is taken moves one queue up.
    const moved: Rumour[] = []
    for (const queue of this.#queues) {
      left = this.#takeFrom(queue, left, first, taken, moved)
      if (left < leastUpdateBytes) break
    }
    for (const rumour of moved) this.#again(rumour)
    return taken
  }

  #takeFrom(
    queue: Rumour[],
    bytes: number,
    first: MemberUpdate | null,
    taken: MemberUpdate[],
    moved: Rumour[],
  ): number {
    let left = bytes
    let seen = 0
    for (; seen < queue.length; seen++) {
      const rumour = queue[seen] as Rumour
      const { update } = rumour
      if (this.#byNode.get(update.node) !== rumour) continue
      const size = updateBytes(update)
      if (size > left) break
      moved.push(rumour)
      if (update.node === first?.node) continue
      left -= size
      taken.push(update)
    }
    queue.splice(0, seen)
    return left
  }

  #again(rumour: Rumour): void {
    rumour.told++
    if (rumour.told >= this.#limit) {
      this.#byNode.delete(rumour.update.node)
      return
    }
    while (this.#queues.length <= rumour.told) this.#queues.push([])
    this.#queues[rumour.told]?.push(rumour)
  }
}
