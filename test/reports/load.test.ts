import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HistoryBuilder } from '../../reports/check/build.js'
import type { RawEvent } from '../../reports/check/build.js'
import { operationAt, siblingValues } from '../../reports/check/history.js'
import type { History } from '../../reports/check/history.js'
import { LoadError, loadHistory, readRunFolder } from '../../reports/load.js'
import type { LoadOptions } from '../../reports/load.js'
import { storeEvents } from './check/store.js'

const folder = mkdtempSync(join(tmpdir(), 'dynamo-sim-load-'))

const fileOf = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const lines = (events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('')

const invoke = { index: 0, process: 0, type: 'invoke', f: 'write', key: 'k', value: 'a', time: 5 }
const ok = { ...invoke, index: 1, type: 'ok', time: 7 }

/** The LoadError that loading this ends in. */
const failure = async (path: string, options: LoadOptions = {}): Promise<LoadError> => {
  try {
    await loadHistory(path, options)
  } catch (error) {
    if (error instanceof LoadError) return error
    throw error
  }
  throw new Error(`${path} was loaded`)
}

test('load: every field of an operation arrives, siblings, vectors and counts included', async () => {
  const head = { process: 3, key: 'k', bucket: 'carts', session: 'c1', node: 'n2', op: 'c1.7' }
  const history = await loadHistory(
    fileOf(
      'fields.jsonl',
      lines([
        { ...head, type: 'invoke', f: 'read', value: null, time: 1000 },
        {
          ...head,
          type: 'ok',
          f: 'read',
          value: ['a', 'b'],
          dots: ['n1:0#1', 'n2:0#4'],
          vv: { 'n1:0': 1, 'n2:0': 4 },
          time: 3000,
        },
        { ...head, type: 'invoke', f: 'write', value: 'c', context: { 'n1:0': 1 }, time: 4000 },
        {
          ...head,
          type: 'info',
          f: 'write',
          value: 'c',
          code: 'w_unsatisfied',
          need: 2,
          got: 1,
          time: 9000,
        },
      ]),
    ),
  )
  assert.equal(operationAt(history, 0), {
    index: 0,
    kind: 'read',
    outcome: 'ok',
    process: 3,
    session: 'c1',
    bucket: 'carts',
    key: 'k',
    node: 'n2',
    name: 'c1.7',
    value: ['a', 'b'],
    startNanos: 1000,
    endNanos: 3000,
    code: null,
    need: null,
    got: null,
    siblings: 2,
  })
  const write = operationAt(history, 1)
  assert.is(write.outcome, 'info')
  assert.equal([write.value, write.code, write.need, write.got], ['c', 'w_unsatisfied', 2, 1])
  assert.is(history.contextCount[1], 1)
})

test('load: aliases of other recorders, nemesis lines and blank lines', async () => {
  const history = await loadHistory(
    fileOf(
      'alias.jsonl',
      `${lines([
        { process: 0, type: 'invoke', f: 'put', key: 'k', value: 1 },
        { process: 'nemesis', type: 'info', f: 'start' },
      ])}\n${lines([
        { process: 0, type: 'ok', f: 'put', key: 'k', value: 1 },
        { process: 0, type: 'invoke', f: 'get', key: 'k', value: null },
        { process: 0, type: 'ok', f: 'get', key: 'k', value: 1 },
      ])}`,
    ),
  )
  assert.is(history.size, 2)
  assert.is(history.skipped, 1)
  assert.is(history.timed, false)
  assert.equal([operationAt(history, 0).kind, operationAt(history, 1).kind], ['write', 'read'])
})

test('load: gzip gives the same history as plain text', async () => {
  const text = lines(storeEvents({ operations: 3000 }))
  const plain = await loadHistory(fileOf('same.jsonl', text))
  const packed = await loadHistory(fileOf('same.jsonl.gz', gzipSync(text)))
  assert.is(plain.source, 'same.jsonl')
  assert.equal({ ...packed, source: plain.source }, plain)
})

/** Everything in it, by name: the order in which names were met does not matter. */
const described = (history: History): readonly object[] =>
  Array.from({ length: history.size }, (_, at) => ({
    ...operationAt(history, at),
    start: history.start[at],
    end: history.end[at],
    completion: history.completion[at],
    dot: [history.actors[history.dotActor[at] as number], history.dotCounter[at]],
    swap: history.values[history.swap[at] as number],
    vv: vectorAt(history, history.vectorStart, history.vectorCount, at),
    context: vectorAt(history, history.contextStart, history.contextCount, at),
    dots: siblingValues(history, at).map((__, index) => {
      const pool = (history.siblingStart[at] as number) + index
      return [history.actors[history.siblingActor[pool] as number], history.siblingCounter[pool]]
    }),
  }))

const vectorAt = (history: History, start: Int32Array, count: Int32Array, at: number): unknown => {
  const length = count[at] as number
  if (length < 0) return null
  const from = start[at] as number
  const entries = Array.from({ length }, (_, index) => [
    history.actors[history.vectorActor[from + index] as number],
    history.vectorCounter[from + index],
  ])
  return Object.fromEntries(entries) as unknown
}

/** How many of the lines needed no JSON parser; and what became of all. */
const loadBothWays = (texts: readonly string[]): { plain: number; same: boolean } => {
  const quick = new HistoryBuilder()
  const slow = new HistoryBuilder()
  let plain = 0
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const parsed = JSON.parse(text) as RawEvent
    if (quick.addPlain(bytes, 0, bytes.length)) plain++
    else quick.add(parsed)
    slow.add(parsed)
  }
  const [one, other] = [quick.finish('x'), slow.finish('x')]
  assert.equal(described(one), described(other))
  assert.equal([...one.events], [...other.events])
  return { plain, same: true }
}

