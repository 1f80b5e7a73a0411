/** `sim bench`: load on a live cluster, its figures, and a history that `sim check` judges. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import type { CommandModule } from 'yargs'
import { Bench } from '../../net/bench/bench.js'
import type { BenchPlan } from '../../net/bench/plan.js'
import { Client, Rejected, StoreError } from '../../net/client/index.js'
import type { BenchFile } from '../../reports/bench/model.js'
import { writeBench } from '../../reports/bench.js'
import type { Figure } from '../../reports/csv.js'
import { BadInput, exitCodes } from './exit.js'
import { makeRunFolder, LineFile } from './folder.js'
import { benchOptions, type BenchOptions, planOf } from './bench/options.js'
import { benchProgress } from './bench/progress.js'
import { quoted } from './run.js'
import { untilStopped } from './sweep.js'
import { version } from './version.js'

export const benchCommand: CommandModule<object, BenchOptions> = {
  command: 'bench',
  describe: 'put load on a live cluster: throughput, latency, a history to check',
  builder: (yargs) =>
    benchOptions(yargs)
      .example('$0 bench --target http://127.0.0.1:5000 --operations 100000', 'four reads a write')
      .example('$0 bench --type put --workers 64', 'durable writes, as fast as they go')
      .example('$0 bench --rate 2000', 'open loop: two thousand a second, come what may')
      .epilogue(
        'A token is read from $DYNAMO_TOKEN. Latencies and throughput do not count the first writes ' +
          'of the keys and the warm-up. Ctrl-C keeps what is done. Exit codes: 0 done, 1 nothing ' +
          'was answered, 3 bad usage or no node there, 130 interrupted.',
      ),
  handler: bench,
}

async function bench(options: BenchOptions): Promise<void> {
  const plan = planOf(options)
  const startedAt = new Date().toISOString()
  const token = process.env['DYNAMO_TOKEN']
  const client = new Client({
    nodes: options.target,
    timeoutMillis: plan.timeoutMillis,
    connections: plan.workers,
    // What is measured is the cluster: no read is sent to two nodes.
    hedgeMillis: null,
    ...(token === undefined ? {} : { token }),
  })
  try {
    await reach(client, plan, options.target)
    const folder = makeRunFolder(options.out, 'bench', options.seed)
    const history = new LineFile(join(folder, 'history.jsonl'))
    const running = new Bench(client, plan, {
      event: (event) => {
        history.write(JSON.stringify(event))
      },
    })
    const progress = benchProgress(running, plan, options.json)
    try {
      await untilStopped(running, () => progress.stop())
    } finally {
      history.close()
    }
    await finish(folder, options, fileOf(options, plan, running, startedAt))
  } finally {
    await client.close()
  }
}

/** Better one clear line now than a hundred thousand failures. */
async function reach(client: Client, plan: BenchPlan, target: readonly string[]): Promise<void> {
  try {
    await client.get(`${plan.keyPrefix}k1`, { bucket: plan.bucket })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const where = target.join(', ')
    const { code, status, message } = error
    if (status === null) {
      throw new BadInput(`--target ${where}: no node answers (${code}); is the cluster running?`)
    }
    const hint = status === 401 ? '; the token is read from $DYNAMO_TOKEN' : ''
    if (error instanceof Rejected) throw new BadInput(`--target ${where}: ${message}${hint}`)
    throw error
  }
}

function fileOf(
  options: BenchOptions,
  plan: BenchPlan,
  running: Bench,
  startedAt: string,
): BenchFile {
  const { type, bucket, operations, warmUp, workers, readPercent, perSecond } = plan
  const { valueBytes, keyPrefix } = plan
  return {
    ...{ format: 1, version, command: commandOf(options), startedAt, targets: options.target },
    ...{ type, bucket, operations, warmUp, workers, readPercent, perSecond, keys: plan.keyCount },
    distribution: plan.distribution.kind,
    ...{ valueBytes, seed: options.seed, keyPrefix, interrupted: running.stopped },
    measuredFromNanos: running.measuredFromNanos,
    measuredToNanos: running.measuredToNanos,
    counts: { ...running.counts, merges: running.merges },
  }
}

function commandOf(options: BenchOptions): string {
  const { target, type, operations, workers, rate, seed, keys, distribution, bucket } = options
  const words = [
    ...['npx sim bench', ...target.map((url) => `--target ${quoted(url)}`), `--type ${type}`],
    ...(bucket === 'default' ? [] : [`--bucket ${quoted(bucket)}`]),
    ...[`--operations ${String(operations)}`, `--workers ${String(workers)}`],
    ...(type === 'mixed' ? [`--read-pct ${String(options['read-pct'])}`] : []),
    ...(rate === undefined ? [] : [`--rate ${String(rate)}`]),
    ...[`--keys ${String(keys)}`, `--distribution ${distribution}`],
    ...[`--value-bytes ${String(options['value-bytes'])}`, `--seed ${String(seed)}`],
  ]
  return words.join(' ')
}

async function finish(folder: string, options: BenchOptions, file: BenchFile): Promise<void> {
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(file, null, 2)}\n`)
  const { paths, figures } = await writeBench(folder)
  const told = Object.fromEntries(figures.map(({ figure, value }) => [figure, value]))
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ folder, bench: file, figures: told })}\n`)
  } else print(folder, file, figures, paths.report)
  if (file.interrupted) process.exitCode = exitCodes.interrupted
  else process.exitCode = file.counts.ok === 0 ? exitCodes.violation : exitCodes.ok
}

function print(
  folder: string,
  { interrupted, counts }: BenchFile,
  figures: readonly Figure[],
  report: string,
): void {
  if (counts.measured === 0) {
    process.stdout.write(`interrupted before anything was measured\n${folder}\n`)
    return
  }
  const values = new Map(figures.map(({ figure, value }) => [figure, value]))
  const number = (name: string): string => (values.get(name) ?? '–').toLocaleString('en')
  const millis = (name: string): string => {
    const micros = values.get(name)
    return typeof micros === 'number' ? (micros / 1000).toFixed(2) : '–'
  }
  const latency = (name: string): string =>
    ['p50', 'p90', 'p99', 'p999', 'max'].map((q) => millis(`${name}latency_${q}`)).join(' / ')
  const lines = [
    ...(interrupted ? [pc.yellow('interrupted: what follows is a part of the run')] : []),
    `${number('throughput')} operations per second: ` +
      `${number('read_throughput')} reads, ${number('write_throughput')} writes`,
    `reads   p50 / p90 / p99 / p99.9 / max: ${latency('read_')} ms`,
    `writes  p50 / p90 / p99 / p99.9 / max: ${latency('write_')} ms`,
    `${number('operations_ok')} answered, ${number('operations_fail')} failed, ` +
      `${number('operations_info')} unknown` +
      (counts.merges === 0 ? '' : `; ${String(counts.merges)} reads more to merge siblings`),
    '',
    report,
    `npx sim check ${quoted(folder)} --model sessions`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
