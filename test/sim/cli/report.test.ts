import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import yargs from 'yargs'
import { BadInput } from '../../../sim/cli/exit.js'
import { reportCommand } from '../../../sim/cli/report.js'
import { freshFolder } from '../../reports/folder.js'
import { writeSyntheticRun } from '../../reports/synthetic.js'

function runFolder(seed: number): string {
  const folder = freshFolder()
  writeSyntheticRun(folder, { seconds: 3, clients: 2, faults: [], seed })
  return folder
}

/** What the command printed; what it threw is for the caller. */
async function report(...words: readonly string[]): Promise<string> {
  const printed: string[] = []
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = (text: string | Uint8Array): boolean => printed.push(String(text)) > 0
  try {
    await yargs(['report', ...words])
      .command(reportCommand)
      .exitProcess(false)
      .fail((message: string | null, error: Error | undefined) => {
        throw error ?? new BadInput(message ?? '')
      })
      .parseAsync()
  } finally {
    process.stdout.write = write
  }
  return printed.join('')
}

async function refusal(...words: readonly string[]): Promise<string> {
  try {
    await report(...words)
  } catch (error) {
    assert.instance(error, BadInput)
    return (error as Error).message
  }
  return 'not refused'
}

test('sim report: one folder, its reports written again', async () => {
  const folder = runFolder(1)
  const printed = await report(folder)
  const names = ['operations.csv', 'summary.csv', 'report.html']
  assert.is(printed, names.map((name) => `${join(folder, name)}\n`).join(''))
  for (const name of names) assert.ok(existsSync(join(folder, name)), name)
})

test('sim report: --out writes the page there and touches nothing in the folder', async () => {
  const folder = runFolder(1)
  const out = join(freshFolder(), 'page.html')
  assert.is(await report(folder, '--out', out), `${out}\n`)
  assert.match(readFileSync(out, 'utf8'), /^<!doctype html>/)
  assert.not(existsSync(join(folder, 'report.html')))
  assert.not(existsSync(join(folder, 'operations.csv')))
})

test('sim report: a benchmark whose file is damaged is a clear line', async () => {
  const folder = freshFolder()
  const file = join(folder, 'bench.json')
  writeFileSync(file, '{"format":1}')
  assert.is(await refusal(folder), `${file}: version is missing or damaged`)
  const text = { version: '1', command: 'x', startedAt: 'x', type: 'get', bucket: 'b' }
  const more = { distribution: 'uniform', keyPrefix: 'k', interrupted: false, targets: [] }
  const numbers = { operations: 1, warmUp: 0, workers: 1, readPercent: 0, keys: 1 }
  const times = { valueBytes: 1, seed: 1, measuredFromNanos: null, measuredToNanos: 5 }
  const all = { format: 1, ...text, ...more, ...numbers, ...times }
  writeFileSync(file, JSON.stringify({ ...all, counts: { ok: 1 } }))
  assert.is(await refusal(folder), `${file}: counts is missing or damaged`)
})

test('sim report: two folders are compared', async () => {
  const out = join(freshFolder(), 'both.html')
  assert.is(await report(runFolder(1), runFolder(2), '--out', out), `${out}\n`)
  assert.match(readFileSync(out, 'utf8'), /2 runs compared/)
})

test('sim report: a missing folder, a damaged one, too many: one line each', async () => {
  assert.is(await refusal('no-such-run'), `${join('no-such-run', 'run.json')}: no such file`)
  const damaged = runFolder(1)
  rmSync(join(damaged, 'history.jsonl'))
  const wanted = `${join(damaged, 'history.jsonl')}: no such file`
  assert.is(await refusal(damaged), wanted)
  assert.is(await refusal(runFolder(1), damaged), wanted)
  const seven = Array.from({ length: 7 }, () => 'run')
  assert.is(await refusal(...seven), 'sim report compares at most 6 runs, not 7')
})

test('sim report: an output that cannot be written is named', async () => {
  const taken = join(freshFolder(), 'taken.html')
  mkdirSync(taken)
  assert.is(await refusal(runFolder(1), '--out', taken), `${taken}: is a directory`)
  const nowhere = join(freshFolder(), 'no', 'page.html')
  assert.is(await refusal(runFolder(1), '--out', nowhere), `${nowhere}: no such file`)
})

test.run()
