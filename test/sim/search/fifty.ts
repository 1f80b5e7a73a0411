/** A failure among fifty faults and a thousand operations: what shrinking is measured by. */
import { scenarioOf } from '../stage.js'

/** The clock and the split lose writes; all the other faults have no part in it. */
export const fiftyFaults = scenarioOf(`
name: fifty-faults
duration: 10s
settle: 20s
cluster: { nodes: 7, buckets: { profiles: { conflict: lww } } }
workload:
  clients: 8
  think: 60ms
  bucket: profiles
  keys: { count: 20, distribution: uniform }
  mix: { get: 40%, put: 60% }
  failover: false
faults:
  - { at: 5s, clock: [n1, n2, n3], jump: 400ms }
  - { at: 5s, partition: [[n1, n2, n3], [n4, n5, n6, n7]] }
  - every: 100ms
    pick: [pause, slow_link, duplicate, clog]
    for: { uniform: { min: 10ms, max: 80ms } }
expect: { durability: true }
`)

/** What must be left at most, and how long it may take. */
export const target = { faults: 3, operations: 10, seconds: 60 }
