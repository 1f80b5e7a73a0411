/** `sim plant` as a user starts it. All bugs whose scenarios are there, in few seeds. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlantFile } from '../../../reports/plant/model.js'
import { Sandbox } from './command.js'

const sandbox = new Sandbox()

test('plant: every bug is found, and the correct code is quiet, in one seed each', async () => {
  const args = ['plant', '--seeds', '1', '--no-shrink', '--json']
  const { code, stdout, stderr } = await sandbox.run(...args)
  const file = JSON.parse(stdout) as PlantFile & { readonly folder: string }
  for (const { plant, found, others, falseAlarms, mustFire } of file.hunts) {
    assert.ok(found !== null, `${plant}: ${JSON.stringify(others)}`)
    assert.ok(mustFire.includes(found.fired), plant)
    assert.equal(falseAlarms, [], plant)
  }
  assert.ok(file.hunts.length >= 13)
  assert.is(code, 0, stderr)
  const csv = readFileSync(sandbox.path(file.folder, 'plant.csv'), 'utf8').trim().split('\n')
  assert.is(csv.length, file.hunts.length + 1)
  const page = readFileSync(sandbox.path(file.folder, 'plant.html'), 'utf8')
  assert.match(page, 'Every bug is found, and nothing else is')
  assert.not.match(page, 'src="http')
})

test('plant: what is found is shrunk', async () => {
  const args = ['plant', 'no_write_back', '--seeds', '1', '--json']
  const { code, stdout, stderr } = await sandbox.run(...args)
  assert.is(code, 0, stderr)
  const [hunt] = (JSON.parse(stdout) as PlantFile).hunts
  assert.is(hunt?.shrunk?.faults, 0)
  assert.ok((hunt?.shrunk?.operations ?? 99) <= 3, String(hunt?.shrunk?.operations))
})

test('plant: what a run with the bug says, and where it leaves the proof', async () => {
  const file = new URL('../../../../scenarios/planted/forward-twice.yaml', import.meta.url).pathname
  const { code, stdout } = await sandbox.run('run', file, '--plant', 'forward_twice')
  assert.is(code, 1)
  assert.match(stdout, /^Invariant violated: RW-4, key k\d+$/m)
  assert.match(stdout, /^ {2}durable at n\d: \{/m)
  assert.match(stdout, /^Last events:$/m)
  const folder = ['runs', 'forward-twice-forward_twice-1']
  const verdict = JSON.parse(readFileSync(sandbox.path(...folder, 'verdict.json'), 'utf8')) as {
    verdict: string
    checks: { check: string; verdict: string; met: boolean }[]
  }
  assert.is(verdict.verdict, 'violation')
  const { check, verdict: found, met } = verdict.checks[0] ?? {}
  assert.equal([check, found, met], ['invariants', 'violation', false])
  const report = readFileSync(sandbox.path(...folder, 'report.html'), 'utf8')
  assert.match(report, 'Invariant violated: RW-4; the run stops there')
  const again = await sandbox.run(
    'run',
    sandbox.path(...folder, 'scenario.yaml'),
    '--plant',
    'forward_twice',
  )
  const hash = (text: string): string | undefined => /^trace hash (.*)$/m.exec(text)?.[1]
  assert.is(hash(again.stdout), hash(stdout))
  const replayed = await sandbox.run('replay', sandbox.path(...folder))
  assert.is(replayed.code, 0, replayed.stdout)
})

test('plant: bad input is refused by name', async () => {
  for (const [args, words] of [
    [['no_such_bug'], 'no_such_bug: no such planted bug; there are: siblings_as_lww'],
    [['forward_twice', '--seeds', '0'], '--seeds: give a whole number from 1'],
    [['forward_twice', '--seeds', 'many'], '--seeds: give a whole number from 1'],
    [['forward_twice', '--workers', '0'], '--workers'],
  ] as const) {
    const { code, stderr } = await sandbox.run('plant', ...args)
    assert.is(code, 3, stderr)
    assert.match(stderr, words)
  }
})

test.after(() => {
  sandbox.remove()
})

test.run()
