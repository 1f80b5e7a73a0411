/**
 * `npm run soak`: a local cluster under steady load, two million operations or `-- --operations
 * 20000000`. Watched are what lives in each node's heap after a collection, what is resident, file
 * descriptors and the data folder; every read is held against the last acknowledged write of its
 * key, and so is in the end what every owner holds. Ends with 1 if something goes on growing, an
 * operation has failed, or anything is lost; with 2 if it was too short to tell; Ctrl-C ends it
 * with 130, and with what is known. Linux only: it reads /proc.
 *
 * The heap of a node is held small (`--heap`, in MiB), so that what is resident is what lives, and
 * a leak ends the process.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readFinals } from '../../net/bench/final.js'
import { Site } from '../../net/bench/site.js'
import { nodeFlagsOf } from '../../net/cluster/plan.js'
import { forkStream } from '../../sim/random.js'
import { Rig } from '../processes/rig.js'
import { NodeGone } from './gone.js'
import { heapFlags } from './heap.js'
import { keyPrefix, Load } from './load.js'
import { filledWrites } from './trend.js'
import { Watch } from './watch.js'

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '2000000' },
    nodes: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    depth: { type: 'string', default: '4' },
    keys: { type: 'string', default: '10000' },
    'value-bytes': { type: 'string', default: '100' },
    'read-pct': { type: 'string', default: '80' },
    heap: { type: 'string', default: '192' },
    out: { type: 'string', default: 'runs/soak.csv' },
  },
})

function number(name: keyof typeof values, least: number, most: number): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= least && value <= most) return value
  console.error(`npm run soak -- --${name} N: a whole number, ${String(least)} to ${String(most)}`)
  process.exit(3)
}

const looks = 80
/** Each collects the garbage of all nodes: not too often. */
const leastLookMillis = 1_000
const settleMillis = 60_000
const lineMillis = 10_000

interface Verdict {
  readonly problems: readonly string[]
  readonly unknown: readonly string[]
  readonly interrupted: boolean
}

const wish = {
  operations: number('operations', 1, 1e10),
  nodes: number('nodes', 1, 16),
  connections: number('connections', 1, 1_000),
  depth: number('depth', 1, 64),
  keys: number('keys', 1, 1_000_000),
  valueBytes: number('value-bytes', 10, 100_000),
  readPercent: number('read-pct', 0, 100),
}
if (wish.keys < wish.connections * wish.depth) {
  console.error('npm run soak -- --keys N: at least as many as --connections times --depth')
  process.exit(3)
}

async function main(): Promise<Verdict> {
  const heap = `--max-old-space-size=${String(number('heap', 32, 65_536))}`
  const flags = nodeFlagsOf(wish.nodes)
  const rig = await Rig.start(wish.nodes, false, [...flags, heap, ...heapFlags])
  const site = new Site(rig.urls, null)
  const ports = rig.urls.map((url) => Number(new URL(url).port))
  const load = new Load({ ...wish, ports, stream: forkStream(1, 'soak') })
  const stop = (): void => load.stop()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await load.connect()
    await load.load()
    const watch = new Watch(rig.watched)
    const seconds = await beside(load, watch)
    return await judge(load, watch, site, seconds)
  } finally {
    load.close()
    await site.close()
    await rig.stop()
  }
}

/** The load, and looks at the nodes until it is over. */
async function beside(load: Load, watch: Watch): Promise<number> {
  const { counts } = load
  const begunMillis = performance.now()
  const secondsNow = (): number => (performance.now() - begunMillis) / 1_000
  const look = (): Promise<void> =>
    watch.look(secondsNow(), counts.done, writesOf(load) / wish.nodes)
  let ended = false
  let told = performance.now()
  const looking = async (): Promise<void> => {
    for (let [next, soonest] = [0, 0]; !ended;) {
      if (counts.done >= next && performance.now() >= soonest) {
        next = counts.done + wish.operations / looks
        await look()
        soonest = performance.now() + leastLookMillis
      }
      if (performance.now() - told >= lineMillis) {
        told = performance.now()
        progress(load, watch, secondsNow())
      }
      await sleep(100)
    }
    await look()
  }
  const loading = load.run().finally(() => {
    ended = true
  })
  // A node that is gone ends it at once: the rest of the load would wait for its answers.
  const watching = looking()
  await Promise.race([loading, watching])
  const seconds = secondsNow()
  await watching
  return seconds
}

const writesOf = ({ counts }: Load): number => counts.loaded + counts.writes