test('load: lines of our own recorder are read without a JSON parser, to the same effect', () => {
  for (const seed of [1, 2, 3]) {
    const texts = storeEvents({ seed, unknown: 0.2 }).map((event) => JSON.stringify(event))
    assert.is(loadBothWays(texts).plain, texts.length)
  }
})

test('load: lines that are nearly plain mean the same either way', () => {
  const head = '"process":0,"f":"write","key":"k","time":1'
  const texts = [
    `{"type":"invoke",${head},"value":"caf\u00e9"}`,
    `{"type":"ok",${head},"value":"caf\u00e9","dot":"n1:0#3", "vv":{"n1:0":3}}`,
    `{"value":7,"type":"invoke",${head},"bucket":"carts","op":"a\\"b","context":{}}`,
    `{"type":"info",${head},"bucket":"carts","value":7,"error":["odd",null]}`,
    `{"type":"invoke",${head},"value":-7,"unheard":[1,{"of":2}]}`,
    `{"type":"fail",${head},"value":-7,"code":"timeout","need":2,"got":0}`,
    `{"type":"invoke",${head},"value":1.5e3}`,
    `{"type":"ok",${head},"value":1500}`,
    `{"process":1,"type":"invoke","f":"read","key":"k","time":2}`,
    `{"process":1,"type":"ok","f":"read","key":"k","time":3,"value":["a",7,null],"dots":["a#1","b#2#3","c#0"]}`,
    `{"process":"nemesis","type":"info","f":"start","time":4}`,
    `{"process":-1,"type":"ok","f":"final","key":"","time":5,"value":[],"dots":[],"vv":{}}`,
  ]
  const { plain } = loadBothWays(texts)
  assert.ok(plain > 3 && plain < texts.length, String(plain))
})

test('load: what is not JSON is never taken for plain', () => {
  const good =
    '{"index":0,"process":0,"type":"invoke","f":"write","key":"k","value":"a","time":5,"context":{"a":1}}'
  const taken = (text: string): boolean => {
    const bytes = Buffer.from(text)
    return new HistoryBuilder().addPlain(bytes, 0, bytes.length)
  }
  assert.ok(taken(good))
  for (let at = 0; at < good.length; at++) {
    const texts = [
      good.slice(0, at) + good.slice(at + 1),
      good.slice(0, at),
      ...['"', ',', '}', '0', '\\', '\n', '-'].map(
        (extra) => good.slice(0, at) + extra + good.slice(at),
      ),
    ]
    for (const text of texts) {
      if (!taken(text)) continue
      assert.not.throws(() => JSON.parse(text) as unknown, undefined, text)
      const slow = new HistoryBuilder()
      slow.add(JSON.parse(text) as RawEvent)
      const quick = new HistoryBuilder()
      quick.addPlain(Buffer.from(text), 0, text.length)
      assert.equal(described(quick.finish('x')), described(slow.finish('x')), text)
    }
  }
})

