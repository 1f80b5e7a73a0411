/**
 * How every outcome of the core is said in HTTP: one line a code. docs/api.md has the same table,
 * and a test compares the two.
 *
 * 504 means one thing only: it may have happened. What is refused has provably not happened, also
 * where a read took too long: a read changes nothing.
 */
import type { OutcomeCode } from '../../core/index.js'

export interface OutcomeLine {
  /** Of a refusal; an unknown outcome is 504, whatever the code. */
  readonly status: number
  /** Seconds after which to ask again; null: asking again as it is will not help. */
  readonly retryAfter: number | null
  readonly means: string
}

export const unknownStatus = 504

const later = (means: string): OutcomeLine => ({ status: 503, retryAfter: 1, means })
const never = (status: number, means: string): OutcomeLine => ({ status, retryAfter: null, means })

export const outcomeLines: Readonly<Record<OutcomeCode, OutcomeLine>> = {
  not_ready: later('the node is starting or stopping'),
  not_accepted: later('no owner of the key would take part'),
  stale_epoch: later('the nodes disagree about who owns the key; they are about to agree'),
  hint_refused: later('a stand-in would have to keep more for an absent owner than it may'),
  clock_skew: later("the write's time lies too far from what the node holds (last-write-wins)"),
  too_many_siblings: never(
    409,
    'the key has as many siblings as it may have: get it, and put with the context you got',
  ),
  read_only: later('the node takes no writes, for its disk is full or failing'),
  overloaded: later(
    'the node coordinates as many requests as it may, or the request has waited too long already',
  ),
  stale_reap: later('what was sent had been read before a reaping, and is read again'),
  bad_context: never(400, 'the context is of another key'),
  bad_quorum: never(400, 'r, w, pr or pw is more than the number of replicas'),
  no_such_bucket: never(404, 'the cluster has no bucket of that name'),
  no_reachable_owner: later('no owner of the key can be reached'),
  unreachable: later('the node cannot be connected to; said by clients, never by a node'),
  expired: later('the request waited longer than its timeout before it was begun'),
  timeout: later('a read was not answered by enough replicas in time'),
  r_unsatisfied: later('fewer than r replicas answered'),
  pr_unsatisfied: later('fewer than pr owners answered'),
  w_unsatisfied: later('fewer than w nodes could store it'),
  pw_unsatisfied: later('fewer than pw owners could store it'),
  minimum_unsatisfied: later(
    'no replica has what the session has seen, and it is not known to be reaped: a node is down, ' +
      'or has once lost its disk and was started since it was written',
  ),
}
