/** `sim bench`: load on a live cluster, its figures, and a history that `sim check` judges. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { Bench } from '../../net/bench/bench.js'
import type { BenchPlan } from '../../net/bench/plan.js'
import { Faults } from '../../net/bench/fault.js'
import { Site } from '../../net/bench/site.js'
import { Client, Rejected, StoreError } from '../../net/client/index.js'
import type { BenchFile } from '../../reports/bench/model.js'
import { writeBench } from '../../reports/bench.js'
import type { VerdictFile } from '../../reports/check/verdict.js'
import { BadInput, exitCodes } from './exit.js'
import { LineFile } from './folder.js'
import { type BenchEnding, judgeBench, readEnding, unaskedBecause } from './bench/ending.js'
import { benchOptions, type BenchOptions, planOf } from './bench/options.js'
import { printBench } from './bench/print.js'
import { benchProgress } from './bench/progress.js'
import { openStage, type Stage } from './bench/stage.js'
import { quoted } from './quoted.js'
import { untilStopped } from './sweep.js'
import { version } from './version.js'

export const benchCommand: CommandModule<object, BenchOptions> = {
  command: 'bench',
  describe: 'put load on a live cluster: throughput, latency, a history to check',
  builder: (yargs) =>
    benchOptions(yargs)
      .example('$0 bench --target http://127.0.0.1:5000 --operations 100000', 'four reads a write')
      .example('$0 bench --type put --workers 64', 'durable writes, as fast as they go')
      .example(
        '$0 bench --type txn --txn-keys 3',
        'three keys read, changed and written by one client',
      )
      .example('$0 bench --rate 2000', 'open loop: two thousand a second, come what may')
      .example('$0 bench --local 3 --fault kill:n2@10s+5s', 'a node is killed, and comes back')
      .epilogue(
        'A transaction of txn is one client that reads its keys, then writes each with the context it ' +
          'read; the store promises no isolation, and what is written stays if the rest fails. ' +
          'A token is read from $DYNAMO_TOKEN. Latencies and throughput do not count the first writes ' +
          'of the keys and the warm-up. At the end every owner is asked what it holds, and the ' +
          'history is judged. Ctrl-C keeps what is done. Exit codes: 0 done, 1 nothing was ' +
          'answered, a violation, or a node that did not come back, 3 bad usage or no node there, 130 interrupted.',
      ),
  handler: bench,
}

async function bench(options: BenchOptions): Promise<void> {
  const plan = planOf(options)
  const stage = await openStage(options)
  try {
    await play(options, plan, stage)
  } finally {
    await stage.close()
  }
}

async function play(options: BenchOptions, plan: BenchPlan, stage: Stage): Promise<void> {
  const startedAt = new Date().toISOString()
  const token = process.env['DYNAMO_TOKEN']
  const client = new Client({
    nodes: stage.targets,
    timeoutMillis: plan.timeoutMillis,
    connections: plan.workers,
    // What is measured is the cluster: no read is sent to two nodes.
    hedgeMillis: null,
    ...(token === undefined ? {} : { token }),
  })
  const site = new Site(stage.targets, token ?? null)
  try {
    await reach(client, plan, stage.targets)
    const unasked = unaskedBecause(plan, options)
    // Said at once: in the end it is too late to wish for it.
    if (unasked !== null && options.finals === undefined) {
      process.stderr.write(`bench: durability will stay unknown: ${unasked}\n`)
    }
    const folder = stage.folder()
    const done = await record(folder, { options, plan, stage, client, site })
    const { running, faults, ending } = done
    await finish(folder, options, {
      ...fileOf(options, plan, running, startedAt),
      targets: stage.targets,
      ...(faults === null ? {} : { faults: faults.records }),
      ...ending,
    })
  } finally {
    await Promise.all([client.close(), site.close()])
  }
}

interface Playing {
  readonly options: BenchOptions
  readonly plan: BenchPlan
  readonly stage: Stage
  readonly client: Client
  readonly site: Site
}

async function record(folder: string, playing: Playing) {
  const { options, plan, stage, client, site } = playing
  const history = new LineFile(join(folder, 'history.jsonl'))
  const { controller } = stage
  const nowNanos = (): number => running.nowNanos()
  const faults =
    controller === null
      ? null
      : new Faults(stage.faults, { controller, site, bucket: plan.bucket, nowNanos })
  const running = new Bench(client, plan, {
    event: (event) => {
      history.write(JSON.stringify(event))
      faults?.event(event)
    },
  })
  const progress = benchProgress(running, plan, options.json)
  let ending: BenchEnding = {}
  const run = async (): Promise<void> => {
    await running.run(faults === null ? null : () => faults.run())
    ending = await readEnding(running, plan, { ...options, site })
  }
  const stop = (): void => {
    running.stop()
    faults?.stop()
  }
  try {
    await untilStopped({ run, stop }, () => progress.stop())
  } finally {
    history.close()
  }
  return { running, faults, ending }
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
    ...(type === 'txn' ? { txnKeys: plan.txnKeys } : {}),
    ...{ valueBytes, seed: options.seed, keyPrefix, interrupted: running.stopped },
    measuredFromNanos: running.measuredFromNanos,
    measuredToNanos: running.measuredToNanos,
    counts: { ...running.counts, merges: running.merges },
  }
}

function commandOf(options: BenchOptions): string {
  const { target, type, operations, workers, rate, seed, keys, distribution, bucket } = options
  const { local, fault, data } = options
  const hurt = data === undefined ? [] : [`--data ${quoted(data)}`]
  const where =
    local === undefined
      ? target.map((url) => `--target ${quoted(url)}`)
      : [`--local ${String(local)}`]
  const words = [
    ...['npx sim bench', ...where, `--type ${type}`],
    ...hurt,
    ...fault.map((spec) => `--fault ${quoted(spec)}`),
    ...(bucket === 'default' ? [] : [`--bucket ${quoted(bucket)}`]),
    ...[`--operations ${String(operations)}`, `--workers ${String(workers)}`],
    ...(type === 'mixed' ? [`--read-pct ${String(options['read-pct'])}`] : []),
    ...(options['txn-keys'] === undefined ? [] : [`--txn-keys ${String(options['txn-keys'])}`]),
    ...(rate === undefined ? [] : [`--rate ${String(rate)}`]),
    ...[`--keys ${String(keys)}`, `--distribution ${distribution}`],
    ...[`--value-bytes ${String(options['value-bytes'])}`, `--seed ${String(seed)}`],
  ]
  return words.join(' ')
}

async function finish(folder: string, options: BenchOptions, file: BenchFile): Promise<void> {
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(file, null, 2)}\n`)
  const verdict = await judgeBench(folder, file)
  const { paths, figures, effects } = await writeBench(folder)
  const told = Object.fromEntries(figures.map(({ figure, value }) => [figure, value]))
  if (options.json) {
    const checks = verdict?.checks.map(({ check, verdict: found }) => ({ check, verdict: found }))
    const judged = verdict === null ? {} : { verdict: verdict.verdict, checks }
    process.stdout.write(`${JSON.stringify({ folder, bench: file, figures: told, ...judged })}\n`)
  } else printBench({ folder, file, figures, effects, verdict, report: paths.report })
  process.exitCode = codeOf(file, verdict)
}

function codeOf(
  { interrupted, counts, faults = [] }: BenchFile,
  verdict: VerdictFile | null,
): number {
  if (interrupted) return exitCodes.interrupted
  if (counts.ok === 0 || verdict?.verdict === 'violation') return exitCodes.violation
  if (faults.some(({ problem }) => problem !== null)) return exitCodes.violation
  return exitCodes.ok
}
