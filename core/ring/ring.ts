/**
 * Placement (protocol.md section 1; Dynamo 4.2 and 6.2, strategy 3): Q equal partitions, an
 * explicit table of owners.
 */
import type { NodeId } from '../types.js'

export interface Member {
  readonly id: NodeId
  readonly zone: string
  /** Relative share of the data; 1 is usual, 0: takes requests, and holds nothing. */
  readonly weight: number
}

/** One ring epoch. Same epoch, byte-identical table on every node (RING-5). */
export interface Ring {
  readonly epoch: number
  /** Q, a power of two. */
  readonly partitions: number
  /** N, the owners of each partition. */
  readonly replicas: number
  /** Sorted by id (code-unit order). */
  readonly members: readonly Member[]
  /** partition -> its N owners, first owner first. */
  readonly owners: readonly (readonly NodeId[])[]
}
