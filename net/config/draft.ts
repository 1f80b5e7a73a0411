/**
 * What was written, in one shape for both forms of a configuration, and where in the file it
 * stands, so that a problem is told at the words that caused it.
 */
import type { Draft } from '../../scenarios/decode.js'
import type { Path } from '../../scenarios/source.js'
import type { node } from './schema.js'

export type NodeDraft = Draft<typeof node>

/** Where each of these stands in a form. */
export interface Places {
  readonly listen: Path
  /** Of one peer. */
  readonly peerId: string
  readonly peerAddress: string
  readonly n: Path
  readonly r: Path
  readonly w: Path
  readonly pr: Path
  readonly pw: Path
  readonly suspicion: Path
  readonly failure: Path
}

export const fullPlaces: Places = {
  listen: ['listen'],
  peerId: 'id',
  peerAddress: 'http',
  n: ['replication', 'n'],
  r: ['replication', 'r'],
  w: ['replication', 'w'],
  pr: ['replication', 'pr'],
  pw: ['replication', 'pw'],
  suspicion: ['timing', 'suspicion'],
  failure: ['timing', 'failure'],
}

export const plainPlaces: Places = {
  ...fullPlaces,
  listen: ['port'],
  peerId: 'node_id',
  peerAddress: 'port',
  n: ['replication_factor'],
  r: ['read_quorum'],
  w: ['write_quorum'],
  suspicion: ['suspicion_timeout_ms'],
  failure: ['failure_timeout_ms'],
}
