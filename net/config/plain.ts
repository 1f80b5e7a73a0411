/**
 * The short form of a configuration, plain JSON with one port a node:
 *
 *   node_id, host, port            id and listen.http; the two other ports follow from it
 *   peers                          peers
 *   replication_factor             replication.n
 *   read_quorum, write_quorum      replication.r and w
 *   gossip_interval_ms             timing.gossip: news of members are passed on this often
 *   gossip_fanout                  timing.gossip_fanout: to so many
 *   failure_check_interval_ms      timing.probe: a peer is probed this often
 *   suspicion_timeout_ms           timing.suspicion: a suspect is given up after this, at least
 *   failure_timeout_ms             timing.failure: and at most
 *   anti_entropy_interval_ms       anti_entropy.every
 */
import type { Draft } from '../../scenarios/decode.js'
import type { Address } from '../address.js'
import type { NodeDraft } from './draft.js'
import type { plain } from './schema.js'

type PlainDraft = Draft<typeof plain>

const micros = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds * 1_000

export function draftOfPlain(draft: PlainDraft): NodeDraft {
  const every = micros(draft.anti_entropy_interval_ms)
  return {
    id: draft.node_id,
    listen: listenOf(draft),
    peers: draft.peers?.map((peer) => peer && { id: peer.node_id, http: listenOf(peer)?.http }),
    replication: {
      n: draft.replication_factor,
      r: draft.read_quorum,
      w: draft.write_quorum,
    },
    timing: {
      gossip: micros(draft.gossip_interval_ms),
      gossip_fanout: draft.gossip_fanout,
      probe: micros(draft.failure_check_interval_ms),
      suspicion: micros(draft.suspicion_timeout_ms),
      failure: micros(draft.failure_timeout_ms),
    },
    anti_entropy: every === undefined ? undefined : { every },
  }
}

interface PlainAddress {
  readonly host?: string | undefined
  readonly port?: number | undefined
}

function listenOf({ host, port }: PlainAddress): { readonly http: Address } | undefined {
  return host === undefined || port === undefined ? undefined : { http: { host, port } }
}
