import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox, ended, mainPath, smallScenario } from './command.js'

const sandbox = new Sandbox()
const small = sandbox.write('small.yaml', smallScenario)

/** No bad input may ever show a stack. */
function clearError(stderr: string): void {
  assert.not.match(stderr, /\n\s+at /)
  assert.not.match(stderr, /sim has a bug/)
}

test('run: a small scenario gives a verdict, all files and the command that repeats it', async () => {
  const { code, stdout, stderr } = await sandbox.run('run', small)
  assert.is(code, 0, stderr)
  const lines = stdout.trimEnd().split('\n')
  assert.is(lines.at(-1), `npx sim run ${small} --seed 1`)
  assert.match(stdout, /events\/s, .* simulated seconds per second, .* events per simulated second/)
  const files = readdirSync(sandbox.path('runs', 'small-1'))
  for (const file of [
    'run.json',
    'history.jsonl',
    'events.jsonl',
    'metrics.csv',
    'operations.csv',
    'summary.csv',
    'verdict.json',
    'report.html',
  ]) {
    assert.ok(files.includes(file), `${file} is missing from ${files.join(' ')}`)
  }
})

test('run: a second run of the same scenario leaves the first folder alone', async () => {
  const before = readFileSync(sandbox.path('runs', 'small-1', 'run.json'), 'utf8')
  const { code } = await sandbox.run('run', small)
  assert.is(code, 0)
  assert.ok(existsSync(sandbox.path('runs', 'small-1-2', 'run.json')))
  assert.is(readFileSync(sandbox.path('runs', 'small-1', 'run.json'), 'utf8'), before)
})

test('run: the same seed gives the same history, another seed another', async () => {
  const history = (folder: string): string =>
    readFileSync(sandbox.path('runs', folder, 'history.jsonl'), 'utf8')
  assert.is(history('small-1'), history('small-1-2'))
  assert.is((await sandbox.run('run', small, '--seed', '2')).code, 0)
  assert.is.not(history('small-1'), history('small-2'))
})

test('run: --json prints one object and nothing else on standard output', async () => {
  const out = sandbox.path('json')
  const { code, stdout } = await sandbox.run('run', small, '--json', '--out', out)
  assert.is(code, 0)
  const answer = JSON.parse(stdout) as { verdict: { verdict: string }; run: { traceHash: string } }
  assert.is(answer.verdict.verdict, 'ok')
  assert.match(answer.run.traceHash, /^[0-9a-f]{16}$/)
})

const latin = sandbox.path('latin.yaml')
writeFileSync(latin, Buffer.from('name: a\nabout: caf\xe9\n', 'latin1'))
const escape = sandbox.write('escape.yaml', 'name: a\nabout: "\\e[31mred"\n')
symlinkSync(sandbox.path('nowhere'), sandbox.path('dangling'))

const badInputs: readonly (readonly [situation: string, args: readonly string[], say: RegExp])[] = [
  ['a missing file', ['run', 'nowhere.yaml'], /nowhere\.yaml: no such file/],
  ['a directory', ['run', '.'], /\.: is a directory/],
  ['a seed that is no number', ['run', small, '--seed', 'abc'], /--seed: give a whole number/],
  ['a negative seed', ['run', small, '--seed=-1'], /--seed: give a whole number/],
  ['no file', ['run'], /sim run <file>/],
  ['no command', [], /Name a command/],
  ['an unknown command', ['rnu', small], /rnu|run/],
  ['an unknown flag', ['run', small, '--sede', '1'], /sede/],
  ['a command that is not there yet', ['kv', 'txn'], /sim kv txn .*not there yet/],
  ['a flag that is not there yet', ['run', small, '--live'], /--live is not there yet/],
  ['an --out that is a file', ['run', small, '--out', small], /is not a folder/],
  ['an --out below a file', ['run', small, '--out', `${small}/x`], /is a file, not a directory/],
  [
    'an --out that leads nowhere',
    ['run', small, '--out', sandbox.path('dangling')],
    /leads nowhere/,
  ],
  ['a file that is not UTF-8', ['run', latin], /latin\.yaml:2:11: not UTF-8 text: save the file/],
  ['an escape', ['run', escape], /escape\.yaml:2:8: holds a control character/],
  ['an --out that is not empty', ['run', small, '--out', sandbox.folder], /is not empty/],
]
for (const [situation, args, say] of badInputs) {
  test(`run: ${situation} is a clear line and exit 3`, async () => {
    const { code, stdout, stderr } = await sandbox.run(...args)
    assert.is(code, 3, stderr)
    assert.is(stdout, '')
    assert.match(stderr, say)
    clearError(stderr)
  })
}

