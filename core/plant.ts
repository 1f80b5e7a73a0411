/**
 * Bugs that real stores have had, planted on purpose to see whether the checkers notice. One at
 * most is switched on, by tests and `sim run --plant NAME` alone; a live node has none. Each
 * switch is a comparison with `options.plant` at the place where the bug would be.
 */
export const plants = [
  'siblings_as_lww',
  'no_drift_guard',
  'plain_vectors',
  'vector_pruning',
  'sibling_alone',
  'actor_reused',
  'replicate_before_persist',
  'timeout_is_failure',
  'forward_twice',
  'fallback_counts_as_owner',
  'fallback_not_found_counts',
  'no_write_back',
  'reap_by_clock',
  'repair_races_reap',
  'hint_deleted_early',
  'dead_not_probed',
  'no_local_health',
  'repair_at_first_sight',
  'tree_drifts',
  'fsync_retried',
  'corruption_truncated',
  'rename_unsynced',
  'retry_storm',
  'order_by_locale',
] as const

export type Plant = (typeof plants)[number]
