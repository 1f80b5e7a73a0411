/**
 * A trial: real processes under load, something happens to them, and afterwards the history is
 * judged by the checks of `sim check`: nothing acknowledged is lost, all owners are equal, no
 * sibling was made up. What is wrong comes back as sentences.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryEvent } from '../../core/index.js'
import { Bench } from '../../net/bench/bench.js'
import type { FaultPlan } from '../../net/bench/fault.js'
import { Faults } from '../../net/bench/fault.js'
import { readFinals } from '../../net/bench/final.js'
import type { BenchPlan } from '../../net/bench/plan.js'
import { Site } from '../../net/bench/site.js'
import { Client } from '../../net/client/index.js'
import { FaultMeter } from '../../reports/bench/fault.js'
import type { FaultEffect } from '../../reports/bench/model.js'
import { checkHistory } from '../../reports/check/model.js'
import { loadHistory } from '../../reports/load.js'
import { forkStream } from '../../sim/random.js'
import { Rig } from './rig.js'
import type { Mood } from './weather.js'
import { calm } from './weather.js'

export interface Trial {
  readonly name: string
  readonly nodes: number
  readonly faults: readonly FaultPlan[]
  /** Between all nodes, one after the other; the load goes on meanwhile. */
  readonly weather?: readonly { readonly mood: Mood; readonly millis: number }[]
  /**
   * What clients with failover may see. `none`: no error at all. `detected`: none that ends later
   * than it takes to find out that a node is gone. `some`: errors, for nobody is left to ask, but
   * none in the end.
   */
  readonly errors: 'none' | 'detected' | 'some'
  /** How long the load goes on after a node is back; some seconds if left out. */
  readonly tailMillis?: number
  /** Of one operation; five seconds if left out. */
  readonly timeoutMillis?: number
  /** Open loop: so many a second, whatever became of the earlier ones; six in a row if left out. */
  readonly perSecond?: number
  /** The disk of this node is small, and is filled by somebody, for so long; the load goes on. */
  readonly fills?: { readonly node: string; readonly millis: number }
  /** After each fault all must be well again so soon: docs/live.md says what that is. */
  readonly recoversMillis?: number
}

/**
 * A client asks a silent node after a second whether it lives, and gives it up after another; a
 * node that is gone refuses at once. The rest is for a machine that has other things to do.
 */
const detectionMicros = 3_000_000
const settleMillis = 60_000
/** What was begun in bad weather may wait for its whole time; then nothing may fail any more. */
const calmMillis = 1_500
const usualTimeoutMillis = 5_000
/** An open loop needs hands enough for those that wait for a node that does not answer. */
const openWorkers = 256

export interface Tried {
  readonly problems: readonly string[]
  readonly answered: number
  readonly failed: number
  readonly effects: readonly FaultEffect[]
  /** Packets and pieces of links that did not come through. */
  readonly lost: number
}

const planOf = ({ timeoutMillis = usualTimeoutMillis, perSecond }: Trial): BenchPlan => ({
  ...{ type: 'mixed', bucket: 'default', operations: 100, warmUp: 20 },
  workers: perSecond === undefined ? 6 : openWorkers,
  ...{
    readPercent: 50,
    perSecond: perSecond ?? null,
    txnKeys: 2,
    keyCount: 60,
    valueBytes: 100,
    timeoutMillis,
  },
  distribution: { kind: 'zipfian', exponent: 0.99 },
  keyPrefix: 'trial-',
  stream: (concern) => forkStream(1, `trial/${concern}`),
})

export async function run(trial: Trial): Promise<Tried> {
  const weathered = trial.weather !== undefined
  const rig = await Rig.start(trial.nodes, weathered, [], [], trial.fills?.node ?? null)
  const client = new Client({ nodes: rig.urls })
  const site = new Site(rig.urls, null)
  try {
    return await play(trial, rig, client, site)
  } finally {
    await Promise.all([client.close(), site.close()])
    await rig.stop()
  }
}

async function play(trial: Trial, rig: Rig, client: Client, site: Site): Promise<Tried> {
  const plan = planOf(trial)
  const events: HistoryEvent[] = []
  const nowNanos = (): number => bench.nowNanos()
  const { tailMillis } = trial
  const around = {
    ...{ controller: rig, site, bucket: plan.bucket, nowNanos },
    ...(tailMillis === undefined ? {} : { tailMillis }),
  }
  const faults = new Faults(trial.faults, around)
  const bench = new Bench(client, plan, {
    event: (event) => {
      events.push(event)
      faults.event(event)
    },
  })
  await bench.run(async () => {
    await Promise.all([faults.run(), changeWeather(trial, rig), fillDisk(trial, rig)])
  })
  const { bucket, keyPrefix: prefix } = plan
  const finals = await readFinals(site, { bucket, prefix, settleMillis, stopped: () => false })
  if (finals.kind === 'read') bench.finals(finals.finals)
  const from = bench.measuredFromNanos ?? 0
  const meter = new FaultMeter(faults.records, from, (bench.measuredToNanos - from) / 1_000)
  const measured = pairs(events, from, meter)
  const effects = meter.effects()
  const problems = [
    ...(await lossesOf(rig.folder, events)),
    ...faults.records.flatMap(({ problem }) => (problem === null ? [] : [problem])),
    ...errorProblems(trial, effects, measured, bench),
    ...recoveryProblems(trial, effects),
    ...(trial.weather === undefined || rig.lost > 0 ? [] : ['the weather has lost nothing']),
  ]
  const { ok: answered, fail, info } = bench.counts
  const told = problems.length === 0 ? problems : [...problems, rig.logs()]
  return { problems: told, answered, failed: fail + info, effects, lost: rig.lost }
}