test('run: every problem of a scenario is told, and nothing is written', async () => {
  const path = sandbox.write(
    'bad.yaml',
    'name: bad\nduration: -5s\ncluster: { nodes: 3, replication: { n: 5 } }\nfautls: []\n',
  )
  const { code, stderr } = await sandbox.run('run', path)
  assert.is(code, 3)
  assert.match(stderr, /bad\.yaml:2:11: /)
  assert.match(stderr, /bad\.yaml:3:\d+: /)
  assert.match(stderr, /bad\.yaml:4:1: .*faults/)
  assert.not.ok(existsSync(sandbox.path('runs', 'bad-1')))
  clearError(stderr)
})

test('run: a command, a value or an end that is not there is said in a line', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['frobnicate'], /^frobnicate: there is no such command\.$/m],
    [['run', small, '--seed='], /^--seed: its value is empty/],
    [['run', small, '--seed', ''], /^--seed: its value is empty/],
    [['run', small, '--out', ''], /^--out: its value is empty/],
    [['run', small, '--seed', '1', '--seed=2'], /^--seed: give it once$/m],
    [['run', small, '--out', 'one', '--out', 'two'], /^--out: give it once$/m],
    [
      ['run', small, '--plant', 'forward_twice', '--plant', 'no_write_back'],
      /^--plant: give it once$/m,
    ],
    [['bench', '--rate', '5', '--rate', '6'], /^--rate: give it once$/m],
    [['replay', sandbox.folder, '--seed', '3'], /^--seed: belongs to a scenario file; /],
    [['run', '/dev/zero'], /^\/dev\/zero: it does not end/],
    [['sweep', '/dev/zero', '--seeds', '1..2'], /^\/dev\/zero: it does not end/],
    [['report', small], /small\.yaml: is a file; sim report takes run folders/],
  ]
  for (const [words, expected] of cases) {
    const { code, stderr } = await sandbox.run(...words)
    assert.is(code, 3, words.join(' '))
    assert.match(stderr, expected)
    clearError(stderr)
  }
})

test('run: an --out that may not be written to is a clear line', async () => {
  // Root may write anywhere, so the folder is one that nobody can: below /proc.
  const { code, stderr } = await sandbox.run('run', small, '--out', '/proc/sim-out')
  assert.is(code, 3, stderr)
  clearError(stderr)
})

test('run: a disk that fills up is a clear line, and what was written is kept', () => {
  const out = sandbox.path('full')
  const command = `ulimit -f 8; exec "${process.execPath}" "${mainPath}" run "${small}" --out "${out}"`
  const result = spawnSync('bash', ['-c', command], { cwd: sandbox.folder, encoding: 'utf8' })
  assert.is(result.status, 3, result.stderr)
  assert.match(result.stderr, /full\/history\.jsonl: .*written so far is kept$/m)
  assert.match(result.stderr, /full holds a part only: remove it before you try again$/m)
  clearError(result.stderr)
  assert.ok(readdirSync(out).includes('history.jsonl'))
  const checked = spawnSync(process.execPath, [mainPath, 'check', out], { encoding: 'utf8' })
  assert.is(checked.status, 3)
  assert.match(checked.stderr, /run\.json: no such file; the run has not ended/)
})

