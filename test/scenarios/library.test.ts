import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import type { ExpectModel, Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { writeScenario } from '../../scenarios/write.js'
import { root } from './root.js'

const yamlIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`)

const good = yamlIn('scenarios')
const bad = yamlIn('scenarios/known-bad')
const papers = yamlIn('scenarios/pbs')
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

function load(file: string): Scenario {
  const loaded = loadScenario({ text: textOf(file), file })
  assert.equal(loaded.problems?.map(formatProblem) ?? [], [])
  return loaded.scenario as Scenario
}

test('library: every scenario that is promised is there', () => {
  const names = [...good, ...bad].map((file) => basename(file, '.yaml'))
  const promised = [
    ...['partition', 'one-way-partition', 'crash-restart', 'rolling-restart', 'hinted-handoff'],
    ...['clock-skew', 'slow-node', 'flaky-network', 'shopping-cart', 'hot-key', 'overload'],
    ...['bridge', 'majorities-ring', 'zone-loss', 'power-cut', 'clock-strobe', 'crash-loop'],
    ...['swizzle', 'clogged-link', 'nemesis', 'fault-atlas', 'no-fault-atlas'],
    ...['stale-read', 'sloppy-quorum-read', 'no-read-repair', 'lww-lost-update'],
  ]
  assert.equal(
    promised.filter((name) => !names.includes(name)),
    [],
  )
})

for (const file of [...good, ...bad, ...papers]) {
  test(`library: ${file} loads, under its own name`, () => {
    const prefix = file.includes('/pbs/') ? 'pbs-' : ''
    assert.is(load(file).name, prefix + basename(file, '.yaml'))
  })

  test(`library: ${file} says what it teaches, and ends within a minute`, () => {
    const { about, durationMicros } = load(file)
    assert.ok(about.split(' ').length >= 30, about)
    assert.ok(durationMicros <= (papers.includes(file) ? 180_000_000 : 60_000_000))
  })

  test(`library: ${file} tells editors where its schema is`, () => {
    const depth = file.split('/').length - 2
    const path = `./${'../'.repeat(depth)}scenario.schema.json`.replace('./../', '../')
    assert.is(textOf(file).split('\n')[0], `# yaml-language-server: $schema=${path}`)
  })

  test(`library: ${file} survives being written and read again`, () => {
    const scenario = load(file)
    const again = loadScenario({ text: writeScenario(scenario), file }).scenario
    const faults = (of: Scenario | undefined) => of?.faults.map((fault) => ({ ...fault, line: 0 }))
    assert.equal({ ...again, faults: faults(again) }, { ...scenario, faults: faults(scenario) })
  })
}

function expected(expect: ExpectModel): (true | 'violation')[] {
  const { convergence, availability, staleness } = expect
  const figures = [convergence, availability, staleness].map((one) => one?.expected ?? null)
  const plain = [expect.durability, expect.linearizable, expect.siblings]
  const sessions = expect.sessions.map((one) => one.expected)
  return [...plain, ...figures, ...sessions].filter((one) => one !== null)
}

for (const file of good) {
  test(`library: ${file} asks for something, and for no violation`, () => {
    const asked = expected(load(file).expect)
    assert.ok(asked.length > 0)
    assert.ok(asked.every((one) => one === true))
  })
}

for (const file of bad) {
  test(`library: ${file} is green only if a violation is found`, () => {
    assert.ok(expected(load(file).expect).includes('violation'))
  })
}

test.run()
