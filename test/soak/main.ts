/**
 * `npm run soak`: three nodes under steady load, whose memory and file descriptors are watched. By
 * default some minutes; `-- --operations 20000000` until so many are done. Ends with 1 if a
 * process goes on growing, if an operation fails, or if the owners differ in the end; with 2 if it
 * was too short to tell. The heap of a node is held small (`--heap`, in MiB), so that what is
 * resident is what lives, and a leak ends the process. Linux only: it reads /proc.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Bench } from '../../net/bench/bench.js'
import { readFinals } from '../../net/bench/final.js'
import type { BenchPlan } from '../../net/bench/plan.js'
import { Site } from '../../net/bench/site.js'
import { Client } from '../../net/client/index.js'
import { forkStream } from '../../sim/random.js'
import { Rig } from '../processes/rig.js'
import type { Sample, Trend } from './trend.js'
import { descriptorTrend, filledWrites, residentTrend } from './trend.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    operations: { type: 'string' },
    nodes: { type: 'string', default: '3' },
    workers: { type: 'string', default: '16' },
    rate: { type: 'string' },
    keys: { type: 'string', default: '10000' },
    heap: { type: 'string', default: '192' },
    'read-pct': { type: 'string', default: '20' },
  },
})

function number(name: keyof typeof values): number {
  const value = Number(values[name])
  if (Number.isFinite(value) && value > 0) return value
  console.error(`npm run soak -- --${name} N: a number above 0`)
  process.exit(3)
}

const looks = 240
const settleMillis = 60_000
const ever = 1e12

interface Verdict {
  readonly problems: readonly string[]
  /** What nobody can say after so short a time. */
  readonly unknown: readonly string[]
}

async function main(): Promise<Verdict> {
  const operations = values.operations === undefined ? ever : number('operations')
  // Left alone, V8 lets garbage lie until the heap is several times what lives in it.
  const heap = `--max-old-space-size=${String(number('heap'))}`
  const rig = await Rig.start(number('nodes'), false, [heap])
  const client = new Client({ nodes: rig.urls, hedgeMillis: null })
  const site = new Site(rig.urls, null)
  const bench = new Bench(client, planOf(operations), { event: () => undefined })
  const watch = new Watch(rig.pids, bench)
  try {
    if (operations === ever) setTimeout(() => bench.stop(), number('minutes') * 60_000).unref()
    const looking = watch.look(operations === ever ? number('minutes') * 60 : null)
    await bench.run()
    watch.stop()
    await looking
    const wish = { bucket: 'default', prefix: 'soak-', settleMillis, stopped: () => false }
    const finals = await readFinals(site, wish)
    const { problems, unknown } = watch.verdict()
    return { unknown, problems: [...problems, ...failures(bench), ...differences(finals)] }
  } finally {
    await Promise.all([client.close(), site.close()])
    await rig.stop()
  }
}

const planOf = (operations: number): BenchPlan => ({
  ...{ type: 'mixed', bucket: 'default', operations, warmUp: 0, workers: number('workers') },
  ...{ readPercent: number('read-pct'), valueBytes: 100, timeoutMillis: 5_000 },
  perSecond: values.rate === undefined ? null : number('rate'),
  txnKeys: 2,
  keyCount: number('keys'),
  distribution: { kind: 'zipfian', exponent: 0.99 },
  keyPrefix: 'soak-',
  stream: (concern) => forkStream(1, `soak/${concern}`),
})

function failures({ counts: { ok, fail, info } }: Bench): readonly string[] {
  return fail + info === 0 ? [] : [`${String(fail + info)} of ${String(ok)} operations failed`]
}

function differences(finals: Awaited<ReturnType<typeof readFinals>>): readonly string[] {
  if (finals.kind === 'unread') return [`the owners could not be asked: ${finals.why}`]
  console.log(`${String(finals.keys)} keys, ${String(finals.divergent)} of them divergent`)
  return finals.divergent === 0 ? [] : ['the owners differ']
}

class Watch {
  readonly #pids: readonly number[]
  readonly #bench: Bench
  readonly #samples: ReadonlyMap<number, Sample[]>
  readonly #begun = performance.now()
  #stopped = false
  #wake: () => void = () => undefined

  constructor(pids: readonly number[], bench: Bench) {
    this.#pids = pids
    this.#bench = bench
    this.#samples = new Map(pids.map((pid) => [pid, []]))
  }

  /** `seconds`: how long it will take; null: nobody knows. */
  async look(seconds: number | null): Promise<void> {
    const everyMillis = Math.max(1_000, ((seconds ?? 1_200) * 1_000) / looks)
    for (let count = 0; !this.#stopped; count++) {
      this.#take(count % 10 === 0)
      await new Promise<void>((done) => {
        this.#wake = done
        setTimeout(done, everyMillis).unref()
      })
    }
    this.#take(true)
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  verdict(): Verdict {
    const problems: string[] = []
    const unknown: string[] = []
    for (const [index, samples] of [...this.#samples.values()].entries()) {
      const name = `n${String(index + 1)}`
      const trends = [
        ['memory', residentTrend(samples), mebibytes],
        ['descriptors', descriptorTrend(samples), String],
      ] as const
      for (const [what, trend, text] of trends) {
        if (trend === null) unknown.push(`${name}: ${what}`)
        else if (trend.grows) problems.push(`${name}: its ${what} grow`)
        if (trend !== null) console.log(`${name}: ${what} ${told(trend, text)}`)
      }
    }
    if (unknown.length > 0) {
      const each = filledWrites.toLocaleString('en')
      unknown.push(`too short: memory is judged once each node has coordinated ${each} writes`)
    }
    return { problems, unknown }
  }

  #take(prints: boolean): void {
    const seconds = (performance.now() - this.#begun) / 1_000
    const { measured, loaded, fail, info } = this.#bench.counts
    const share = 1 - number('read-pct') / 100
    const writes = Math.floor((loaded + measured * share) / this.#pids.length)
    const shown: string[] = []
    for (const pid of this.#pids) {
      const sample = { seconds, writes, ...stateOf(pid) }
      this.#samples.get(pid)?.push(sample)
      shown.push(`${mebibytes(sample.residentBytes)} / ${String(sample.descriptors)}`)
    }
    if (!prints) return
    console.log(
      `${seconds.toFixed(0)} s: ${String(measured)} operations, ${String(fail + info)} failed; ` +
        shown.join(', '),
    )
  }
}

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`

const told = ({ before, after }: Trend, text: (value: number) => string): string =>
  `${text(before)} then ${text(after)}`

function stateOf(pid: number): Pick<Sample, 'residentBytes' | 'descriptors'> {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  const descriptors = readdirSync(`/proc/${String(pid)}/fd`).length
  return { residentBytes: kibibytes * 1_024, descriptors }
}

const { problems, unknown } = await main()
for (const each of [...problems, ...unknown]) console.error(each)
const verdict = problems.length > 0 ? 'failed' : unknown.length > 0 ? 'unknown' : 'ok'
console.log(verdict)
process.exitCode = { ok: 0, failed: 1, unknown: 2 }[verdict]