test('load: a damaged line is named by file, line and byte, whatever is wrong with it', async () => {
  const good = lines([invoke, ok])
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"process":0,"type":"inv', /not JSON/],
    ['[1,2]', /not a JSON object/],
    ['{"process":0,"type":"begin","f":"read","time":9}', /not invoke, ok, fail or info/],
    ['{"process":0,"type":"invoke","f":"dance","time":9}', /unknown operation f: "dance"/],
    ['{"process":0,"type":"ok","f":"write","key":"k","time":9}', /what it never invoked/],
    ['{"type":"ok","f":"write","key":"k","time":9}', /process is missing/],
    ['{"process":0,"type":"invoke","f":"read","key":"k"}', /some events carry a time/],
    ['{"process":0,"type":"invoke","f":"read","key":{},"time":9}', /key is \{\}, not a string/],
    ['{"process":0,"type":"invoke","f":"cas","key":"k","value":1,"time":9}', /not \[from, to\]/],
    [
      '{"process":0,"type":"invoke","f":"write","key":"k","value":1,"context":{"a":-1},"time":9}',
      /context has -1 for a, which is no counter/,
    ],
    [
      '{"process":9,"type":"ok","f":"final","key":"k","value":"a","dots":["n1"],"vv":{},"time":9}',
      /"n1" is not a dot/,
    ],
    [
      '{"process":9,"type":"ok","f":"final","key":"k","value":"a","dots":[],"vv":{},"time":9}',
      /1 values but dots \[\]/,
    ],
  ]
  for (const [line, message] of cases) {
    const path = fileOf('bad.jsonl', `${good}${line}\n${good}`)
    const error = await failure(path)
    assert.is(error.kind, 'corrupt', line)
    assert.is(error.line, 3, line)
    assert.is(error.byteOffset, good.length, line)
    assert.ok(error.message.startsWith(`${path}:3: byte ${String(good.length)}: `), error.message)
    assert.match(error.message, message)
  }
})

test('load: two operations of one process at once are an error that names both lines', async () => {
  const error = await failure(fileOf('twice.jsonl', lines([invoke, { ...invoke, index: 1 }])))
  assert.is(error.line, 2)
  assert.match(error.message, /invokes while its operation of line 1 has not completed/)
})

test('load: every single flipped bit gives an error or the same operations, never a crash', async () => {
  const text = Buffer.from(lines([invoke, ok]))
  const whole = await loadHistory(fileOf('whole.jsonl', text))
  let rejected = 0
  for (let bit = 0; bit < text.length * 8; bit += 7) {
    const flipped = Buffer.from(text)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    try {
      const history = await loadHistory(fileOf('flip.jsonl', flipped))
      assert.ok(history.size <= whole.size + 1)
    } catch (error) {
      assert.instance(error, LoadError)
      rejected++
    }
  }
  assert.ok(rejected > 50)
})

test('load: bytes that are not text are an error', async () => {
  const text = Buffer.from(lines([invoke, ok]))
  text[text.indexOf('"a"') + 1] = 0xff
  assert.match((await failure(fileOf('bytes.jsonl', text))).message, /:1: byte 0: not UTF-8/)
})

test('load: a last line cut short is reported as such, or left out with a note where that is allowed', async () => {
  const text = lines(storeEvents({ operations: 20 }))
  const cut = text.slice(0, -9)
  const path = fileOf('cut.jsonl', cut)
  const error = await failure(path)
  assert.is(error.kind, 'truncated')
  assert.is(error.byteOffset, cut.lastIndexOf('\n') + 1)
  assert.match(error.message, /cut short/)
  const history = await loadHistory(path, { allowCutTail: true })
  assert.is(history.lines, text.split('\n').length - 2)
  assert.match(history.notes[0] ?? '', /cut short.*left out/)
})