test('run: a report that the disk does not take is a clear line too', () => {
  const out = sandbox.path('unreported')
  const tiny = sandbox.write('tiny.yaml', smallScenario.replace('1s', '50ms'))
  const command = `ulimit -f 256; exec "${process.execPath}" "${mainPath}" run "${tiny}" --out "${out}"`
  const result = spawnSync('bash', ['-c', command], { cwd: sandbox.folder, encoding: 'utf8' })
  assert.is(result.status, 3, result.stderr)
  assert.match(result.stderr, /unreported\/report\.html: .*written so far is kept$/m)
  assert.match(result.stderr, /unreported holds a part only/)
  clearError(result.stderr)
})

test('run: Ctrl-C keeps the partial results and marks them', async () => {
  const long = sandbox.write('long.yaml', smallScenario.replace('1s', '20h'))
  const child = sandbox.start(['run', long, '--out', sandbox.path('partial')])
  const watching = setInterval(() => {
    // Once something is on disk the run is under way.
    const written = sandbox.bytes('partial', 'history.jsonl')
    if (written === 0) return
    clearInterval(watching)
    child.kill('SIGINT')
  }, 50)
  const { code, stdout, stderr } = await ended(child)
  assert.is(code, 130, stderr)
  assert.match(stdout, /Interrupted/)
  // It has no faults that could be healed.
  assert.match(stdout, /^stopped before its end$/m)
  const run = JSON.parse(readFileSync(sandbox.path('partial', 'run.json'), 'utf8')) as {
    interrupted: boolean
    counts: { operations: number; ok: number; fail: number; info: number }
  }
  assert.is(run.interrupted, true)
  const { operations, ok, fail, info } = run.counts
  assert.ok(operations > 0)
  const line = stdout.split('\n').find((each) => each.includes(' operations: ')) ?? ''
  const open = /, (\d+) still open when the run stopped/.exec(line)?.[1] ?? '0'
  assert.is(ok + fail + info + Number(open), operations, line)
  assert.ok(existsSync(sandbox.path('partial', 'report.html')))
})

test('replay: a run folder is the same run; a damaged trace is not, and the event is named', async () => {
  const folder = sandbox.path('runs', 'small-1')
  const same = await sandbox.run('replay', folder)
  assert.is(same.code, 0, same.stderr)
  assert.match(same.stdout, /The same run: \d+ events, trace hash [0-9a-f]{16}/)
  const trace = readFileSync(`${folder}/trace.bin`)
  trace[200] = (trace[200] as number) ^ 1
  mkdirSync(sandbox.path('damaged'))
  for (const name of ['run.json', 'history.jsonl']) {
    sandbox.write(`damaged/${name}`, readFileSync(`${folder}/${name}`, 'utf8'))
  }
  writeFileSync(sandbox.path('damaged', 'trace.bin'), trace)
  const other = await sandbox.run('replay', sandbox.path('damaged'))
  assert.is(other.code, 1, other.stderr)
  assert.match(other.stdout, /first different event is number 100: here /)
})

test('check: a run whose scenario is damaged is a clear line and exit 3', async () => {
  const folder = sandbox.path('halved')
  cpSync(sandbox.path('runs', 'small-1'), folder, { recursive: true })
  rmSync(join(folder, 'checksums.json'))
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as object
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...run, scenario: {} }))
  const { code, stderr } = await sandbox.run('check', folder)
  assert.is(code, 3)
  assert.match(stderr, /run\.json: its scenario is damaged/)
  clearError(stderr)
})

test('replay: a folder without run.json is a clear line and exit 3', async () => {
  mkdirSync(sandbox.path('empty'))
  const { code, stderr } = await sandbox.run('replay', sandbox.path('empty'))
  assert.is(code, 3)
  assert.match(stderr, /run\.json: no such file/)
  clearError(stderr)
})

test.after(() => sandbox.remove())
test.run()
