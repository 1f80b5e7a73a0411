/** The fault atlas: what is drawn, what is refused at load, what a run holds back. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { damagedBy } from '../../scenarios/atlas.js'
import { loadScenario } from '../../scenarios/load.js'
import { formatProblem } from '../../scenarios/problem.js'
import { failuresOf } from '../../sim/cli/shrink/failure.js'
import { meaningOf } from '../../scenarios/brief.js'
import { expandTimeline } from '../../scenarios/timeline.js'
import { forkStream } from '../../sim/random.js'
import { kept } from '../../reports/page/story.js'
import { play, scenarioOf } from './stage.js'

const base = {
  name: 'x',
  duration: '12s',
  settle: '15s',
  cluster: { nodes: 5, anti_entropy: { every: '1s' } },
  workload: { clients: 4, think: '10ms', keys: { count: 30 } },
  expect: { durability: true },
}

const often = {
  every: '600ms',
  pick: ['disk_wipe', 'disk_corrupt', 'disk_misdirected', 'disk_lying_fsync'],
  for: '300ms',
}

function problemsOf(changes: object): readonly string[] {
  const text = JSON.stringify({ ...base, ...changes })
  return (loadScenario({ text, file: 'x' }).problems ?? []).map(formatProblem)
}

function timelineOf(changes: object, seed: number) {
  const scenario = scenarioOf({ ...base, ...changes })
  return expandTimeline(scenario, (fault) => forkStream(seed, `fault/${String(fault)}`))
}

const cluster = (w: number, every: string | null = '1s') => ({
  nodes: 5,
  replication: { n: 3, w },
  anti_entropy: every === null ? false : { every },
})

test('atlas: of random faults at most W - 1 disks are damaged at a time, the rest is moved or held', () => {
  for (const w of [1, 2, 3]) {
    const seen = { moved: 0, held_back: 0, none: 0 }
    for (let seed = 1; seed <= 20; seed++) {
      const entries = timelineOf({ cluster: cluster(w, null), faults: [often] }, seed)
      const damaged = new Set<string>()
      for (const { action, atlas } of entries) {
        seen[atlas ?? 'none']++
        if (atlas !== 'held_back') for (const node of damagedBy(action)) damaged.add(node)
      }
      assert.ok(damaged.size <= w - 1, `W=${String(w)}: ${[...damaged].join()}`)
    }
    assert.is(seen.none + seen.moved > 0, w > 1)
    assert.ok(seen.moved > 0 || w === 1)
    assert.ok(seen.held_back > 0 || w > 1)
  }
})

test('atlas: where nodes mend in between, more than one is hit, one at a time', () => {
  const nodes = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const rarely = { ...often, every: '3s' }
    const entries = timelineOf({ cluster: cluster(2), duration: '60s', faults: [rarely] }, seed)
    const happening = entries.filter(({ atlas }) => atlas !== 'held_back')
    for (const { action } of happening) for (const node of damagedBy(action)) nodes.add(node)
    for (const one of happening) {
      const during = happening.filter(({ atMicros, untilMicros }) => {
        return atMicros <= one.atMicros && one.atMicros < (untilMicros ?? 0) + 3_000_000
      })
      assert.ok(new Set(during.flatMap(({ action }) => damagedBy(action))).size <= 1)
    }
  }
  assert.ok(nodes.size > 2, [...nodes].join())
})

test('atlas: the same seed, the same faults; without the atlas none is held back', () => {
  const changes = { cluster: cluster(2), faults: [often] }
  assert.equal(timelineOf(changes, 3), timelineOf(changes, 3))
  const free = timelineOf({ ...changes, atlas: false }, 3)
  assert.not.ok(free.some(({ atlas }) => atlas !== null))
  const sought = timelineOf({ ...changes, expect: { durability: 'violation' } }, 3)
  assert.not.ok(sought.some(({ atlas }) => atlas !== null))
})

test('atlas: written faults that must lose a write are refused where durability is asked for', () => {
  const wipe = (node: string | string[], at: string) => ({ at, for: '1s', disk: node, wipe: true })
  const faults = [wipe('n1', '2s'), wipe('n2', '4s')]
  const [problem = ''] = problemsOf({ faults })
  assert.match(problem, /^x:1:\d+: n2 and n1 \(line 1\): an acknowledged write may be on 2 disks/)
  assert.match(problem, /\(W=2\).* or say that this may be: atlas: false$/)
  assert.match(problemsOf({ faults: [wipe(['n1', 'n2'], '2s')] })[0] ?? '', /n1, n2: an ackn/)
  assert.match(
    problemsOf({ cluster: cluster(1), faults: [wipe('n1', '2s')] })[0] ?? '',
    /n1: an acknowledged write may be on one disk alone, and would be lost \(W=1\)/,
  )
  // Time to mend in between; three copies; nobody who mends; not asked for; said to be meant.
  assert.equal(problemsOf({ faults: [wipe('n1', '2s'), wipe('n2', '7s')] }), [])
  assert.equal(problemsOf({ cluster: cluster(3), faults }), [])
  const apart = [wipe('n1', '2s'), wipe('n2', '10s')]
  assert.is(problemsOf({ cluster: cluster(2, null), faults: apart }).length, 1)
  assert.equal(problemsOf({ faults, atlas: false }), [])
  assert.equal(problemsOf({ faults, expect: {} }), [])
  assert.equal(problemsOf({ faults, expect: { durability: 'violation' } }), [])
})

test('atlas: what only the run can tell is held back there, counted and said', () => {
  // Cut off, the wiped node cannot mend before the next fault, whose time looks far enough.
  const faults = [
    { at: '2s', for: '1s', disk: 'n1', wipe: true },
    { at: '2s', for: '9s', partition: [['n1'], ['n2', 'n3', 'n4', 'n5']] },
    { at: '8s', for: '1s', disk: 'n2', wipe: true },
  ]
  const { world, events } = play(scenarioOf({ ...base, faults }))
  const held = events.filter(({ kind }) => kind === 'fault_held_back')
  assert.equal(
    held.map(({ detail }) => detail),
    ['disk n2 wipe: an acknowledged write may be on 2 disks alone, with n1 not mended yet'],
  )
  assert.is(world.processes[1]?.node?.incarnation, 1)
  const { report } = world.drama.atlas
  assert.equal(report, { mostDamaged: 1, heldBack: 1, moved: 0 })
  assert.equal(kept(report), [
    'The fault atlas kept a good copy of what was acknowledged: 1 fault was held back.',
  ])
})

test('atlas: once the damaged node is mended, another may be hit', () => {
  const faults = [
    { at: '2s', for: '500ms', disk: 'n1', wipe: true },
    { at: '9s', for: '500ms', disk: 'n2', wipe: true },
  ]
  const { world } = play(scenarioOf({ ...base, faults }))
  assert.equal(world.drama.atlas.report, { mostDamaged: 1, heldBack: 0, moved: 0 })
  assert.is(world.processes[1]?.node?.incarnation, 2)
  assert.is(world.guard.violation, null)
})

const shipped = (file: string) =>
  scenarioOf(readFileSync(new URL(`../../../scenarios/${file}`, import.meta.url), 'utf8'))

test('atlas: the pair of scenarios that shows it differs in nothing but the atlas', () => {
  const [kept, free] = [shipped('fault-atlas.yaml'), shipped('known-bad/no-fault-atlas.yaml')]
  const { name, about, expect } = kept
  assert.is(meaningOf({ ...free, name, about, expect, atlas: true }), meaningOf(kept))
  assert.is(expect.durability, true)
  assert.is(free.expect.durability, 'violation')
})

test('atlas: with it nothing is lost, and without it the same faults lose what was acknowledged', () => {
  const [kept, free] = [shipped('fault-atlas.yaml'), shipped('known-bad/no-fault-atlas.yaml')]
  const { world, events } = play(kept)
  const { heldBack, moved } = world.drama.atlas.report
  assert.ok(heldBack > 0 && moved > 0)
  const told = events.filter(({ kind }) => kind === 'fault_moved')
  assert.is(told.length, moved)
  for (const { detail } of told) assert.match(detail, /^disk n\d wipe: drawn was disk n\d wipe$/)
  assert.equal(failuresOf(kept, null), [])
  const [lost] = failuresOf(free, null)
  assert.is(lost?.check, 'durability')
  assert.is(lost?.expected, 'violation')
})

test.run()
