/** `sim check` from the outside: what it prints, and its exit codes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import yargs from 'yargs'
import { checkCommand } from '../../../sim/cli/check.js'
import { BadInput } from '../../../sim/cli/exit.js'
import { storeEvents, strictQuorum } from './store.js'

/** The repository's root, whether this file is compiled or not. */
const root = resolve(fileURLToPath(new URL('../../..', import.meta.url))).replace(/[\\/]dist$/, '')
const main = join(root, 'dist/sim/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'dynamo-sim-check-'))

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

const check = (...options: readonly string[]): Answer => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'check', ...options], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, out: stdout, error: stderr }
}

/**
 * The same without a new process, for the many cases: what it throws is what `main` prints before
 * it exits with 3.
 */
const refusal = async (...options: readonly string[]): Promise<string> => {
  try {
    await yargs(['check', ...options])
      .command(checkCommand)
      .exitProcess(false)
      .fail((message: string | null, error: Error | undefined) => {
        throw error ?? new Error(message ?? 'bad usage')
      })
      .parseAsync()
  } catch (error) {
    assert.instance(error, BadInput)
    return (error as BadInput).message
  }
  return assert.unreachable(`accepted: ${options.join(' ')}`) as never
}

const fileOf = (name: string, events: readonly object[]): string =>
  textOf(name, events.map((event) => `${JSON.stringify(event)}\n`).join(''))

const textOf = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

const stale = fileOf('stale.jsonl', [
  { process: 1, type: 'invoke', f: 'write', key: 'k3', value: 'x1' },
  { process: 1, type: 'ok', f: 'write', key: 'k3', value: 'x1' },
  { process: 2, type: 'invoke', f: 'read', key: 'k3', value: null },
  { process: 2, type: 'ok', f: 'read', key: 'k3', value: null },
])

test('sim check: a violation is told, drawn, and exits 1', () => {
  const { code, out, error } = check(stale)
  assert.is(code, 1)
  assert.is(error, '')
  assert.match(out, /2 operations, 1 key, model register/)
  assert.match(out, /violation linearizable: 1 of 1 key\. k3: /)
  assert.match(out, / {4}process 1 {2}\[write x1\]\n {4}process 2 {13}\[read nothing\]/)
})

test('sim check: what a key or value would do to the terminal is spelt out', () => {
  const wild = { key: 'k\u001b[2J', value: 'x\n\u001b[31m', f: 'write', process: 1 }
  const path = fileOf('wild.jsonl', [
    { ...wild, type: 'invoke' },
    { ...wild, type: 'ok' },
    { ...wild, f: 'read', value: null, type: 'invoke' },
    { ...wild, f: 'read', value: null, type: 'ok' },
  ])
  const { code, out } = check(path)
  assert.is(code, 1)
  assert.not.match(out, /[^\P{Cc}\n]/u)
  assert.match(out, /k\\u001b\[2J: /)
  assert.match(out, /\[write x\\u000a\\u001b\[31m\] \[read nothing\]/)
})

test('sim check: --json prints one object and nothing else', () => {
  const { code, out, error } = check(stale, '--json')
  assert.is(code, 1)
  assert.is(error, '')
  const read = JSON.parse(out) as { verdict: string; model: string; checks: readonly unknown[] }
  assert.equal([read.verdict, read.model, read.checks.length], ['violation', 'register', 1])
})

test('sim check: a good history, gzipped, exits 0', () => {
  const path = fileOf('good.jsonl.gz', storeEvents({ ...strictQuorum, operations: 60 }))
  const { code, out } = check(path, '--model', 'sessions')
  assert.is(code, 0, out)
  assert.match(out, /ok +read_your_writes: /)
})

test('sim check: what cannot be decided exits 2', () => {
  const path = fileOf('unsure.jsonl', [
    { process: 1, type: 'invoke', f: 'write', key: 'k', value: 'x1' },
    { process: 1, type: 'ok', f: 'write', key: 'k', value: 'x1' },
  ])
  const { code, out } = check(path, '--model', 'eventual')
  assert.is(code, 2, out)
  assert.match(out, /unknown +durability: no final reads/)
})

test('sim check: bad input exits 3 with a line that helps, and no stack', async () => {
  const cut = join(folder, 'cut.jsonl')
  writeFileSync(cut, '{"process":1,"type":"invoke","f":"read","key":"k"}\n{"proc')
  const { code, out, error } = check(cut)
  assert.equal([code, out], [3, ''])
  assert.match(error, /cut\.jsonl:2: byte 51: the last line is cut short.*--partial/)
  assert.not.match(error, / {4}at /)
  assert.is(check(cut, '--partial').code, 0)
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[join(folder, 'none.jsonl')], /none\.jsonl: no such file or run folder/],
    [[stale, '--model', 'list-append'], /--model list-append is not there yet/],
    [[stale, '--model', 'rw-register'], /--model rw-register is not there yet/],
    [[stale, '--model', 'nonsense'], /--model nonsense: unknown; there are: register,/],
    [[stale, '--format', 'edn'], /--format edn is not there yet; there is: jsonl/],
    [[stale, '--model', 'mutex'], /line 1: a mutex knows no write/],
    [[stale, '--initial', '[1]'], /--initial \[1\]: not a number/],
    [[stale, '--model', 'sessions', '--initial', '0'], /--initial: .* model sessions has none; a/],
    [[fileOf('empty.jsonl', [])], /empty\.jsonl: no operations/],
    [[folder], /run\.json: no such file/],
    [
      [fileOf('keyed.jsonl', [{ process: 1, type: 'invoke', f: 'write', value: ['k', 1] }])],
      /keyed\.jsonl:1: .*the list \["k",1\].*: of \[key, value\] put the key into "key"/,
    ],
    [[textOf('list.json', '[{"process":1}]\n')], /not a JSON object; this is one list: put each/],
    [[textOf('pretty.json', '[\n{"process":1}]\n')], /not JSON: .*; this is one list: put each/],
    [[textOf('jepsen.edn', '{:process 0}\n')], /not JSON: .*; this looks like EDN: write each/],
    [
      [fileOf('txn.jsonl', [{ process: 1, type: 'invoke', f: 'txn', value: [] }])],
      /transactions: list-append and rw-register are not there yet/,
    ],
  ]
  for (const [options, message] of cases) assert.match(await refusal(...options), message)
})

test('sim check: --initial names what registers hold at first', () => {
  const path = fileOf('initial.jsonl', [
    { process: 1, type: 'invoke', f: 'read', key: 'k', value: null },
    { process: 1, type: 'ok', f: 'read', key: 'k', value: 0 },
  ])
  assert.is(check(path).code, 1)
  assert.is(check(path, '--initial', '0').code, 0)
})

test.after(() => {
  rmSync(folder, { recursive: true })
})

test.run()