test('load: a whole last line without its newline is fine', async () => {
  const history = await loadHistory(fileOf('bare.jsonl', lines([invoke, ok]).trimEnd()))
  assert.is(history.lines, 2)
})

test('load: a missing file, a folder and broken gzip are each named', async () => {
  assert.match((await failure(join(folder, 'none.jsonl'))).message, /none\.jsonl: no such file/)
  assert.match((await failure(folder)).message, /is a directory/)
  const packed = gzipSync(lines(storeEvents({ operations: 500 })))
  const short = await failure(fileOf('short.jsonl.gz', packed.subarray(0, packed.length - 40)))
  assert.is(short.kind, 'corrupt')
  assert.match(short.message, /gzip data/)
  assert.match((await failure(fileOf('not.jsonl.gz', 'hello'))).message, /gzip data are damaged/)
})

test('load: a byte order mark is passed over, and places count it', async () => {
  const marked = `\ufeff${lines([invoke, ok])}`
  assert.is((await loadHistory(fileOf('marked.jsonl', marked))).size, 1)
  const { line, byteOffset } = await failure(fileOf('worse.jsonl', `${marked}nonsense\n`))
  assert.equal([line, byteOffset], [3, Buffer.byteLength(marked)])
  const inside = await failure(fileOf('inside.jsonl', `${lines([invoke])}\ufeff${lines([ok])}`))
  assert.is(inside.line, 2, 'only at the very beginning')
})

test('load: gzip under a plain name, and what has no lines, are said to be that', async () => {
  const packed = await failure(fileOf('packed.jsonl', gzipSync(lines([invoke, ok]))))
  assert.match(packed.message, /packed\.jsonl: is packed by gzip: let its name end in \.jsonl\.gz/)
  const endless = fileOf('endless.jsonl', '')
  truncateSync(endless, 80 << 20)
  assert.match((await failure(endless)).message, /endless\.jsonl:1: byte 0: a line of more than 64/)
})

test('load: a folder without run.json is named for what it is', async () => {
  const why = async (name: string): Promise<string> => {
    const path = join(folder, `without-${name}`)
    mkdirSync(path)
    writeFileSync(join(path, name), '')
    return readRunFolder(path).then(String, (error: unknown) => String(error))
  }
  assert.match(
    await why('sweep.json'),
    /run\.json: no such file; this is the folder of a sim sweep/,
  )
  assert.match(await why('swarm.json'), /the folder of a sim swarm/)
  assert.match(await why('history.jsonl'), /the run has not ended, or could not be written/)
  assert.match(await why('other.txt'), /is .*without-other\.txt a run folder\?/)
})

test('load: lines out of time order are taken as they stand, and noted', async () => {
  const history = await loadHistory(fileOf('order.jsonl', lines([invoke, { ...ok, time: 3 }])))
  assert.match(history.notes[0] ?? '', /1 line is out of time order/)
})

test('load: a run folder, with empty cells as NaN and an interrupted tail accepted', async () => {
  const run = { format: 1, interrupted: true, scenario: {}, faults: [], counts: {} }
  fileOf('run.json', JSON.stringify(run))
  fileOf('history.jsonl', `${lines([invoke, ok])}{"process":0,"ty`)
  fileOf('events.jsonl', '{"timeMicros":1,"kind":"healed","node":null,"detail":""}\n{"timeM')
  fileOf('metrics.csv', 'time_ms,read_p50_us\n100,12.5\n200,\n')
  const read = await readRunFolder(folder)
  assert.is(read.history.size, 1)
  assert.is(read.history.notes.length, 1)
  assert.is(read.events.length, 1)
  assert.equal([...(read.metrics.columns['read_p50_us'] ?? [])], [12.5, NaN])
  fileOf('run.json', JSON.stringify({ ...run, format: 2 }))
  try {
    await readRunFolder(folder)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, LoadError)
    assert.match((error as LoadError).message, /run\.json: format is 2; this version reads 1/)
  }
})

test.after(() => {
  rmSync(folder, { recursive: true })
})

test.run()
