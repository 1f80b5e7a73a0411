/**
 * What nodes say to each other. Each message says who sends it, who answers, and what a duplicate
 * or a late copy does.
 *
 * Differences from protocol.md, and why: the header carries the time that was left when the message
 * was sent (`budgetMicros`) instead of an absolute deadline, because an absolute deadline turns
 * every clock fault into an availability fault; and an answer carries the asker's incarnation
 * (`asked`), because request numbers start again at a restart and an answer to an earlier life must
 * not be taken for one to this life.
 */
import type { Answer, Asking, Header } from './header.js'
import type { MemberKind, MemberMessage } from './member/message.js'
import { memberKinds } from './member/message.js'
import type { ClientRequest } from './request.js'
import type { Outcome, RefusalCode } from './outcome.js'
import type { Minted, Vouch, VouchOk } from './reap/message.js'
import type { Actor, Hlc, KeyRef, KeyState, NodeId } from './types.js'

export type { Header } from './header.js'
export * from './member/message.js'
export type { Minted, Vouch, VouchOk } from './reap/message.js'

/**
 * Non-owner -> owner, once per operation, and again elsewhere only after a `forward_failed`. A
 * duplicate is recognised by `opId` within one life of the owner. A copy that arrives in a later
 * life is dropped in silence: an earlier copy may have been executed, so "nothing happened" would
 * be a lie.
 */
export interface Forward extends Asking {
  readonly kind: 'forward'
  /** The life of the owner that may execute this; 0 (not known yet) is refused with `not_ready`. */
  readonly expects: number
  readonly operation: ClientRequest
}
/** Owner -> forwarder: how the forwarded operation ended. A late copy meets no request: ignored. */
export interface ForwardOk extends Answer {
  readonly kind: 'forward_ok'
  readonly outcome: Outcome
}
/** Owner -> forwarder: provably nothing happened here, so another owner may be asked. */
export interface ForwardFailed extends Answer {
  readonly kind: 'forward_failed'
  readonly code: RefusalCode
}

/** Coordinator -> owner or fallback: store this whole state. Merging makes duplicates harmless. */
export interface Replicate extends Asking {
  readonly kind: 'replicate'
  readonly key: KeyRef
  readonly state: KeyState
  /** Of the key's partition, when `state` was read; what is older than the receiver's is refused. */
  readonly reapEpoch: number
  /** Set on a copy sent to a fallback: the owner it is kept for. */
  readonly hintFor: NodeId | null
}
/** The state, or a descendant, is durable here. */
export interface ReplicateOk extends Answer {
  readonly kind: 'replicate_ok'
  /** Of the copy that it answers: a request may have sent another one since. */
  readonly reapEpoch: number
}
export interface ReplicateFailed extends Answer {
  readonly kind: 'replicate_failed'
  readonly code: RefusalCode
  /** The refuser's, for the key's partition: `stale_reap` means that the copy was older. */
  readonly reapEpoch: number
}

/** Coordinator -> owner or fallback: what do you hold? Reading twice is harmless. */
export interface Read extends Asking {
  readonly kind: 'read'
  readonly key: KeyRef
  /** The asker's: who is behind catches up before it answers, or its answer would be refused. */
  readonly reapEpoch: number
}
/** `state` is durable at the sender. `owner` false: a fallback, whose "nothing" proves nothing. */
export interface ReadOk extends Answer {
  readonly kind: 'read_ok'
  readonly state: KeyState | null
  readonly owner: boolean
  readonly reapEpoch: number
}
export interface ReadFailed extends Answer {
  readonly kind: 'read_failed'
  readonly code: RefusalCode
}

/** Coordinator of a get -> stale owner. Not answered; a lost or doubled copy is harmless. */
export interface Repair extends Header {
  readonly kind: 'repair'
  readonly key: KeyRef
  readonly state: KeyState
  readonly reapEpoch: number
}

