/** `sim bench --local --fault` as a user runs it: real processes, one of them killed. */
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox } from '../command.js'

const box = new Sandbox()
test.after(() => box.remove())

interface Told {
  readonly figures: Readonly<Record<string, number | string | null>>
  readonly checks: readonly { readonly check: string; readonly verdict: string }[]
  readonly bench: { readonly targets: readonly string[]; readonly faults: readonly unknown[] }
}

test('bench --local: a node is killed under load, nobody loses anything, and all is told', async () => {
  const load = ['--operations', '200', '--keys', '50', '--workers', '4', '--seed', '7']
  const fault = ['--fault', 'kill:n2@1s+1s']
  const words = ['bench', '--local', '3', ...load, ...fault, '--out', 'killed', '--json']
  const { code, stdout, stderr } = await box.run(...words)
  assert.is(code, 0, stderr)
  const { figures, checks, bench } = JSON.parse(stdout) as Told
  assert.equal([bench.targets.length, bench.faults.length, figures['fault_1']], [3, 1, 'kill n2'])
  for (const name of ['durability', 'convergence', 'siblings']) {
    assert.is(checks.find(({ check }) => check === name)?.verdict, 'ok', name)
  }
  for (const name of ['failover_time', 'replication_lag', 'ready_time', 'longest_gap']) {
    assert.type(figures[`fault_1_${name}`], 'number', name)
  }
  assert.ok((figures['fault_1_missed_keys'] as number) > 0)
  // Nobody waits longer for a node that is gone than it takes to find out.
  assert.ok(Number(figures['fault_1_last_error'] ?? 0) <= 3e6, stdout)
  assert.is(figures['fault_1_errors_after'], 0)
  assert.match(readFileSync(box.path('killed', 'report.html'), 'utf8'), /What the faults did/)
  assert.match(readFileSync(box.path('killed', 'summary.csv'), 'utf8'), /^fault_1,kill n2,text$/m)
  assert.ok(existsSync(box.path('killed', 'cluster', 'n2.log')))
  assert.not.ok(existsSync(box.path('killed', 'cluster', 'n2')), 'the data are gone')
})

test.run()
