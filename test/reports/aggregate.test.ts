import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../core/history.js'
import { aggregate } from '../../reports/aggregate.js'
import { figuresOf } from '../../reports/aggregate/figure.js'
import { Operations, windowMicros } from '../../reports/aggregate/operation.js'
import { LoadError } from '../../reports/load.js'
import { freshFolder } from './folder.js'
import { defaults, syntheticHistory, writeSyntheticRun } from './synthetic.js'

const short = { seconds: 4, clients: 3 }

function shortRun(): string {
  const folder = freshFolder()
  writeSyntheticRun(folder, { ...short, faults: faultsOf([[1, 2]]) })
  return folder
}

const faultsOf = (spans: readonly (readonly [from: number, to: number])[]) =>
  spans.map(([from, to]) => ({
    kind: 'partition',
    label: `partition at ${String(from)}`,
    fromMicros: from * 1e6,
    toMicros: to * 1e6,
    nodes: ['n1'],
  }))

interface Done {
  readonly begun: number
  readonly ended: number
  readonly type: string
  readonly isRead: boolean
}

/** The dumb twin: all operations in an array. */
function done(events: readonly HistoryEvent[]): readonly Done[] {
  return events
    .filter((event) => event.type === 'invoke')
    .map((invoke) => {
      const end = events.find(
        (event) => event.index > invoke.index && event.process === invoke.process,
      )
      const ended = end ?? invoke
      return {
        begun: invoke.time / 1000,
        ended: ended.time / 1000,
        type: end?.type ?? 'info',
        isRead: invoke.f === 'read',
      }
    })
}

function added(events: readonly HistoryEvent[], operations: Operations): void {
  for (const invoke of events) {
    if (invoke.type !== 'invoke') continue
    const isEnd = (event: HistoryEvent): boolean =>
      event.index > invoke.index && event.process === invoke.process
    operations.add(invoke, events.find(isEnd) ?? null)
  }
}

test('operations: totals, windows and faults against an array of all operations', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 }))
  const given = fc.record({ seed: fc.nat(1000), spans: fc.array(span, { maxLength: 3 }) })
  const check = ({ seed, spans }: { seed: number; spans: (readonly [number, number])[] }): void => {
    const faults = faultsOf(spans.map(([from, length]) => [from, from + length] as const))
    const events = syntheticHistory({ ...defaults, seed, seconds: 1, clients: 2, faults })
    const operations = new Operations(2e6, faults)
    added(events, operations)
    const all = done(events)
    const count = (type: string, some: readonly Done[]): number =>
      some.filter((one) => one.type === type).length
    assert.is(operations.whole.tally.ok, count('ok', all))
    assert.is(operations.whole.tally.info, count('info', all))
    operations.windows.forEach((window, index) => {
      const within = all.filter((one) => Math.floor(one.begun / operations.windowMicros) === index)
      assert.is(window.tally.ok, count('ok', within))
      assert.is(
        window.reads.latency.count,
        count(
          'ok',
          within.filter((one) => one.isRead),
        ),
      )
    })
    const touches = (one: Done, index: number): boolean => {
      const fault = faults[index]
      return fault !== undefined && one.begun < fault.toMicros && one.ended >= fault.fromMicros
    }
    faults.forEach((_, index) => {
      const during = all.filter((one) => touches(one, index))
      assert.is(operations.duringFault[index]?.tally.ok, count('ok', during))
    })
    const free = all.filter((one) => faults.every((_, index) => !touches(one, index)))
    assert.is(operations.undisturbed.tally.ok, count('ok', free))
  }
  fc.assert(fc.property(given, check), { seed: 1, numRuns: 12 })
})

test('operations: windows have a width that a person can name, and there are not too many', () => {
  assert.is(windowMicros(71e6, 160), 500_000)
  assert.is(windowMicros(1, 160), 1000)
  assert.is(windowMicros(3600e6, 160), 50e6)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (run) => {
      const width = windowMicros(run, 160)
      assert.ok(run / width <= 160)
      assert.ok(/^[125]0*$/.test(String(width)))
    }),
    { seed: 1, numRuns: 100 },
  )
})

test('run folder: everything is read, and counts agree with run.json', async () => {
  const data = await aggregate(shortRun())
  const { ok, fail, info } = data.operations.whole.tally
  const { counts } = data.run
  assert.equal([ok, fail, info], [counts.ok, counts.fail, counts.info])
  assert.is(data.verdict?.verdict, 'ok')
  assert.ok(data.events.total > 3)
  assert.ok(data.metrics.rows > 50)
})

