import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox, ended, smallScenario } from './command.js'

const sandbox = new Sandbox()
const small = sandbox.write('small.yaml', smallScenario)
/** R + W is above N, so what it expects is not found: every seed fails. */
const failing = sandbox.write(
  'failing.yaml',
  smallScenario.replace('{ durability: true, siblings: true }', '{ durability: violation }'),
)

const read = (...parts: readonly string[]): string => readFileSync(sandbox.path(...parts), 'utf8')

interface Told {
  readonly results: readonly {
    readonly seed: number
    readonly traceHash: string
    readonly readP99Micros: number
    readonly verdict: string
  }[]
  readonly interrupted: boolean
  readonly planned: number
  readonly summary: {
    readonly variants: readonly { readonly name: string; readonly seeds: number }[]
    readonly paired: readonly {
      readonly pairs: number
      readonly figures: readonly {
        readonly figure: string
        readonly estimate: { readonly mean: number; readonly low: number; readonly high: number }
      }[]
    }[]
  }
}
const sweepOf = (folder: string): Told => JSON.parse(read(folder, 'sweep.json')) as Told

test('sweep: a row per seed in order, a report, and the command that repeats it', async () => {
  const out = sandbox.path('one')
  const args = ['sweep', small, '--seeds', '1..6', '--workers', '1', '--out', out]
  const { code, stdout, stderr } = await sandbox.run(...args)
  assert.is(code, 0, stderr)
  assert.match(stdout, /expectations hold for 6 of 6 seeds \(100%; 95% confidence 61% to 100%\)/)
  assert.is(stdout.trimEnd().split('\n').at(-1), `npx sim sweep ${small} --seeds 1..6`)
  const rows = read('one', 'sweep.csv').trimEnd().split('\n')
  const seeds = rows.slice(1).map((row) => row.split(',')[0])
  assert.equal(seeds, ['1', '2', '3', '4', '5', '6'])
  const page = read('one', 'sweep.html')
  assert.match(page, /Content-Security-Policy/)
  assert.match(page, /read latency p99/)
  assert.not.ok(existsSync(sandbox.path('one', 'failures')))
})

test('sweep: the number of workers changes nothing in the results', async () => {
  const out = sandbox.path('three')
  const args = ['sweep', small, '--seeds', '1..6', '--workers', '3', '--out', out]
  assert.is((await sandbox.run(...args)).code, 0)
  assert.is(read('three', 'sweep.csv'), read('one', 'sweep.csv'))
})

test('sweep: a seed is the same run as by sim run, and has the same figures', async () => {
  const out = sandbox.path('run')
  const { stdout } = await sandbox.run('run', small, '--seed', '4', '--json', '--out', out)
  const { run } = JSON.parse(stdout) as { run: { traceHash: string } }
  const result = sweepOf('one').results[3]
  assert.is(result?.seed, 4)
  assert.is(result?.traceHash, run.traceHash)
  assert.match(
    read('run', 'summary.csv'),
    new RegExp(`^read_latency_p99,${String(result?.readP99Micros)},us$`, 'm'),
  )
})