/** Then it is calm, long enough to see whether all is well again. */
async function changeWeather(trial: Trial, rig: Rig): Promise<void> {
  const { weather = [], timeoutMillis = usualTimeoutMillis } = trial
  for (const { mood, millis } of weather) {
    rig.mood = mood
    await new Promise((done) => setTimeout(done, millis))
  }
  rig.mood = calm
  if (weather.length === 0) return
  await new Promise((done) => setTimeout(done, timeoutMillis + calmMillis))
}

/** Until the node has said that it writes nothing more, for a while, and until it writes again. */
async function fillDisk({ fills }: Trial, rig: Rig): Promise<void> {
  if (fills === undefined) return
  const pause = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis))
  const disk = rig.smallDiskOf(fills.node)
  const said = async (event: string): Promise<void> => {
    const has = (): boolean => rig.grep(`"event":"${event}"`).flat().length > 0
    for (let tries = 0; !has(); tries++) {
      if (tries > 200) throw new Error(`${fills.node} has not said ${event}`)
      await pause(50)
    }
  }
  await pause(500)
  disk.fill()
  await said('read_only')
  await pause(fills.millis)
  disk.free()
  await said('writable')
  await pause(calmMillis)
}

interface Ended {
  readonly type: string
  readonly atMicros: number
}

/** Feeds the meter, and tells how the measured operations ended. */
function pairs(events: readonly HistoryEvent[], from: number, meter: FaultMeter): readonly Ended[] {
  const open = new Map<number, HistoryEvent>()
  const ended: Ended[] = []
  const since = (event: HistoryEvent): HistoryEvent => ({ ...event, time: event.time - from })
  for (const event of events) {
    if (event.f === 'final') continue
    if (event.type === 'invoke') {
      open.set(event.process, event)
      continue
    }
    const invoke = open.get(event.process)
    if (invoke === undefined || invoke.time < from) continue
    meter.add(since(invoke), since(event))
    ended.push({ type: event.type, atMicros: (event.time - from) / 1_000 })
  }
  return ended
}

/** What the checks find, from the history alone, as anybody would check it. */
async function lossesOf(folder: string, events: readonly HistoryEvent[]): Promise<string[]> {
  const file = join(folder, 'history.jsonl')
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const { checks } = checkHistory(await loadHistory(file), 'eventual')
  return checks
    .filter(({ met, verdict }) => met === false || (met !== null && verdict !== 'ok'))
    .map(({ check, verdict, summary }) => `${check} is ${verdict}: ${summary}`)
}

const lastMicros = 1_000_000
const fewest = 50

function errorProblems(
  { errors }: Trial,
  effects: readonly FaultEffect[],
  measured: readonly Ended[],
  bench: Bench,
): readonly string[] {
  const problems: string[] = []
  const failed = measured.filter(({ type }) => type !== 'ok')
  const endMicros = (bench.measuredToNanos - (bench.measuredFromNanos ?? 0)) / 1_000
  if (bench.counts.ok < fewest) problems.push(`only ${String(bench.counts.ok)} were answered`)
  if (errors === 'none' && failed.length > 0) {
    problems.push(`${String(failed.length)} operations have failed`)
  }
  if (errors === 'detected') {
    for (const { window, lastErrorMicros, after } of effects) {
      if ((lastErrorMicros ?? 0) > detectionMicros) {
        problems.push(`${window.label}: an error ${String(lastErrorMicros)} us after it began`)
      }
      if (after.length > 0) problems.push(`${window.label}: ${JSON.stringify(after)} after it`)
    }
  }
  const late = failed.filter(({ atMicros }) => atMicros > endMicros - lastMicros)
  if (late.length > 0) problems.push(`${String(late.length)} have failed in the last second`)
  return problems
}

function recoveryProblems(
  { recoversMillis }: Trial,
  effects: readonly FaultEffect[],
): readonly string[] {
  if (recoversMillis === undefined) return []
  return effects.flatMap(({ window, recoveryMicros }) => {
    if (recoveryMicros === null) return [`${window.label}: it was not well again to the end`]
    if (recoveryMicros <= recoversMillis * 1_000) return []
    return [`${window.label}: well again only after ${String(recoveryMicros)} us`]
  })
}