test('run folder: figures have a value or a stated absence, and one unit each', async () => {
  const figures = figuresOf(await aggregate(shortRun()))
  const names = figures.map((one) => one.figure)
  assert.is(new Set(names).size, names.length)
  assert.ok(figures.every((one) => one.unit !== '' && one.value !== undefined))
  assert.ok(
    names.every((name) => /^[a-z0-9_]+$/.test(name)),
    names.join(' '),
  )
  for (const name of ['availability', 'read_latency_p99', 'recovery_after_heal', 'verdict']) {
    assert.ok(names.includes(name), name)
  }
})

test('run folder: without a verdict it is a run that nobody checked', async () => {
  const folder = shortRun()
  rmSync(join(folder, 'verdict.json'))
  const data = await aggregate(folder)
  assert.is(data.verdict, null)
  assert.equal(data.messages, [])
})

async function problemOf(folder: string): Promise<string> {
  try {
    await aggregate(folder)
  } catch (error) {
    assert.instance(error, LoadError)
    return (error as LoadError).message.replaceAll(folder, 'DIR')
  }
  return 'no problem'
}

test('damaged folder: each file that is missing is named', async () => {
  for (const name of ['history.jsonl', 'metrics.csv', 'events.jsonl']) {
    const folder = shortRun()
    rmSync(join(folder, name))
    assert.is(await problemOf(folder), `DIR/${name}: no such file`)
  }
})

test('damaged folder: without its last file it is no run that has ended, and what to do is said', async () => {
  const folder = shortRun()
  rmSync(join(folder, 'run.json'))
  assert.match(await problemOf(folder), /^DIR\/run\.json: no such file; .*run it again/)
  assert.is(await problemOf(join(folder, 'nowhere')), 'DIR/run.json: no such file')
})

const damages: readonly (readonly [file: string, text: string, problem: RegExp])[] = [
  ['run.json', '{', /^DIR\/run\.json: not JSON: /],
  ['run.json', '{"format":2}', /^DIR\/run\.json: format is 2/],
  [
    'run.json',
    '{"format":1,"scenario":{},"faults":[],"counts":{}}',
    /^DIR\/run\.json: messages is /,
  ],
  ['history.jsonl', '{"type":"ok"}\n', /^DIR\/history\.jsonl:1: time is not a number$/],
  ['history.jsonl', 'x\n', /^DIR\/history\.jsonl:1: not JSON: /],
  ['history.jsonl', '[]\n', /^DIR\/history\.jsonl:1: not a JSON object$/],
  [
    'history.jsonl',
    '\n{"type":"ok","time":1,"process":7,"index":0,"f":"read","key":"k"}\n',
    /^DIR\/history\.jsonl:2: process 7 completes what it never invoked$/,
  ],
  ['metrics.csv', '', /^DIR\/metrics\.csv: is empty$/],
  ['metrics.csv', 'time_ms\n1\n', /^DIR\/metrics\.csv:1: column reads_ok is missing$/],
  ['events.jsonl', '{"kind":"x"}\n', /^DIR\/events\.jsonl:1: timeMicros is not a number$/],
  ['verdict.json', '{"verdict":"fine"}', /^DIR\/verdict\.json: verdict is not ok, /],
  ['verdict.json', '{"verdict":"ok","checks":[{}]}', /^DIR\/verdict\.json: checks\[0\]\.check /],
  ['messages.jsonl', '{"from":"n1"}\n', /^DIR\/messages\.jsonl:1: to is not text$/],
]

test('damaged folder: one line that names file, line and what is wrong', async () => {
  for (const [file, text, problem] of damages) {
    const folder = shortRun()
    writeFileSync(join(folder, file), text)
    const found = await problemOf(folder)
    assert.match(found, problem)
    assert.not.match(found, /\n/)
  }
})

test('interrupted run: a last line cut short is left out, else it is damage', async () => {
  const folder = freshFolder()
  writeSyntheticRun(folder, short)
  const events = syntheticHistory({ ...defaults, ...short })
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  const cut = text.slice(0, -30)
  writeFileSync(join(folder, 'history.jsonl'), cut)
  assert.match(await problemOf(folder), /^DIR\/history\.jsonl:\d+: not JSON/)
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as object
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...run, interrupted: true }))
  const data = await aggregate(folder)
  const { ok, fail, info } = data.operations.whole.tally
  assert.is(ok + fail + info, events.filter((event) => event.type === 'invoke').length)
})

test.run()
