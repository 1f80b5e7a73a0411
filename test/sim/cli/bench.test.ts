/** `sim bench` against a cluster in this process: what it measures, records and refuses. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../../core/index.js'
import { checkHistory } from '../../../reports/check/model.js'
import { loadHistory } from '../../../reports/load.js'
import type { Served } from '../../net/api/serve.js'
import { serve } from '../../net/api/serve.js'
import type { Ended } from './command.js'
import { ended, mainPath, Sandbox } from './command.js'

const box = new Sandbox()
let served: Served
test.before(async () => {
  served = await serve()
})
test.after(async () => {
  await served.close()
  box.remove()
})

function start(words: readonly string[]): ChildProcess {
  const env = { ...process.env, NO_COLOR: '1', DYNAMO_NODES: served.urls.join(',') }
  return spawn(process.execPath, [mainPath, 'bench', ...words], { cwd: box.folder, env })
}

const bench = (...words: readonly string[]): Promise<Ended> => ended(start(words))

interface Told {
  readonly folder: string
  readonly bench: {
    readonly interrupted: boolean
    readonly measuredFromNanos: number
    readonly counts: Readonly<Record<string, number>>
  }
  readonly figures: Readonly<Record<string, number>>
  readonly verdict?: string
}

async function told(...words: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await bench(...words, '--json')
  assert.is(code, 0, stderr)
  return JSON.parse(stdout) as Told
}

const text = (folder: string, name: string): string => readFileSync(box.path(folder, name), 'utf8')

const eventsOf = (folder: string): readonly HistoryEvent[] =>
  text(folder, 'history.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as HistoryEvent)

const small = ['--workers', '4', '--keys', '20', '--operations', '300']

test('bench: mixed load is measured, recorded whole, and its sessions are judged', async () => {
  const { folder, bench, figures, verdict } = await told(...small, '--out', 'mixed')
  const { counts } = bench
  assert.equal([counts['loaded'], counts['warmUp'], counts['measured']], [20, 30, 300])
  assert.equal([counts['ok'], figures['operations_ok']], [300, 300])
  const reads = figures['read_latency_p50'] ?? 0
  assert.ok(reads > 0 && reads <= (figures['read_latency_p999'] ?? 0))
  const rows = text(folder, 'operations.csv').trimEnd().split('\n')
  assert.is(rows.length, 301, 'one row for each measured operation, and none for the others')
  assert.match(text(folder, 'summary.csv'), /^throughput,\d/m)
  assert.match(text(folder, 'throughput.csv'), /^t_s,reads,writes,/)
  assert.match(text(folder, 'report.html'), /Latency and throughput/)

  const events = eventsOf(folder)
  const finals = events.filter(({ f }) => f === 'final')
  assert.is(events.length - finals.length, 2 * (20 + 30 + 300 + (counts['merges'] ?? 0)))
  assert.is(finals.length, 20 * 3, 'each owner of each key')
  const written = events.filter(({ f, type }) => f === 'write' && type === 'ok')
  assert.ok(written.every(({ dot, vv, node }) => /#\d+$/.test(dot ?? '') && vv && node))
  assert.is(new Set(written.map(({ value }) => value)).size, written.length)
  const history = await loadHistory(box.path(folder, 'history.jsonl'))
  const { checks } = checkHistory(history, 'sessions')
  assert.ok(checks.some(({ check, verdict }) => check === 'read_your_writes' && verdict === 'ok'))
  const sessions = await box.run('check', folder, '--model', 'sessions')
  assert.is(sessions.code, 0, sessions.stdout)
  assert.is(verdict, 'ok')
  assert.is((await box.run('check', folder)).code, 0)

  // A write that no owner holds in the end was lost, and nobody may miss that.
  const lines = text(folder, 'history.jsonl').trimEnd().split('\n')
  const last = events.findLast(({ f, type }) => f === 'write' && type === 'ok')
  const robbed = lines.map((line, index) => {
    const event = events[index] as HistoryEvent
    if (event.f !== 'final' || event.key !== last?.key) return line
    return JSON.stringify({ ...event, value: null, dots: [], vv: {} })
  })
  box.write('robbed.jsonl', `${robbed.join('\n')}\n`)
  const lost = await box.run('check', 'robbed.jsonl')
  assert.is(lost.code, 1)
  assert.match(lost.stdout, /violation durability: [^\n]*lost/)
})

test('bench: without the owners nobody knows whether something was lost, and it is said', async () => {
  const { folder, verdict } = await told(...small, '--no-finals', '--out', 'unread')
  assert.is(verdict, undefined)
  assert.is((await box.run('check', folder)).code, 2)
  assert.match(text(folder, 'report.html'), /Unknown whether anything was lost: --no-finals/)
})

test('bench: with very many keys it is said at once that owners will not be asked, and how to ask', async () => {
  const words = ['--type', 'put', '--keys', '50001', '--operations', '20', '--workers', '4']
  const { code, stdout, stderr } = await bench(...words, '--out', 'many')
  assert.is(code, 0, stderr)
  assert.match(stderr, /^bench: [^\n]*more than 50,000 keys[^\n]*--finals/m)
  assert.match(
    stdout,
    /durability and convergence are unknown: more than 50,000 keys[^\n]*--finals/,
  )
  const asked = await bench(...words, '--finals', '--out', 'many-asked')
  assert.is(asked.code, 0, asked.stderr)
  assert.not.match(asked.stderr, /--finals/)
  assert.match(asked.stdout, /ok +durability/)
})

test('bench: its reports are written again, and two are compared', async () => {
  const again = await box.run('report', 'mixed')
  assert.equal([again.code, again.stdout.trim().split('\n').length], [0, 4])
  const both = await box.run('report', 'mixed', 'unread', '--out', 'both.html')
  assert.is(both.code, 0, both.stderr)
  assert.match(text('.', 'both.html'), /2 benchmarks compared[^]*What differs in the setup/)
  const unlike = await box.run('report', 'mixed', 'runs/partition-1')
  assert.is(unlike.code, 3)
  assert.match(unlike.stderr, /^mixed is a benchmark: compare runs with runs/)
})

test('bench: a history tells what was read: dots and values belong to writes of it', async () => {
  const { folder } = await told(...small, '--type', 'write', '--out', 'write')
  const events = eventsOf(folder)
  const byDot = new Map(
    events.flatMap(({ dot, type, value }) => (dot && type === 'ok' ? [[dot, value]] : [])),
  )
  let seen = 0
  for (const { f, type, value, dots = [] } of events) {
    if (f !== 'read' || type !== 'ok' || value === null) continue
    const values = typeof value === 'string' ? [value] : value
    assert.equal(
      dots.map((dot) => byDot.get(dot)),
      values,
    )
    seen += values.length
  }
  assert.ok(seen > 100)
  // What was read is what is written next, with the context of that read.
  for (const session of ['w1', 'w2']) {
    const own = events.filter((event) => event.session === session).slice(-40)
    const at = own.findIndex(({ f, type }) => f === 'write' && type === 'invoke')
    const [read, write] = [own[at - 1], own[at]]
    if (read?.f === 'read') assert.equal([write?.key, write?.context], [read.key, read.vv])
  }
})

test('bench: a transaction reads its keys, then writes each with what it read', async () => {
  const words = ['--type', 'txn', '--txn-keys', '3', '--keys', '5', '--workers', '6']
  const { folder, bench, figures, verdict } = await told(
    ...[...words, '--operations', '120', '--warmup', '12', '--out', 'txn'],
  )
  const { counts } = bench
  assert.equal([counts['loaded'], counts['warmUp'], counts['measured']], [5, 12, 120])
  assert.equal([counts['ok'], figures['transactions_ok'], verdict], [120, 120, 'ok'])
  assert.equal([figures['transaction_keys'], figures['operations_ok']], [3, 120 * 6])
  const overlapped = figures['transactions_overlapped'] ?? 0
  assert.ok(overlapped > 0 && overlapped <= 120, 'six clients at five keys meet')
  assert.ok((figures['transactions_merged'] ?? 0) > 0)
  assert.ok((figures['transaction_latency_p50'] ?? 0) > (figures['latency_p50'] ?? Infinity))
  assert.match(text(folder, 'report.html'), /The store promises no isolation/)

  const parts = new Map<string, HistoryEvent[]>()
  const events = eventsOf(folder)
  for (const event of events) {
    if (event.txn !== undefined) parts.set(event.txn, [...(parts.get(event.txn) ?? []), event])
  }
  assert.is(parts.size, 132)
  for (const part of parts.values()) {
    assert.equal(
      part.map(({ type, f }) => `${type} ${f}`),
      ['read', 'read', 'read', 'write', 'write', 'write'].flatMap((f) => [
        `invoke ${f}`,
        `ok ${f}`,
      ]),
    )
    const reads = part.filter(({ type, f }) => type === 'ok' && f === 'read')
    const writes = part.filter(({ type, f }) => type === 'invoke' && f === 'write')
    assert.is(new Set(reads.map(({ key }) => key)).size, 3, 'no key twice')
    assert.equal(
      writes.map(({ key, context }) => [key, context]),
      reads.map(({ key, vv }) => [key, vv]),
    )
  }
  assert.is((await box.run('check', folder)).code, 0)
})

test('bench: writes alone do not drown in siblings', async () => {
  const { bench } = await told(
    '--type',
    'put',
    '--keys',
    '1',
    '--operations',
    '600',
    '--workers',
    '8',
  )
  assert.equal([bench.counts['fail'], bench.counts['loaded']], [0, 0])
  assert.ok((bench.counts['merges'] ?? 0) > 0)
})

test('bench: an open loop counts from when each was due', async () => {
  const words = ['--rate', '400', '--type', 'get', '--workers', '1', '--operations', '200']
  served.fake.frozen = false
  const running = told(...words, '--keys', '5', '--warmup', '0', '--out', 'open')
  const { folder, figures } = await running
  const invoked = eventsOf(folder).filter(({ due }) => due !== undefined)
  assert.is(invoked.length, 200)
  assert.ok(invoked.every(({ due = 0, time }) => due <= time))
  const seconds = (figures['measured_time'] ?? 0) / 1e6
  assert.ok(seconds > 0.3, `200 operations at 400 a second took ${String(seconds)} s`)
  // One worker cannot keep up at once: what waits for it has waited since it was due.
  const waits = invoked.map(({ due = 0, time }) => time - due)
  assert.ok(Math.max(...waits) > 1_000)
})

test('bench: Ctrl-C keeps what is done', async () => {
  const words = ['--operations', '1000000', '--keys', '5', '--warmup', '0', '--out', 'stopped']
  const child = start([...words, '--json'])
  const end = ended(child)
  const until = performance.now() + 20_000
  while (box.bytes('stopped', 'history.jsonl') === 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGINT')
  const { code, stdout, stderr } = await end
  assert.is(code, 130, stderr)
  const { bench, figures } = JSON.parse(stdout) as Told
  assert.ok(bench.interrupted && (figures['operations_ok'] ?? 0) > 0)
  assert.match(text('stopped', 'report.html'), /Interrupted/)
})

test('bench: what is at fault is one clear line, and exit 3', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--target', 'http://127.0.0.1:1'],
      /^--target http:\S+: no node answers \(connection_refused\)/,
    ],
    [['--target', 'nowhere'], /^--target nowhere: not a URL/],
    [['--type', 'mixed', '--txn-keys', '2'], /^--txn-keys belongs to --type txn/],
    [['--type', 'txn', '--txn-keys', '0'], /^--txn-keys 0: a number from 1 to 100/],
    [
      ['--type', 'txn', '--txn-keys', '3', '--keys', '2'],
      /^--txn-keys 3: more than there are keys/,
    ],
    [['--type', 'scan'], /^--type scan: unknown; there are: mixed, get/],
    [['--fault', 'kill:n2@10s+5s'], /^--fault: data\/control.json is not there; only a local/],
    [['--local', '3', '--fault', 'kill:n4@1s+1s'], /no node n4; there are: n1, n2, n3, and all/],
    [['--local', '0'], /^--local 0: a whole number from 1 to 16/],
    [['--local', '3', '--target', 'http://127.0.0.1:1'], /^--target and --local: name nodes, or/],
    [['--local', '3', '--data', 'data'], /^--data and --local: the nodes that --local starts are/],
    [['--data', 'data'], /^--data: names the cluster that --fault hurts, and there is no --fault/],
    [['--read-pct', '101'], /^--read-pct 101: a number from 0 to 100/],
    [['--workers', '0'], /^--workers 0: a number from 1/],
    [['--operations', '1.5'], /^--operations 1.5: a whole number/],
    [['--speed', '9'], /Unknown argument: speed/],
  ]
  for (const [words, message] of cases) {
    const { code, stdout, stderr } = await bench(...words)
    assert.equal([words, code, stdout], [words, 3, ''])
    assert.match(stderr, message)
  }
})

test.run()
