/** What clients ask of a node. */
import type { Context, Micros, OperationId, VersionVector } from './types.js'

/** How many answers an operation wants. `null` takes the cluster's setting. */
export interface QuorumOptions {
  readonly r: number | null
  readonly w: number | null
  readonly pr: number | null
  readonly pw: number | null
  /** Write the merged state back to W replicas before a read is answered. */
  readonly monotonic: boolean
}

interface RequestBase {
  /** The driver's number for this request; comes back in the `reply` effect. */
  readonly request: number
  readonly opId: OperationId
  readonly bucket: string
  readonly key: string
  readonly quorum: QuorumOptions
  readonly timeoutMicros: Micros
}

/** `value: null` deletes. Without a context a put adds a sibling; a delete reads first. */
export interface PutRequest extends RequestBase {
  readonly kind: 'put'
  readonly value: string | null
  readonly context: Context | null
}

export interface GetRequest extends RequestBase {
  readonly kind: 'get'
  /** The answer must descend this (a session's own writes and reads), or wait for all N. */
  readonly minimum: VersionVector | null
}

export type ClientRequest = PutRequest | GetRequest
