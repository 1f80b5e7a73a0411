/**
 * Random walks with anti-entropy under way: operations, lost, doubled and late messages, slow
 * disks, crashes, cut links, and nothing else to mend the rest. `test/core/node-walk.test.ts` says
 * how to look longer.
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Move, WalkOptions } from '../walk.js'
import { moves, Walk } from '../walk.js'
import { Witness } from './scene.js'

const numRuns = Number(process.env['WALKS'] ?? 60)
const seed = Number(process.env['SEED'] ?? 1)

/** Short times: a walk is short, and rounds should have their turn in it. */
const timing = {
  probeMicros: 100_000,
  probeTimeoutMicros: 40_000,
  gossipMicros: 20_000,
  suspectTimeouts: 2,
  fallbackAfterMicros: 50_000,
  handoffEveryMicros: 100_000,
  handoffRetryMicros: 200_000,
  syncConfirmMicros: 60_000,
  syncRetryMicros: 50_000,
}
const alone = { handoff: false, readRepair: false, antiEntropyMicros: 150_000, timing }

const configs: Readonly<Record<string, WalkOptions>> = {
  'three nodes, anti-entropy alone': { nodes: 3, ...alone },
  'four nodes, anti-entropy alone, one key, R=W=1': {
    nodes: 4,
    keys: 1,
    replication: { r: 1, w: 1 },
    ...alone,
  },
  'three nodes, anti-entropy alone, last write wins': { nodes: 3, bucket: 'latest', ...alone },
  'five nodes, with hints and read repair': {
    nodes: 5,
    ...alone,
    handoff: true,
    readRepair: true,
  },
  'four nodes, few hints': {
    nodes: 4,
    ...alone,
    handoff: true,
    limits: { leaseBlock: 5, hintBytesPerTarget: 1 },
  },
  'three nodes, strict: RW-2': {
    nodes: 3,
    replication: { sloppy: false },
    strict: true,
    ...alone,
  },
}

function walk(options: WalkOptions, taken: readonly Move[]): Witness {
  const run = new Walk(options)
  const witness = new Witness(run.cluster)
  for (const move of taken) run.move(move)
  run.rest()
  for (const { node, durablePersists } of run.cluster.boxes) {
    assert.equal(node?.treeDrift(durablePersists), [], 'AE-3')
  }
  return witness
}

for (const [name, options] of Object.entries(configs)) {
  test(`walk: ${name}`, () => {
    let repairs = 0
    fc.assert(
      fc.property(moves(150), (taken) => {
        repairs += walk(options, taken).count('sync_states')
      }),
      { seed, numRuns },
    )
    assert.ok(repairs > 0, 'a walk in which nothing is ever repaired finds nothing')
  })
}

test.run()
