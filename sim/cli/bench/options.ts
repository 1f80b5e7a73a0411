/** The flags of `sim bench`, and what they mean. */
import type { Argv } from 'yargs'
import { benchTypes, type BenchPlan, type BenchType } from '../../../net/bench/plan.js'
import { forkStream } from '../../random.js'
import { BadInput } from '../exit.js'

export interface BenchOptions {
  readonly target: readonly string[]
  readonly type: string
  readonly bucket: string
  readonly operations: number
  readonly warmup: number | undefined
  readonly workers: number
  readonly 'read-pct': number
  readonly 'txn-keys': number | undefined
  readonly rate: number | undefined
  readonly keys: number
  readonly distribution: 'zipfian' | 'uniform'
  readonly 'value-bytes': number
  readonly timeout: number
  readonly seed: number
  readonly fault: readonly string[]
  readonly local: number | undefined
  /** The folder `data` where nothing is said. */
  readonly data: string | undefined
  readonly finals: boolean | undefined
  readonly settle: number
  readonly out: string | undefined
  readonly json: boolean
}

const defaultTarget = 'http://127.0.0.1:5000'
const defaultTxnKeys = 2

export function benchOptions<T>(yargs: Argv<T>) {
  const number = { type: 'number', requiresArg: true } as const
  const text = { type: 'string', requiresArg: true } as const
  return yargs
    .option('target', {
      ...{ type: 'string', array: true, requiresArg: true },
      default: defaultTargets(),
      defaultDescription: `$DYNAMO_NODES, or ${defaultTarget}`,
      describe: 'a node, or several: the others are learned from them',
    } as const)
    .option('type', {
      ...text,
      default: 'mixed',
      describe:
        'get or put: plain; mixed: both, by --read-pct; read: gets in sessions; write: a get in a ' +
        'session, then a put of what it read; txn: several keys read, then written, not isolated',
    })
    .option('bucket', { ...text, default: 'default', describe: 'the bucket' })
    .option('operations', { ...number, default: 100_000, describe: 'measured' })
    .option('warmup', { ...number, describe: 'operations before; default a tenth of them' })
    .option('workers', { ...number, default: 32, describe: 'at most so many at once' })
    .option('read-pct', { ...number, default: 80, describe: 'share of reads of mixed, in percent' })
    .option('txn-keys', {
      ...number,
      describe: 'keys that a transaction of txn changes; default 2',
    })
    .option('rate', {
      ...number,
      describe: 'open loop: operations begun per second; latency counts from when each was due',
    })
    .option('keys', { ...number, default: 1_000, describe: 'how many; new ones in each run' })
    .option('distribution', {
      choices: ['zipfian', 'uniform'] as const,
      default: 'zipfian' as const,
      describe: 'how popular keys are: zipfian with exponent 0.99, or all alike',
    })
    .option('value-bytes', { ...number, default: 100, describe: 'how long values are' })
    .option('timeout', { ...number, default: 5_000, describe: 'of one operation, in milliseconds' })
    .option('seed', { ...number, default: 1, describe: 'draws keys and kinds of operations' })
    .option('finals', {
      type: 'boolean',
      describe:
        'ask every owner in the end what it holds; default up to 50,000 keys, above only if said',
    })
    .option('settle', {
      ...number,
      default: 30_000,
      describe: 'owners have so long to become equal in the end, in milliseconds',
    })
    .option('fault', {
      ...{ type: 'string', array: true, nargs: 1 },
      default: [],
      defaultDescription: 'none',
      describe: 'kill, stop or pause a node of a local cluster: kill:n2@10s+5s; again for more',
    } as const)
    .option('local', { ...number, describe: 'so many nodes, started for this and stopped after' })
    .option('data', {
      ...text,
      defaultDescription: defaultData,
      describe: 'folder of the cluster to hurt, for --fault without --local',
    })
    .option('out', { ...text, describe: 'the folder; default runs/bench-<seed>' })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'print one JSON object on standard output, and nothing else there',
    })
}

/** Where `sim cluster` keeps what it knows, too. */
export const defaultData = 'data'

