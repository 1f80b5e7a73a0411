/** Faults of disks, in whole small worlds. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DiskFaults } from '../../sim/faults/disk.js'
import { play, scenarioOf } from './stage.js'
import type { Played } from './stage.js'

const base = {
  name: 'x',
  duration: '8s',
  settle: '12s',
  cluster: { nodes: 5, anti_entropy: { every: '1s' } },
  workload: { clients: 6, think: '5ms', keys: { count: 50 } },
}

const withFaults = (faults: readonly object[], seed = 1): Played =>
  play(scenarioOf({ ...base, seed, faults }))

const eventsOf = ({ events }: Played, kind: string): readonly string[] =>
  events.filter((event) => event.kind === kind).map(({ detail }) => detail)

/** The owners agree in the end, and nothing that an owner held was lost with another's disk. */
function assertWhole(played: Played, what: string): void {
  assert.is(played.world.guard.violation, null, what)
  assert.ok(played.world.report.convergedAtMicros !== null, `${what}: replicas differ in the end`)
}

test('disk faults: flipped bits are found at the restart; the node is a new actor, and repaired', () => {
  let damaged = 0
  for (let seed = 1; seed <= 5; seed++) {
    const faults = [
      { at: '3s', disk: 'n2', corrupt: 2 },
      { at: '4s', for: '1s', crash: 'n2' },
    ]
    const played = withFaults(faults, seed)
    const found = eventsOf(played, 'log_damaged')
    if (found.length > 0) {
      damaged++
      assert.match(found.join('\n'), /^s(egment|napshot)-\d{16}\.(log|snap)/)
    }
    assertWhole(played, `seed ${String(seed)}`)
  }
  assert.ok(damaged >= 4, `flips were noticed in ${String(damaged)} of 5 runs`)
})

test('disk faults: a wiped node mints no old dot, and gets its keys back', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const played = withFaults([{ at: '4s', for: '1s', disk: 'n2', wipe: true }], seed)
    const actors = new Set(
      played.history.flatMap(({ dot }) =>
        dot?.startsWith('n2:') === true ? [dot.split('#')[0]] : [],
      ),
    )
    assertWhole(played, `seed ${String(seed)}`)
    assert.is(played.world.processes[1]?.node?.incarnation, 2)
    assert.ok(actors.size <= 2)
  }
})

test('disk faults: a full disk refuses writes, serves reads, and takes writes again', () => {
  const played = withFaults([{ at: '2s', for: '3s', disk: ['n1', 'n2', 'n3', 'n4'], full: true }])
  assert.is(eventsOf(played, 'read_only').length, 4)
  assert.is(eventsOf(played, 'writable').length, 4)
  const during = (type: string, f: string): number =>
    played.history.filter(
      (line) => line.type === type && line.f === f && line.time > 2_300_000_000 && line.time < 5e9,
    ).length
  assert.ok(during('ok', 'read') > 50, 'reads go on')
  assert.is(during('ok', 'write'), 0, 'no quorum of writes is left')
  assert.ok(during('fail', 'write') > 50, 'and that is said for certain')
  const after = played.history.filter(({ type, f, time }) => {
    return type === 'ok' && f === 'write' && time > 5_500_000_000
  })
  assert.ok(after.length > 50, 'writes go on')
  assertWhole(played, 'full')
})

test('disk faults: a node whose fsync fails stops at once, and restarts at the end', () => {
  const played = withFaults([{ at: '3s', for: '2s', disk: 'n3', fsync_fails: true }])
  assert.is(eventsOf(played, 'disk_failed').length, 1)
  assert.is(eventsOf(played, 'node_crashed').length, 1)
  assert.is(played.world.processes[2]?.node?.incarnation, 2)
  assertWhole(played, 'fsync')
})

test('disk faults: power cuts of every kind lose nothing that was acknowledged', () => {
  for (const cut of ['torn', 'unsynced_lost', 'reordered']) {
    for (let seed = 1; seed <= 3; seed++) {
      const faults = [2, 3, 4, 5, 6].map((second) => {
        return { at: `${String(second)}s`, for: '300ms', disk: 'all', [cut]: true }
      })
      const played = withFaults(faults, seed)
      assert.is(eventsOf(played, 'node_crashed').length, 25, cut)
      if (cut !== 'reordered') assert.equal(eventsOf(played, 'log_damaged'), [])
      assertWhole(played, `${cut}, seed ${String(seed)}`)
    }
  }
})

test('disk faults: lying and misdirected writes on one node are mended by the others', () => {
  for (const fault of [{ lying_fsync: true }, { misdirected: 3 }]) {
    for (let seed = 1; seed <= 3; seed++) {
      const faults = [
        { at: '2s', for: '3s', disk: 'n4', ...fault },
        { at: '4s', for: '500ms', crash: 'n4' },
      ]
      assertWhole(withFaults(faults, seed), `${JSON.stringify(fault)}, seed ${String(seed)}`)
    }
  }
})

test('disk faults: stalled disks acknowledge nothing, slow ones less', () => {
  const written = (fault: object): number => {
    const played = withFaults([{ at: '2s', for: '2s', disk: 'all', ...fault }])
    assertWhole(played, JSON.stringify(fault))
    return played.history.filter(({ type, f, time }) => {
      return type === 'ok' && f === 'write' && time > 2_100_000_000 && time < 4_000_000_000
    }).length
  }
  const [stalled, slow, usual] = [{ stall: true }, { factor: 50 }, { corrupt: 1 }].map(written)
  assert.is(stalled, 0)
  assert.ok((slow ?? 0) * 5 < (usual ?? 0), `${String(slow)} of ${String(usual)}`)
})

test('disk faults: what a milestone begins late ends when everything is healed, stalls too', () => {
  const stall = { when: { operations: 200 }, for: '1h', disk: 'all', stall: true }
  const played = withFaults([stall])
  assertWhole(played, 'stalled')
  const { healedAtMicros, convergedAtMicros } = played.world.report
  assert.ok((convergedAtMicros ?? Infinity) - (healedAtMicros ?? 0) < 2_000_000)
})

test('disk faults: of two lies at a time the disk is honest after the last', () => {
  const { world } = withFaults([])
  const process = world.processes[1]!
  const ground = { down: () => () => undefined, space: () => undefined }
  const faults = new DiskFaults(ground)
  /** A restart remembers what still goes on. */
  const lies = (): boolean => {
    process.disk.crash()
    process.disk.restart()
    return process.disk.look().history === 'untrusted'
  }
  const ends = [1, 2].map(() => faults.start(process, { kind: 'lying_fsync' }, 0))
  const seen = [lies()]
  for (const end of ends) {
    end()
    seen.push(lies())
  }
  assert.equal(seen, [true, true, false])
})

test('disk faults: power that is cut where there is none leaves the next cut as it is', () => {
  const { world } = withFaults([
    { name: 'first', at: '2s', for: '2s', crash: 'n2' },
    { when: { started: 'first', after: '500ms' }, for: '1s', disk: 'n2', torn: true },
  ])
  assert.is(world.processes[1]?.nextCut, 'prefix')
})

test.run()