/** Holder of hints -> their target. Resent until answered; merging makes duplicates harmless. */
export interface Handoff extends Header {
  readonly kind: 'handoff'
  readonly request: number
  readonly items: readonly HandoffItem[]
  /** The p99 of good times at the holder; 0: not known. Who has just come back has none yet. */
  readonly goodMicros: number
}
export interface HandoffItem {
  readonly key: KeyRef
  readonly state: KeyState
  /** Of the key's partition, when `state` was read. */
  readonly reapEpoch: number
}
/** Everything in that batch is durable at the target, all but what was refused as stale. */
export interface HandoffOk extends Answer {
  readonly kind: 'handoff_ok'
  readonly stale: readonly ReapMark[]
  /** How much background work the answering node wants, in parts of `fullPace` (core/pace.ts). */
  readonly pace: number
}
/**
 * Items of this partition were refused: they had been read under an older epoch. What is sent next
 * is read anew, under this one.
 */
export interface ReapMark {
  readonly partition: number
  readonly epoch: number
}

/** Asked of every message, most of which are none: a set is the fastest to say no. */
const ofMembers: ReadonlySet<string> = new Set(Object.keys(memberKinds))

export const isMemberKind = (kind: MessageKind): kind is MemberKind => ofMembers.has(kind)

export const isMemberMessage = (message: Message): message is MemberMessage =>
  isMemberKind(message.kind)

/**
 * Sums of one node of a Merkle tree: two words of 32 bits, signed. `index` says which: a partition,
 * or a segment or leaf of one.
 */
export interface SyncSums {
  readonly index: number
  readonly a: number
  readonly b: number
}
/** Nodes of one partition's tree, ascending. */
export interface SyncPart {
  readonly partition: number
  readonly sums: readonly SyncSums[]
}
/** The nodes of one partition's tree that differ, ascending. */
export interface SyncDifference {
  readonly partition: number
  readonly indexes: readonly number[]
}
/** A key in a leaf that differs. */
export interface SyncKey {
  readonly key: KeyRef
  readonly a: number
  readonly b: number
  /** A write of it is not durable yet: what it sums to says nothing. */
  readonly busy: boolean
}

/**
 * The questions of an exchange (core/sync/exchange.ts), owner -> owner of the same partitions. They
 * ask and change nothing, all but `sync_states`; who is asked keeps nothing between them. Resent
 * until answered, a few times; a duplicate is answered again, and the second answer meets a request
 * that is over: ignored.
 *
 * First: the roots of partitions that both own. Answered with those that differ.
 */
export interface SyncRoots extends Header {
  readonly kind: 'sync_roots'
  readonly request: number
  readonly roots: readonly SyncSums[]
}
export interface SyncRootsOk extends Answer {
  readonly kind: 'sync_roots_ok'
  readonly partitions: readonly number[]
}
/**
 * Of a partition that differs: all segments that are not empty. Answered with those that differ.
 */
export interface SyncSegments extends Header {
  readonly kind: 'sync_segments'
  readonly request: number
  readonly parts: readonly SyncPart[]
}
export interface SyncSegmentsOk extends Answer {
  readonly kind: 'sync_segments_ok'
  readonly parts: readonly SyncDifference[]
}
/**
 * Leaves, the empty ones too. Answered with those that differ and every key that the answerer has
 * in them.
 */
export interface SyncKeys extends Header {
  readonly kind: 'sync_keys'
  readonly request: number
  readonly parts: readonly SyncPart[]
}
export interface SyncKeysOk extends Answer {
  readonly kind: 'sync_keys_ok'
  readonly parts: readonly SyncDifference[]
  readonly keys: readonly SyncKey[]
}
/**
 * Whole, durable states of keys that differ, to be merged; and keys that the sender lacks. Merging
 * makes duplicates harmless.
 */
export interface SyncStates extends Header {
  readonly kind: 'sync_states'
  readonly request: number
  readonly items: readonly HandoffItem[]
  readonly wanted: readonly KeyRef[]
}
/**
 * What was taken in is durable at the answerer: all but what comes from too far in the future
 * (lww). `items` is what the asker lacks.
 */
export interface SyncStatesOk extends Answer {
  readonly kind: 'sync_states_ok'
  readonly items: readonly HandoffItem[]
  readonly stale: readonly ReapMark[]
  /** As of `handoff_ok`. */
  readonly pace: number
}

/**
 * A fallback that refused hints -> the owner they were for: compare these partitions with every
 * other owner. Sent again until answered; the same number means the same wish.
 */
export interface SyncWanted extends Header {
  readonly kind: 'sync_wanted'
  readonly request: number
  readonly partitions: readonly number[]
}
/** Since the wish came, these were found equal to, or made equal with, every other owner's. */
export interface SyncWantedOk extends Answer {
  readonly kind: 'sync_wanted_ok'
  readonly partitions: readonly number[]
}