test('sweep: a failing seed leaves a file that is the same run and fails again', async () => {
  const out = sandbox.path('failed')
  const args = ['sweep', failing, '--seeds', '8..9', '--out', out, '--json']
  const { code, stdout, stderr } = await sandbox.run(...args)
  assert.is(code, 1, stderr)
  const told = JSON.parse(stdout) as { failures: readonly { command: string }[] }
  const repro = sandbox.path('failed', 'failures', 'seed-9.yaml')
  assert.is(told.failures[1]?.command, `npx sim run ${repro}`)
  assert.match(readFileSync(repro, 'utf8'), /^# durability: /m)
  const again = await sandbox.run('run', repro, '--json', '--out', sandbox.path('again'))
  assert.is(again.code, 1, again.stderr)
  const { run } = JSON.parse(again.stdout) as { run: { traceHash: string } }
  assert.is(run.traceHash, sweepOf('failed').results[1]?.traceHash)
})

test('sweep: --vary runs the same seeds for every value and compares them in pairs', async () => {
  const out = sandbox.path('varied')
  const flag = 'cluster.replication.r=1,3'
  const args = ['sweep', small, '--seeds', '1..4', '--vary', flag, '--out', out]
  const { code, stdout, stderr } = await sandbox.run(...args)
  assert.is(code, 0, stderr)
  assert.match(
    stdout,
    /cluster\.replication\.r=3 minus cluster\.replication\.r=1, 4 seeds in pairs/,
  )
  const { results, summary } = sweepOf('varied')
  assert.equal(
    results.map(({ seed }) => seed),
    [1, 1, 2, 2, 3, 3, 4, 4],
  )
  assert.equal(
    summary.variants.map(({ name }) => name),
    ['cluster.replication.r=1', 'cluster.replication.r=3'],
  )
  const latency = summary.paired[0]?.figures.find(({ figure }) => figure === 'read_p99')?.estimate
  assert.ok(latency !== undefined && latency.low <= latency.mean && latency.mean <= latency.high)
  // Waiting for the slowest of three cannot be faster.
  assert.ok(latency.mean > 0)
})

test('sweep: --vary of the value that a scenario has is the scenario', async () => {
  const out = sandbox.path('same')
  const args = ['sweep', small, '--seeds', '2..2', '--vary', 'cluster.nodes=3', '--out', out]
  assert.is((await sandbox.run(...args)).code, 0)
  assert.is(sweepOf('same').results[0]?.traceHash, sweepOf('one').results[1]?.traceHash)
})

test('merge: shards put together are the whole sweep', async () => {
  for (const shard of ['1/2', '2/2']) {
    const out = sandbox.path(`shard-${shard.slice(0, 1)}`)
    const args = ['sweep', small, '--seeds', '1..6', '--shard', shard, '--out', out]
    assert.is((await sandbox.run(...args)).code, 0)
  }
  assert.equal(
    sweepOf('shard-2').results.map(({ seed }) => seed),
    [2, 4, 6],
  )
  const shards = [sandbox.path('shard-2'), sandbox.path('shard-1')]
  const { code, stderr } = await sandbox.run('merge', ...shards, '--out', sandbox.path('whole'))
  assert.is(code, 0, stderr)
  assert.is(read('whole', 'sweep.csv'), read('one', 'sweep.csv'))
})

test('merge: a missing shard is undecided, not ok', async () => {
  const part = sandbox.path('shard-1')
  const { code, stdout } = await sandbox.run('merge', part, '--out', sandbox.path('part'))
  assert.is(code, 2)
  assert.match(stdout, /Incomplete: these are 3 of 6 runs/)
})

test('sweep: Ctrl-C keeps what is done and marks it', async () => {
  const out = sandbox.path('partial')
  const child = sandbox.start(['sweep', small, '--seeds', '1..500000', '--out', out])
  const watching = setInterval(() => {
    // More than its header: some seed is done.
    if (sandbox.bytes('partial', 'sweep.csv') < 300) return
    clearInterval(watching)
    child.kill('SIGINT')
  }, 50)
  const { code, stdout, stderr } = await ended(child)
  assert.is(code, 130, stderr)
  assert.match(stdout, /Interrupted: these are [\d,]+ of 500,000 runs/)
  const { interrupted, results, planned } = sweepOf('partial')
  assert.is(interrupted, true)
  assert.ok(results.length > 0 && results.length < planned)
  assert.is(read('partial', 'sweep.csv').trimEnd().split('\n').length, results.length + 1)
})

/** The functions that refuse the others have tests of their own, in sweep/. */
const badInputs: readonly (readonly [situation: string, args: readonly string[], say: RegExp])[] = [
  ['no seeds', [], /Missing required argument: seeds/],
  ['a range that holds nothing', ['--seeds', '5..1'], /holds no seed; 1\.\.5/],
  ['seeds given twice', ['--seeds', '1..2', '--seeds', '3..4'], /--seeds: give it once/],
  ['a flag without its argument', ['--seeds'], /Not enough arguments following: seeds/],
  [
    'a varied value that is wrong',
    ['--seeds', '1..2', '--vary', 'cluster.replication.r=9'],
    /small\.yaml:5:10: .*r is 9/,
  ],
]
for (const [situation, args, say] of badInputs) {
  test(`sweep: ${situation} is a clear line and exit 3`, async () => {
    const { code, stdout, stderr } = await sandbox.run('sweep', small, ...args)
    assert.is(code, 3, stderr)
    assert.is(stdout, '')
    assert.match(stderr, say)
    assert.not.match(stderr, /\n\s+at |sim has a bug/)
  })
}

test('merge: what is no shard of the same sweep is a clear line and exit 3', async () => {
  const shard = sandbox.path('shard-1')
  const others: readonly (readonly [folder: string, say: RegExp])[] = [
    [sandbox.path('nowhere'), /sweep\.json: no such file/],
    [sandbox.path('varied'), /variants differ/],
    [shard, /seed 1 is in .* and in .*: leave one out/],
  ]
  for (const [folder, say] of others) {
    const { code, stderr } = await sandbox.run('merge', shard, folder)
    assert.is(code, 3, stderr)
    assert.match(stderr, say)
  }
  sandbox.write('three/sweep.json', read('one', 'sweep.json').slice(0, -20))
  const cut = await sandbox.run('merge', sandbox.path('three'))
  assert.is(cut.code, 3)
  assert.match(cut.stderr, /sweep\.json: not JSON .* cut short/)
  assert.not.ok(readdirSync(sandbox.folder).includes('runs'))
})

test.after(() => sandbox.remove())
test.run()