const defaultTargets = (): string[] => (process.env['DYNAMO_NODES'] ?? defaultTarget).split(',')

/** Nodes of its own get the load: others that were named would be left in peace without a word. */
function refuseOthers({ target, data, fault, local }: BenchOptions): void {
  if (local !== undefined && target.join() !== defaultTargets().join()) {
    throw new BadInput(
      '--target and --local: name nodes, or have some started; give one of the two',
    )
  }
  if (local !== undefined && data !== undefined) {
    throw new BadInput('--data and --local: the nodes that --local starts are the ones to be hurt')
  }
  if (data !== undefined && fault.length === 0) {
    throw new BadInput('--data: names the cluster that --fault hurts, and there is no --fault')
  }
}

/** @throws BadInput */
export function planOf(options: BenchOptions): BenchPlan {
  checkType(options)
  refuseOthers(options)
  for (const url of options.target) checkUrl(url)
  whole(options, 'settle', 0, 3_600_000)
  const operations = whole(options, 'operations', 1, 100_000_000)
  const warmUp = Math.ceil(operations / 10)
  return {
    type: options.type as BenchType,
    bucket: options.bucket,
    operations,
    warmUp: options.warmup === undefined ? warmUp : whole(options, 'warmup', 0, 100_000_000),
    workers: whole(options, 'workers', 1, 10_000),
    readPercent: within(options, 'read-pct', 0, 100),
    txnKeys: txnKeysOf(options),
    perSecond: options.rate === undefined ? null : within(options, 'rate', 0.1, 1_000_000),
    keyCount: whole(options, 'keys', 1, 10_000_000),
    distribution:
      options.distribution === 'zipfian'
        ? { kind: 'zipfian', exponent: 0.99 }
        : { kind: options.distribution },
    valueBytes: whole(options, 'value-bytes', 1, 1_000_000),
    timeoutMillis: whole(options, 'timeout', 1, 600_000),
    keyPrefix: `bench-${Date.now().toString(36)}-`,
    stream: streams(whole(options, 'seed', 0, Number.MAX_SAFE_INTEGER)),
  }
}

const streams =
  (seed: number): BenchPlan['stream'] =>
  (concern) =>
    forkStream(seed, `bench/${concern}`)

function checkType({ type, 'txn-keys': txnKeys }: BenchOptions): void {
  if (!benchTypes.some((each) => each === type)) {
    throw new BadInput(`--type ${type}: unknown; there are: ${benchTypes.join(', ')}`)
  }
  if (txnKeys !== undefined && type !== 'txn') {
    throw new BadInput(`--txn-keys belongs to --type txn, not to --type ${type}`)
  }
}

const mostTxnKeys = 100

/** No transaction has a key twice. */
function txnKeysOf(options: BenchOptions): number {
  if (options.type !== 'txn') return defaultTxnKeys
  const count = whole(
    { ...options, 'txn-keys': options['txn-keys'] ?? defaultTxnKeys },
    'txn-keys',
    1,
    mostTxnKeys,
  )
  if (count <= options.keys) return count
  throw new BadInput(
    `--txn-keys ${String(count)}: more than there are keys (--keys ${String(options.keys)})`,
  )
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new BadInput(`--target ${text}: not a URL such as ${defaultTarget}`)
  }
}

type Numeric =
  | ('operations' | 'warmup' | 'workers' | 'read-pct' | 'rate' | 'keys' | 'seed')
  | ('value-bytes' | 'timeout' | 'settle' | 'txn-keys')

function within(options: BenchOptions, name: Numeric, least: number, most: number): number {
  const value = options[name] ?? NaN
  if (value >= least && value <= most) return value
  throw new BadInput(
    `${flag(name)} ${String(value)}: a number from ${String(least)} to ${String(most)}`,
  )
}

function whole(options: BenchOptions, name: Numeric, least: number, most: number): number {
  const value = within(options, name, least, most)
  if (Number.isInteger(value)) return value
  throw new BadInput(`${flag(name)} ${String(value)}: a whole number`)
}

const flag = (name: string): string => `--${name}`