function progress({ counts }: Load, watch: Watch, seconds: number): void {
  const perSecond = counts.done / seconds
  const left = (wish.operations - counts.done) / perSecond
  console.error(
    `${seconds.toFixed(0)} s: ${counts.done.toLocaleString('en')} operations, ` +
      `${perSecond.toFixed(0)} a second, ${left.toFixed(0)} s to go, ${String(counts.failed)} failed, ` +
      `${String(counts.wrong)} wrong; heap / resident / descriptors / folder: ${watch.line()}`,
  )
}

async function judge(load: Load, watch: Watch, site: Site, seconds: number): Promise<Verdict> {
  const { counts, examples, stopped } = load
  const lost = await held(load, site)
  const { problems, unknown } = watch.finding()
  mkdirSync(dirname(values.out), { recursive: true })
  writeFileSync(values.out, watch.csv())
  console.log(watch.table())
  console.log(howJudged)
  console.log(
    `${counts.done.toLocaleString('en')} operations in ${seconds.toFixed(0)} s, ` +
      `${(counts.done / seconds).toFixed(0)} a second; ${counts.writes.toLocaleString('en')} of them ` +
      `writes, ${String(counts.refused)} times one was refused and sent again, ` +
      `${String(counts.failed)} failed, ${String(counts.wrong)} reads wrong; every look: ${values.out}`,
  )
  const failed = counts.failed === 0 ? [] : [`${String(counts.failed)} operations failed`]
  const wrong = counts.wrong === 0 ? [] : [`${String(counts.wrong)} reads were wrong`]
  const short = unknown.length === 0 ? [] : [`too short to tell: ${unknown.join(', ')}`]
  return {
    problems: [...problems, ...failed, ...wrong, ...examples, ...lost],
    unknown: short,
    interrupted: stopped,
  }
}

const howJudged =
  `flat: of the looks once each node has coordinated ${filledWrites.toLocaleString('en')} writes (it ` +
  `remembers 50,000 of them), the median of the second half is above that of the first by no more ` +
  `than 5% or 4 MiB (heap after a collection) or 10% or 24 MiB (resident); descriptors by no more ` +
  `than 6 in the second half of all; the folder's most by no more than 25% or 16 MiB, once a part of ` +
  `the log was cut`

/** What every owner holds, against what was acknowledged last. */
async function held(load: Load, site: Site): Promise<readonly string[]> {
  const asked = { bucket: 'default', prefix: keyPrefix, settleMillis, stopped: () => false }
  const found = await readFinals(site, asked)
  if (found.kind === 'unread') return [`the owners could not be asked: ${found.why}`]
  let [looked, lost] = [0, 0]
  const holders = new Map<number, number>()
  for (const { key, value } of found.finals) {
    const index = Number(key.slice(keyPrefix.length))
    if (load.shaken[index] === 1) continue
    looked++
    holders.set(index, (holders.get(index) ?? 0) + 1)
    if ((value === null ? 0 : Number(value)) !== load.acknowledged[index]) lost++
  }
  // A key that nobody holds is not among the finals at all.
  const missing = load.acknowledged.findIndex(
    (acknowledged, index) => acknowledged > 0 && load.shaken[index] === 0 && !holders.has(index),
  )
  console.log(
    `${String(found.keys)} keys, ${String(found.divergent)} of them divergent; ${String(looked)} copies ` +
      `held against the last acknowledged write, ${String(lost)} of them wrong`,
  )
  return [
    ...(found.divergent === 0 ? [] : ['the owners differ']),
    ...(lost === 0 ? [] : [`${String(lost)} copies are not what was acknowledged last`]),
    ...(missing === -1 ? [] : [`${keyPrefix}${String(missing)} is held by nobody`]),
  ]
}

/** A node that has ended is a verdict, like all that a soak can find. */
async function judged(): Promise<Verdict> {
  try {
    return await main()
  } catch (error) {
    if (!(error instanceof NodeGone)) throw error
    return { problems: [error.message], unknown: [], interrupted: false }
  }
}

const { problems, unknown, interrupted } = await judged()
for (const each of [...problems, ...unknown]) console.error(each)
const verdict = problems.length > 0 ? 'failed' : unknown.length > 0 ? 'unknown' : 'ok'
console.log(interrupted ? `interrupted; so far: ${verdict}` : verdict)
process.exitCode = interrupted ? 130 : { ok: 0, failed: 1, unknown: 2 }[verdict]
