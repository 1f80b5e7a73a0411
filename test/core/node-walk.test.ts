/**
 * Random walks over clusters of real nodes: operations, lost, doubled and late messages, slow
 * disks, crashes, cut links, wrong clocks; then everything heals, every key is read twice, and an
 * oracle that has seen every dot says what must be there.
 *
 *     WALKS=20000 npx tsx test/core/node-walk.test.ts      looks longer
 *     SEED=7                                               looks elsewhere
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { WalkOptions } from './walk.js'
import { moves, walk } from './walk.js'

const numRuns = Number(process.env['WALKS'] ?? 250)
const seed = Number(process.env['SEED'] ?? 1)

const strict = { sloppy: false }
/** So often that most deletes of a walk are reaped in it. */
const reap = { everyMicros: 80_000, afterMicros: 0 }

const configs: Readonly<Record<string, WalkOptions>> = {
  'five nodes, sloppy': { nodes: 5 },
  'four nodes, one fallback, sloppy': { nodes: 4 },
  'five nodes, one key, R=W=1': { nodes: 5, keys: 1, replication: { r: 1, w: 1 } },
  'four nodes, N=2': { nodes: 4, keys: 1, replication: { n: 2, r: 1, w: 2 } },
  'five nodes, sloppy, hedged': { nodes: 5, keys: 1, replication: { hedge: true } },
  'five nodes, sloppy, last write wins': { nodes: 5, bucket: 'latest' },
  'five nodes, sloppy, few hints allowed, anti-entropy': {
    nodes: 5,
    antiEntropyMicros: 200_000,
    limits: { leaseBlock: 5, hintBytesPerTarget: 60 },
  },
  'three nodes, strict: RW-2': { nodes: 3, replication: strict, strict: true },
  'five nodes, strict, hedged: RW-2': {
    nodes: 5,
    replication: { ...strict, hedge: true },
    strict: true,
  },
  'five nodes, strict by owners only: RW-2': {
    nodes: 5,
    replication: { pr: 2, pw: 2 },
    strict: true,
  },
  'four nodes, strict, monotonic: RW-3': {
    nodes: 4,
    replication: strict,
    strict: true,
    monotonic: true,
  },
  'three nodes, strict, last write wins: RW-2': {
    nodes: 3,
    keys: 1,
    bucket: 'latest',
    replication: strict,
    strict: true,
  },
  'four nodes, one fallback, sloppy, reaping': { nodes: 4, keys: 1, reap },
  'five nodes, sloppy, hedged, anti-entropy, reaping': {
    nodes: 5,
    keys: 1,
    replication: { hedge: true },
    antiEntropyMicros: 200_000,
    reap,
  },
  'four nodes, strict, monotonic, reaping: RW-3': {
    nodes: 4,
    keys: 1,
    replication: strict,
    strict: true,
    monotonic: true,
    reap,
  },
  'four nodes, sloppy, last write wins, reaping': { nodes: 4, keys: 1, bucket: 'latest', reap },
}

for (const [name, options] of Object.entries(configs)) {
  test(`walk: ${name}`, () => {
    let acked = 0
    let operations = 0
    fc.assert(
      fc.property(moves(150), (taken) => {
        const { oracle } = walk(options, taken)
        for (const { operation, outcome } of oracle.issued.values()) {
          operations++
          if (operation.kind === 'put' && outcome?.kind === 'ok') acked++
        }
      }),
      { seed, numRuns },
    )
    // A walk in which nothing is ever written finds nothing.
    assert.ok(acked > operations / 10, `${String(acked)} of ${String(operations)} acknowledged`)
  })
}

test.run()
