/** `sim check HISTORY`: any recorded history, or a whole run folder, judged. */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import pc from 'picocolors'
import type { CommandModule } from 'yargs'
import { checkRunInTurns } from '../../reports/check/index.js'
import type { History } from '../../reports/check/history.js'
import { ModelError } from '../../reports/check/linearize/compile.js'
import { checkHistory, guessModel, historyModels } from '../../reports/check/model.js'
import { hasRegisters, registerModels } from '../../reports/check/model.js'
import type { HistoryModel } from '../../reports/check/model.js'
import { timeline } from '../../reports/check/timeline.js'
import type { Check, VerdictFile } from '../../reports/check/verdict.js'
import { plural, visible } from '../../reports/check/words.js'
import type { ConflictRule } from '../../core/index.js'
import { readBench } from '../../reports/bench.js'
import { benchRules } from '../../reports/bench/model.js'
import { LoadError, loadHistory, readRunFolder } from '../../reports/load.js'
import { completed } from './shrink/target.js'
import { BadInput, exitCodes } from './exit.js'
import { ifStopped } from './interrupt.js'
import { nextTurn } from './turn.js'

interface CheckOptions {
  readonly history: string
  readonly model: string | undefined
  readonly format: string | undefined
  readonly initial: string | undefined
  readonly partial: boolean
  readonly json: boolean
}

export const checkCommand: CommandModule<object, CheckOptions> = {
  command: 'check <history>',
  describe: 'check any recorded history, or a run folder',
  builder: (yargs) =>
    yargs
      .positional('history', {
        type: 'string',
        demandOption: true,
        describe: 'a history.jsonl (or .jsonl.gz), or a run folder',
      })
      .option('model', {
        type: 'string',
        describe: `what it must be: ${historyModels.join(', ')}; guessed from the operations if absent`,
      })
      .option('format', {
        type: 'string',
        describe: 'jsonl: a line an event in the shape of Jepsen (default)',
      })
      .option('initial', {
        type: 'string',
        describe: 'what registers hold at first, as JSON; default null',
      })
      .option('partial', {
        type: 'boolean',
        default: false,
        describe: 'accept a last line that is cut short, and judge what comes before it',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
      .example('$0 check runs/partition-1', 'a run, against what its scenario expects')
      .example('$0 check history.jsonl --model cas-register', 'reads, writes and cas, per key')
      .example('$0 check etcd.jsonl.gz --model mutex --json', 'a lock, for a program to read')
      .example('$0 check history.jsonl --model sessions', 'the four session guarantees')
      .epilogue(
        'Exit codes: 0 ok, 1 a violation, 2 unknown, 3 bad input. An info, or no completion, may ' +
          'take effect at any time or never; a fail did not happen.',
      ),
  handler: check,
}

async function check(options: CheckOptions): Promise<void> {
  refuseLater(options)
  ifStopped('stopped before there was a verdict')
  const judged = await orBadInput(() => judge(options))
  if (options.json) process.stdout.write(`${JSON.stringify(summaryOf(judged))}\n`)
  else print(judged)
  process.exitCode = exitCodes[judged.verdict.verdict]
}

/**
 * Named in the design, or known from other checkers, and not here: never taken for something else.
 */
const laterModels = ['list-append', 'rw-register', 'bank', 'set', 'queue', 'counter', 'txn']
const laterFormats = ['edn', 'knossos', 'porcupine', 'elle', 'csv']

function refuseLater({ model, format }: CheckOptions): void {
  if (model !== undefined && laterModels.includes(model)) {
    throw new BadInput(`--model ${model} is not there yet; there are: ${historyModels.join(', ')}`)
  }
  if (model !== undefined && !historyModels.some((each) => each === model)) {
    throw new BadInput(`--model ${model}: unknown; there are: ${historyModels.join(', ')}`)
  }
  if (format !== undefined && laterFormats.includes(format)) {
    throw new BadInput(`--format ${format} is not there yet; there is: jsonl`)
  }
  if (format !== undefined && format !== 'jsonl') {
    throw new BadInput(`--format ${format}: unknown; there is: jsonl`)
  }
}

async function orBadInput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LoadError) {
      const hint = error.kind === 'truncated' ? '; --partial judges what comes before it' : ''
      throw new BadInput(`${error.message}${hint}`)
    }
    if (error instanceof ModelError) throw new BadInput(error.message)
    throw error
  }
}

interface Judged {
  readonly target: string
  readonly model: string
  readonly history: History
  readonly verdict: VerdictFile
}

