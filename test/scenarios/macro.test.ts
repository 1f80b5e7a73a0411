import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { damagedBy } from '../../scenarios/atlas.js'
import { loadScenario } from '../../scenarios/load.js'
import { macroNames, macros } from '../../scenarios/macro.js'
import { pickKinds, type Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { expandTimeline } from '../../scenarios/timeline.js'
import { writeScenario } from '../../scenarios/write.js'
import { forkStream } from '../../sim/random.js'
import { root } from './root.js'

const textOf = (fault: string, nodes = 5): string =>
  `name: x\nduration: 60s\ncluster: { nodes: ${String(nodes)}, zones: [a, b, c] }\n` +
  `faults:\n  - ${fault}\n`

function load(fault: string): Scenario {
  const loaded = loadScenario({ text: textOf(fault), file: 'x' })
  assert.equal(loaded.problems?.map(formatProblem) ?? [], [], fault)
  return loaded.scenario as Scenario
}

const problems = (fault: string): readonly string[] =>
  (loadScenario({ text: textOf(fault), file: 'x' }).problems ?? []).map(formatProblem)

/** `10s 3s crash n1`, in order. */
function played(fault: string): readonly string[] {
  const entries = expandTimeline(load(fault), (index) => forkStream(1, String(index)))
  return entries.map(({ atMicros, durationMicros, label }) =>
    [atMicros / 1e6, (durationMicros ?? 0) / 1e6, label].join(' '),
  )
}

const startOf = (macro: string): string => (macro === 'nemesis' ? '' : ', at: 5s')

test('macro: each becomes plain faults, which written out are the same scenario', () => {
  for (const macro of macroNames) {
    const scenario = load(`{ macro: ${macro}${startOf(macro)} }`)
    assert.ok(scenario.faults.length > 0, macro)
    assert.ok(
      scenario.faults.every(({ line }) => line === 5),
      macro,
    )
    const text = writeScenario(scenario)
    assert.not.match(text, 'macro')
    const again = loadScenario({ text, file: 'x' }).scenario
    const plain = (of: Scenario | undefined) => of?.faults.map((each) => ({ ...each, line: 0 }))
    assert.equal(plain(again), plain(scenario), macro)
  }
})

/** With anything that is not there to be hit, a file written from it would not be read again. */
test('macro: of clusters of any size it is refused by name, or reads back as it was', () => {
  const told = new Set<string>()
  for (const macro of macroNames) {
    for (const nodes of [1, 2, 3, 4]) {
      for (const whom of ['', ', nodes: n1', ', nodes: all']) {
        const text = textOf(`{ macro: ${macro}${startOf(macro)}${whom} }`, nodes)
        const { scenario, problems: found = [] } = loadScenario({ text, file: 'x' })
        for (const { message } of found) told.add(message.replace(/^nodes .*/, 'nodes'))
        if (scenario === undefined) continue
        const again = loadScenario({ text: writeScenario(scenario), file: 'x' })
        assert.equal(again.problems?.map(formatProblem) ?? [], [], text)
      }
    }
  }
  assert.equal(
    [...told].sort((a, b) => (a < b ? -1 : 1)),
    [
      'nobody is left on the other side: it changes nothing',
      'nodes',
      'there is one node, and so no link that could differ',
    ],
  )
})

test('macro: a nemesis of a small cluster draws what that has nodes enough for', () => {
  const kindsOf = (nodes: number): readonly string[] => {
    const text = textOf('{ macro: nemesis }', nodes)
    return loadScenario({ text, file: 'x' }).scenario?.faults[0]?.pick ?? []
  }
  assert.equal(
    pickKinds.filter((kind) => !kindsOf(3).includes(kind)),
    ['majorities_ring'],
  )
  assert.ok(kindsOf(2).includes('partition') && !kindsOf(2).includes('crash'))
  assert.ok(kindsOf(1).includes('pause') && !kindsOf(1).includes('partition'))
  assert.equal(kindsOf(4), pickKinds)
})

test('macro: a rolling restart takes one after the other, as told', () => {
  assert.equal(played('{ macro: rolling_restart, at: 10s, for: 2s, gap: 1s, nodes: [n2, n4] }'), [
    '10 2 crash n2',
    '13 2 crash n4',
  ])
})

test('macro: what each hits if nothing is said', () => {
  assert.equal(played('{ macro: power_cut, at: 10s }'), ['10 5 crash n1 n2 n3 n4 n5'])
  assert.equal(played('{ macro: zone_outage, at: 10s }'), ['10 10 crash n1 n4'])
  assert.equal(played('{ macro: zone_outage, at: 1s, nodes: { zone: c } }'), ['1 10 crash n3'])
  assert.equal(played('{ macro: flapping_partition, at: 1s, for: 1s, gap: 2s, times: 2 }'), [
    '1 1 partition n1 n2 | n3 n4 n5',
    '4 1 partition n1 n2 | n3 n4 n5',
  ])
  assert.equal(played('{ macro: cascading_crash, at: 1s }'), ['1 5 crash n1', '2 5 crash n2'])
  assert.equal(played('{ macro: gray_failure, at: 1s, for: 2s }'), [
    '1 2 slow n1 by 20',
    '1 2 loss 10% on n1 <-> n2 n3 n4 n5',
  ])
})

test('macro: several gray nodes lose what they say to each other, too', () => {
  assert.equal(played('{ macro: gray_failure, at: 1s, for: 2s, nodes: all }'), [
    '1 2 slow n1 n2 n3 n4 n5 by 20',
    '1 2 loss 10% on all links',
  ])
  assert.equal(
    played('{ macro: gray_failure, at: 1s, for: 2s, nodes: [n1, n2] }')[1],
    '1 2 loss 10% on n1 n2 <-> n1 n2 n3 n4 n5',
  )
})

test('macro: a nemesis draws every kind of fault there is, of disks too', () => {
  const [fault] = load('{ macro: nemesis, every: 500ms }').faults
  assert.equal(fault?.pick, pickKinds)
  const entries = played('{ macro: nemesis, every: 100ms }').map((each) => each.split(' ').slice(2))
  const kinds = new Set(entries.map(([kind]) => kind))
  assert.ok(kinds.size >= 10, [...kinds].join())
  const disks = new Set(entries.filter(([kind]) => kind === 'disk').map((words) => words[2]))
  assert.ok(disks.size >= 6, [...disks].join())
})

test('macro: of a nemesis, what would take the last copy is moved or held back', () => {
  const scenario = load('{ macro: nemesis, every: 200ms, for: 300ms }')
  const durable = { ...scenario, expect: { ...scenario.expect, durability: true as const } }
  const seen = { moved: 0, held_back: 0, none: 0 }
  const damaged = new Set<string>()
  for (const { action, atlas } of expandTimeline(durable, (i) => forkStream(1, String(i)))) {
    seen[atlas ?? 'none']++
    if (atlas !== 'held_back') for (const node of damagedBy(action)) damaged.add(node)
  }
  assert.ok(seen.moved > 0 && seen.none > 0, JSON.stringify(seen))
  // W is 2, and without anti-entropy a damaged disk is never as good as the others again.
  assert.is(damaged.size, 1)
})

test('macro: what makes no sense is told once, at its line', () => {
  assert.equal(problems('{ macro: rolling_restart }'), [
    'x:5:5: rolling_restart needs at: when does it start?',
  ])
  assert.equal(problems('{ macro: power_cut, at: 1s, times: 3, crash: n1 }'), [
    'x:5:33: times means nothing to power_cut: it has at, for, nodes',
    'x:5:43: crash means nothing to power_cut: it has at, for, nodes',
  ])
  assert.equal(problems('{ macro: nemesis, at: 1s }'), [
    'x:5:23: nemesis goes on all the time: give every',
  ])
  assert.equal(problems('{ macro: rolling_restart, at: 50s }').length, 1)
  assert.equal(problems('{ macro: zone_outage, at: 1s, nodes: { zone: q } }'), [
    'x:5:50: no zone "q": the zones are a, b, c',
  ])
  assert.equal(problems('{ at: 1s, crash: n1, gap: 2s }'), ['x:5:26: gap belongs to macro'])
  assert.match(problems('{ macro: rolling_restrat, at: 1s }')[0] ?? '', 'rolling_restart')
})

test('macro: the language page says of each what it does', () => {
  const page = readFileSync(join(root, 'docs/scenarios.md'), 'utf8')
  for (const macro of macroNames) {
    assert.ok(page.includes(`| \`${macro}\` | ${macros[macro]} |`), macro)
  }
})

test.run()