/**
 * First owner of a partition -> every member, itself too: may these tombstones go (core/reap)? Who
 * has seen no newer epoch raises its own to this one, durably, and says which it has no objection
 * to. Resent until answered, a few times: what it answers the second time it has kept to since the
 * first.
 */
export interface ReapCheck extends Header {
  readonly kind: 'reap_check'
  readonly request: number
  readonly partition: number
  readonly epoch: number
  readonly items: readonly ReapItem[]
}
/** A key, and the tombstones that are all that is left of it. */
export interface ReapItem {
  readonly key: KeyRef
  readonly state: KeyState
}
/** `epoch` above the one asked for: nothing is confirmed, and it takes a new round. */
export interface ReapCheckOk extends Answer {
  readonly kind: 'reap_check_ok'
  readonly partition: number
  readonly epoch: number
  /** Which of the items, by their place, ascending. */
  readonly confirmed: readonly number[]
}
/**
 * First owner -> the other owners, once every member has confirmed: delete these where nothing has
 * changed. A late copy deletes what nobody needs any more: harmless.
 */
export interface ReapDelete extends Header {
  readonly kind: 'reap_delete'
  readonly request: number
  readonly partition: number
  readonly epoch: number
  readonly items: readonly ReapItem[]
}
/** They are gone here, durably, or have changed. */
export interface ReapDeleteOk extends Answer {
  readonly kind: 'reap_delete_ok'
}

/**
 * A node that has lost what its disk held -> the other owners of partitions: how far are you
 * (core/reap/doubt)? It changes nothing; asked again until it is answered.
 */
export interface ReapEpochs extends Header {
  readonly kind: 'reap_epochs'
  readonly request: number
  /** None: it asks only what has been minted. */
  readonly partitions: readonly number[]
  /** The asker's, since its loss. */
  readonly actor: Actor
}
/** The answerer's epochs: those that it can vouch for, and those that it is in doubt of itself. */
export interface ReapEpochsOk extends Answer {
  readonly kind: 'reap_epochs_ok'
  readonly sure: readonly ReapMark[]
  readonly doubtful: readonly ReapMark[]
  /** The latest stamp of any tombstone that the answerer has agreed to reap. */
  readonly hlc: Hlc
  /** The answerer's. */
  readonly minted: Minted
}

export type ReapMessage =
  ReapCheck | ReapCheckOk | ReapDelete | ReapDeleteOk | ReapEpochs | ReapEpochsOk | Vouch | VouchOk

/** What the exchange between owners sends and gets; core/sync answers for all of it. */
export type SyncMessage =
  | SyncRoots
  | SyncRootsOk
  | SyncSegments
  | SyncSegmentsOk
  | SyncKeys
  | SyncKeysOk
  | SyncStates
  | SyncStatesOk
  | SyncWanted
  | SyncWantedOk

export type Message =
  | Forward
  | ForwardOk
  | ForwardFailed
  | Replicate
  | ReplicateOk
  | ReplicateFailed
  | Read
  | ReadOk
  | ReadFailed
  | Repair
  | Handoff
  | HandoffOk
  | MemberMessage
  | SyncMessage
  | ReapMessage

export type MessageKind = Message['kind']

/** All kinds, in the order of their wire codes. Append only. */
export const messageKinds: readonly MessageKind[] = [
  'forward',
  'forward_ok',
  'forward_failed',
  'replicate',
  'replicate_ok',
  'replicate_failed',
  'read',
  'read_ok',
  'read_failed',
  'repair',
  'handoff',
  'handoff_ok',
  'announce',
  'sync_roots',
  'sync_roots_ok',
  'sync_segments',
  'sync_segments_ok',
  'sync_keys',
  'sync_keys_ok',
  'sync_states',
  'sync_states_ok',
  'sync_wanted',
  'sync_wanted_ok',
  'reap_check',
  'reap_check_ok',
  'reap_delete',
  'reap_delete_ok',
  'ping',
  'ping_req',
  'ack',
  'nack',
  'gossip',
  'push_pull',
  'push_pull_ok',
  'reap_epochs',
  'reap_epochs_ok',
  'vouch',
  'vouch_ok',
]
