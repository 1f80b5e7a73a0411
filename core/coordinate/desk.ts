/**
 * What the reads and the writes of one node share: the numbers of requests, who is asked, and what
 * follows from a step.
 */
import type { Effect, Step } from '../effect.js'
import type { Now } from '../input.js'
import type { Shell } from '../shell.js'
import { rulesOf } from '../shell.js'
import type { ForwardState } from './forward.js'
import type { GetState } from './collected.js'
import type { InquiryState } from './inquiry.js'
import type { Patience } from './patience.js'
import type { PutState } from './put.js'
import type { ActiveList } from './quorum.js'
import { sloppyList, strictList } from './quorum.js'

export type RequestState = PutState | GetState | ForwardState | InquiryState

export interface Desk {
  readonly shell: Shell
  readonly patience: Patience
  /** The number of the next request. */
  next(): number
  open(state: RequestState): void
  find(request: number): RequestState | null
  /** Keeps the machine's new state, and does what follows from its end. */
  after(now: Now, before: RequestState, step: Step<RequestState>, out: Effect[]): void
}

/** Who takes part in a request about this partition, as things look now. */
export function activeList({ options, peers }: Shell, partition: number): ActiveList {
  const { placement, replication, plant } = options
  if (!replication.sloppy || !options.handoff || !peers.anySuspected) {
    return strictList(placement, partition)
  }
  const list = sloppyList(placement, partition, peers.disliked)
  if (plant !== 'fallback_counts_as_owner') return list
  return { ...list, ownerMask: (1 << list.nodes.length) - 1 }
}

/** Whether this node coordinates puts of the bucket whose keys it does not hold. */
export function coordinatesForOthers(shell: Shell, bucket: string): boolean {
  const isAny = shell.options.replication.coordinator === 'any'
  return isAny && rulesOf(shell, bucket)?.conflict === 'lww'
}

export function push(out: Effect[], effects: readonly Effect[]): void {
  for (let i = 0; i < effects.length; i++) out.push(effects[i] as Effect)
}

export function push1(out: Effect[], effect: Effect | null): void {
  if (effect !== null) out.push(effect)
}