async function judge(options: CheckOptions): Promise<Judged> {
  const target = options.history
  // yargs makes nothing of a dash.
  if (target === '') throw new BadInput('name a file; /dev/stdin is what is piped in')
  if (!existsSync(target)) throw new BadInput(`${target}: no such file or run folder`)
  if (existsSync(join(target, 'bench.json'))) {
    const bench = readBench(join(target, 'bench.json'))
    const history = await loadHistory(join(target, 'history.jsonl'), {
      allowCutTail: bench.interrupted,
    })
    return judgeHistory(options, history, benchRules(bench))
  }
  if (statSync(target).isDirectory()) return judgeFolder(options)
  // The history of a run folder: beside it stands what its buckets promise, without which
  // last-write-wins looks like loss.
  const folder = dirname(target)
  if (basename(target) === 'history.jsonl' && existsSync(join(folder, 'run.json'))) {
    return judgeFolder({ ...options, history: folder })
  }
  const history = await loadHistory(target, { allowCutTail: options.partial })
  if (history.size === 0) throw new BadInput(`${target}: no operations`)
  return judgeHistory(options, history)
}

async function judgeFolder(options: CheckOptions): Promise<Judged> {
  const folder = await readRunFolder(options.history)
  if (options.model !== undefined) return judgeHistory(options, folder.history)
  if (options.initial !== undefined) {
    throw new BadInput(
      "--initial: a run's registers hold nothing at first; --model judges its history by itself",
    )
  }
  const { history } = folder
  // Through the language and back: a damaged one is refused, and never judged by half of it.
  const scenario = completed(folder.run.scenario, join(options.history, 'run.json'))
  const input = { ...folder, run: { ...folder.run, scenario } }
  const verdict = await checkRunInTurns(input, nextTurn)
  return { target: options.history, model: `scenario ${scenario.name}`, history, verdict }
}

function judgeHistory(
  options: CheckOptions,
  history: History,
  rules: ReadonlyMap<string, ConflictRule> = new Map(),
): Judged {
  const model = (options.model as HistoryModel | undefined) ?? guessModel(history)
  if (model === null) {
    throw new BadInput(
      `${options.history}: transactions: list-append and rw-register are not there yet; ` +
        '--model multi-register reads them as steps on several registers',
    )
  }
  if (options.initial !== undefined && !hasRegisters(model)) {
    throw new BadInput(
      `--initial: says what registers hold at first, and model ${model} has none; a model that ` +
        `has: ${registerModels.join(', ')}`,
    )
  }
  const initial = initialValue(options.initial)
  const verdict = checkHistory(history, model, initial, rules)
  return { target: options.history, model, history, verdict }
}

function initialValue(text: string | undefined): string | number | boolean | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null)
      return value as string | number | boolean | null
  } catch {
    return text
  }
  throw new BadInput(`--initial ${text}: not a number, a string, true, false or null`)
}

function summaryOf({ target, model, history, verdict }: Judged): object {
  const { size, finals, lines, skipped, notes, keys } = history
  const read = { lines, operations: size - finals, finals, keys: keys.length, skipped, notes }
  return { history: target, model, ...read, ...verdict }
}

function print({ target, model, history, verdict }: Judged): void {
  const { size, finals, keys, notes } = history
  const lines = [
    `${target}: ${plural(size - finals, 'operation')}, ${plural(keys.length, 'key')}, model ${model}`,
    ...notes.map((note) => pc.yellow(`note: ${note}`)),
    '',
    ...verdict.checks.flatMap((each) => checkLines(history, each)),
    overallLine(verdict),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

export function checkLines(history: History, found: Check): readonly string[] {
  const paint =
    found.met === false || (found.expected === null && found.verdict === 'violation')
      ? pc.red
      : found.verdict === 'unknown'
        ? pc.yellow
        : found.met === true
          ? pc.green
          : (text: string) => text
  const wished =
    found.expected === null ? ' (not asked)' : found.expected === 'ok' ? '' : ' (expected)'
  const told = visible(found.summary)
  const head = `${paint(found.verdict.padEnd(9))} ${found.check}${wished}: ${told}`
  const examples = found.counterexamples.flatMap((example, index) => [
    '',
    ...(index === 0 ? [] : [`  ${visible(example.explanation)}`, '']),
    ...timeline(history, example.events)
      .split('\n')
      .map((line) => `    ${visible(line)}`),
  ])
  return examples.length === 0 ? [head] : [head, ...examples, '']
}

function overallLine({ verdict }: VerdictFile): string {
  switch (verdict) {
    case 'ok':
      return pc.green('ok')
    case 'violation':
      return pc.red('violation')
    case 'unknown':
      return pc.yellow('unknown')
  }
}
