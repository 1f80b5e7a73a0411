/**
 * The planted bugs: where each was seen, the scenario that provokes it, and what must notice. Found
 * means that this has fired; that something else was upset does not count.
 */
import type { Plant } from '../../core/index.js'

export interface PlantedBug {
  readonly plant: Plant
  /** Of the list that the project keeps; numbers between belong to what is not there yet. */
  readonly row: number
  readonly title: string
  /** Where it was seen, or whose it is. */
  readonly seen: string
  /** Invariants or checks: any of them. */
  readonly mustFire: readonly string[]
}

const bug = (
  row: number,
  plant: Plant,
  mustFire: readonly string[],
  title: string,
  seen: string,
): PlantedBug => ({ plant, row, title, seen, mustFire })

export const catalog: readonly PlantedBug[] = [
  bug(
    1,
    'siblings_as_lww',
    ['DVV-2', 'DVV-4'],
    'last write wins drops acknowledged writes',
    'a default of Riak; Jepsen, 2013',
  ),
  bug(
    2,
    'no_drift_guard',
    ['RW-5'],
    "a fast clock's write buries all later ones",
    'the doomstones of Cassandra',
  ),
  bug(
    3,
    'plain_vectors',
    ['DVV-5'],
    'siblings explode under stale contexts',
    'version vectors before dots, Riak 1',
  ),
  bug(
    4,
    'vector_pruning',
    ['DVV-4'],
    'a pruned vector brings a sibling back',
    'vector clock pruning, Dynamo and Riak',
  ),
  bug(
    5,
    'sibling_alone',
    ['DVV-2'],
    'only the new sibling is sent, with the whole vector',
    'dotted version vectors, misread',
  ),
  bug(
    6,
    'actor_reused',
    ['DVV-1', 'DVV-4'],
    'an actor is used again after its disk was lost',
    'Riak, kv679',
  ),
  bug(
    7,
    'replicate_before_persist',
    ['WAL-1', 'DVV-1', 'WAL-6'],
    'others are told before the own disk',
    'stores that replicate and sync at once',
  ),
  bug(
    8,
    'timeout_is_failure',
    ['RW-4'],
    'a timeout is reported as a failure, but applied',
    'many; Jepsen',
  ),
  bug(9, 'forward_twice', ['RW-4'], 'a forwarded write is coordinated twice', 'retries on silence'),
  bug(
    10,
    'fallback_counts_as_owner',
    ['RW-2'],
    'a sloppy quorum is taken for R + W > N',
    'sloppy quorums; Riak',
  ),
  bug(
    11,
    'fallback_not_found_counts',
    ['RW-2'],
    "a fresh fallback's not found counts",
    "Riak's notfound_ok",
  ),
  bug(
    12,
    'no_write_back',
    ['RW-3'],
    'quorum reads go back in time',
    'registers without write-back; Cassandra',
  ),
  bug(
    13,
    'reap_by_clock',
    ['DEL-1'],
    'a delete comes back after the grace period',
    "Cassandra's gc_grace",
  ),
  bug(14, 'repair_races_reap', ['DEL-1'], 'read repair races a delete that is reaped', 'Cassandra'),
  bug(
    15,
    'hint_deleted_early',
    ['HINT-1', 'HINT-2'],
    'a hint is deleted before its target has it',
    'hinted handoff',
  ),
  bug(
    21,
    'dead_not_probed',
    ['FD-4'],
    'a partition never heals: the dead are not probed',
    'ringpop',
  ),
  bug(22, 'no_local_health', ['FD-3'], 'a slow node declares others dead', 'SWIM before Lifeguard'),
  bug(
    23,
    'repair_at_first_sight',
    ['AE-2'],
    'anti-entropy chases writes under way',
    'repair storms',
  ),
  bug(
    24,
    'tree_drifts',
    ['AE-3'],
    'a tree drifts from its data after a crash',
    'active anti-entropy',
  ),
  bug(
    31,
    'fsync_retried',
    ['WAL-1', 'WAL-2'],
    'a failed fsync is retried, and succeeds',
    'PostgreSQL, 2018',
  ),
  bug(
    32,
    'corruption_truncated',
    ['WAL-5'],
    'corruption in the middle is cut like a torn tail',
    'log recovery',
  ),
  bug(
    33,
    'rename_unsynced',
    ['WAL-2', 'WAL-4'],
    'a rename without its directory, a segment dropped too early',
    'crash consistency studies',
  ),
  bug(
    34,
    'retry_storm',
    ['goodput'],
    'an overload outlives its cause',
    'metastable failures, HotOS 2021',
  ),
  bug(
    35,
    'order_by_locale',
    ['RING-5'],
    'names are ordered differently by different processes',
    'locales',
  ),
]

/** Within `scenarios/`. */
export const scenarioFileOf = (plant: Plant): string => `planted/${plant.replaceAll('_', '-')}.yaml`
