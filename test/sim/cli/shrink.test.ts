import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerdictFile } from '../../../reports/check/verdict.js'
import { Sandbox, smallScenario } from './command.js'

interface Size {
  readonly faults: number
  readonly operations: number
}

interface Told {
  readonly before: Size
  readonly after: Size
  readonly end: string
  readonly failure: { readonly check: string }
}

const sandbox = new Sandbox()

test.after(() => sandbox.remove())

/** Blind writes of two sides of a split, where the clock decides: one of them is lost. */
const losing = `name: losing
duration: 3s
settle: 20s
cluster: { nodes: 5, buckets: { last: { conflict: lww } } }
workload:
  clients: 6
  think: 5ms
  bucket: last
  keys: { count: 10, distribution: uniform }
  mix: { get: 50%, put: 50% }
  failover: false
faults:
  - { at: 500ms, clock: [n1, n2], jump: 400ms }
  - { at: 500ms, partition: [[n1, n2], [n3, n4, n5]] }
  - { every: 100ms, pick: [slow], for: 50ms }
expect: { durability: true, siblings: true }
`

test('shrink: a file that repeats the failure, small enough to read', async () => {
  const file = sandbox.write('losing.yaml', losing)
  const out = ['--out', 'small.yaml', '--json']
  const { code, stdout } = await sandbox.run('shrink', file, '--seed', '3', ...out)
  assert.is(code, 0)
  const { before, after, end, failure } = JSON.parse(stdout) as Told
  assert.ok(before.operations > 500 && before.faults > 10)
  assert.ok(after.operations <= 4 && after.faults <= 2, stdout)
  assert.is(end, 'smallest')
  assert.is(failure.check, 'durability')
  assert.ok(readFileSync(sandbox.path('small.yaml'), 'utf8').split('\n').length < 40)
  const again = await sandbox.run('run', 'small.yaml', '--json')
  assert.is(again.code, 1)
  const { verdict } = JSON.parse(again.stdout) as { readonly verdict: VerdictFile }
  const failed = verdict.checks.filter(({ met }) => met === false)
  assert.equal(
    failed.map(({ check }) => check),
    ['durability'],
  )
})

test('shrink: of a run folder, the same as of its file', async () => {
  const file = sandbox.write('losing.yaml', losing)
  await sandbox.run('run', file, '--seed', '3', '--out', 'run')
  const out = ['--out', 'other.yaml', '--check', 'durability']
  assert.is((await sandbox.run('shrink', 'run', ...out)).code, 0)
  const text = (name: string): string => readFileSync(sandbox.path(name), 'utf8')
  assert.is(text('other.yaml').replace('other.yaml', 'small.yaml'), text('small.yaml'))
  assert.match(text('other.yaml'), 'Shrunk from losing with seed 3')
})

test('shrink: a damaged run folder is refused, and so is a bug that nobody knows', async () => {
  const path = sandbox.path('run', 'run.json')
  const sound = readFileSync(path, 'utf8')
  const refused = async (text: string): Promise<string> => {
    writeFileSync(path, text)
    const { code, stderr } = await sandbox.run('shrink', 'run', '--out', 'none.yaml')
    assert.is(code, 3)
    return stderr
  }
  assert.match(
    await refused(sound.replace('"seed": 3', '"seed": 2')),
    /run\.json: byte \d+: damaged/,
  )
  rmSync(sandbox.path('run', 'checksums.json'))
  const planted = sound.replace('"plant": null', '"plant": "nobody"')
  assert.match(await refused(planted), /run\.json: this version knows no planted bug "nobody"/)
  assert.match(await refused('null'), /run\.json: lacks the scenario/)
})

test('shrink: the budget ends it, and the best so far is kept', async () => {
  const file = sandbox.write('losing.yaml', losing)
  const { code, stdout } = await sandbox.run('shrink', file, '--out', 'b.yaml', '--budget', '10ms')
  assert.is(code, 0)
  assert.match(stdout, 'the budget of 10ms is used up')
  assert.is((await sandbox.run('run', 'b.yaml', '--json')).code, 1)
})

test('shrink: what makes no sense is refused with what to do', async () => {
  const green = sandbox.write('small.yaml', smallScenario)
  const red = sandbox.write('losing.yaml', losing)
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['nowhere.yaml'], /nowhere\.yaml: no such run folder or scenario file/],
    [[green], /nothing to shrink: .* sim sweep finds seeds that fail/],
    [
      [red, '--check', 'siblings'],
      /--check siblings: does not fail here; what fails is durability/,
    ],
    [[red, '--budget', '60'], /--budget: 60 has no unit/],
    [[red, '--budget', '0s'], /--budget: must be longer than nothing/],
    [[red, '--out', red], /--out .*losing\.yaml: it exists; choose another file/],
    [[sandbox.folder], /run\.json: no such file; is .* a run folder\?/],
    [['run', '--seed', '2'], /--seed: belongs to a scenario file; run is a run/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr } = await sandbox.run('shrink', ...args)
    assert.is(code, 3, args.join(' '))
    assert.match(stderr, message)
  }
})

test.run()
