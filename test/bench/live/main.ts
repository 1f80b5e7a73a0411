/**
 * `npm run bench:live`: how fast three live nodes are, against three processes that do the bare
 * minimum, on this machine and its disk, in rounds that take turns. Both run all the time, and only
 * one has load. Ends by itself after some six minutes, a quick one after four.
 *
 *   npm run bench:live -- [--quick] [--folder DIR] [--profile DIR] [--only WORD,...]
 *
 * Words: rate, half, keys, idle, memory. The folder is where the data lies: it should be on a disk.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Result } from './load.js'
import { memoryTable } from './memory.js'
import type { System, SystemName } from './system.js'
import { processorSeconds } from './processor.js'
import { killAll, load, pidsOf, startCluster, startReference, stop } from './system.js'

interface Wish {
  readonly rounds: number
  readonly seconds: number
  readonly folder: string
  readonly profile: string | null
  readonly only: readonly string[]
}

const connections = 64
const valueBytes = 100
const manyKeys = 5_000
const mostMinutes = 15

function wishOf(words: readonly string[]): Wish {
  const after = (flag: string): string | null => {
    const at = words.indexOf(flag)
    return at < 0 ? null : (words[at + 1] ?? null)
  }
  const quick = words.includes('--quick')
  const profile = after('--profile')
  return {
    rounds: quick ? 1 : 3,
    seconds: quick ? 4 : 6,
    folder: resolve(after('--folder') ?? '.tmp'),
    profile: profile === null ? null : resolve(profile),
    only: (after('--only') ?? 'rate,half,keys,idle,memory').split(','),
  }
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

class LiveBench {
  readonly #wish: Wish
  readonly #systems: readonly System[]
  #prefix = 0

  constructor(wish: Wish, systems: readonly System[]) {
    this.#wish = wish
    this.#systems = systems
  }

  /** Fresh keys, put once each, for what follows. */
  async #put(system: System, more: Partial<Job> = {}): Promise<Result> {
    this.#prefix++
    return this.#load(system, { kind: 'put', prepare: true, ...more })
  }

  /** Of the keys put last. */
  #get(system: System, more: Partial<Job> = {}): Promise<Result> {
    return this.#load(system, { kind: 'get', ...more })
  }

  async #load(system: System, more: Partial<Job>): Promise<Result> {
    const result = await load({
      ports: system.ports,
      kind: 'put',
      path: `/kv/r${String(this.#prefix)}k`,
      connections,
      keys: manyKeys,
      valueBytes,
      prepare: false,
      seconds: this.#wish.seconds,
      warmUpSeconds: 1,
      perSecond: null,
      pids: pidsOf(system),
      ...more,
    })
    if (result.failed > 0) say(`! ${system.name}: ${String(result.failed)} requests failed`)
    return result
  }

  /** Until the engine has compiled what runs hot; there is more of it in one than in the other. */
  async warmUp(): Promise<void> {
    for (const system of this.#systems) {
      await this.#put(system, { seconds: 2 * this.#wish.seconds })
      await this.#get(system)
    }
  }

  async rate(): Promise<void> {
    await this.warmUp()
    const puts = new Rounds('durable puts')
    const latest = new Rounds('the same, ours last write wins')
    const gets = new Rounds('quorum gets')
    for (let round = 0; round < this.#wish.rounds; round++) {
      for (const system of this.#systems) {
        puts.add(system.name, await this.#put(system))
        gets.add(system.name, await this.#get(system))
        const path = `/buckets/latest/kv/r${String(this.#prefix)}k`
        const isOurs = system.name === 'ours'
        latest.add(system.name, await this.#put(system, isOurs ? { path } : {}))
      }
    }
    say('| | bare a second | ours | ratio | processor us, bare, ours | p50, p99 ms, bare | ours |')
    say('|---|---|---|---|---|---|---|')
    for (const rounds of [puts, latest, gets]) say(rounds.line())
    const ratio = puts.ratio
    say()
    say(`etcd is not on this machine. Arithmetic only: its HTTP gateway was once measured at 4,700`)
    say(
      `puts a second beside 17,000 of a bare reference (0.28), and 6,700 linearizable gets beside`,
    )
    say(`29,000 to 37,000. ${(ratio / (4_700 / 17_000)).toFixed(1)} times its share of puts here,`)
    say(`${(gets.ratio / (6_700 / 33_000)).toFixed(1)} times its share of gets.`)
  }

  /** Open loop, at half of what a closed loop reaches. */
  async half(): Promise<void> {
    say('| at half of the maximum | a second | p50 ms | p99 ms | p99 / p50 |')
    say('|---|---|---|---|---|')
    for (const system of this.#systems) {
      for (const kind of ['put', 'get'] as const) {
        const most = kind === 'put' ? await this.#put(system) : await this.#get(system)
        const perSecond = Math.round(most.perSecond / 2)
        const result =
          kind === 'put'
            ? await this.#put(system, { perSecond })
            : await this.#get(system, { perSecond })
        const { p50Millis, p99Millis } = result
        const factor = (p99Millis / p50Millis).toFixed(1)
        say(
          `| ${system.name} ${kind}s | ${show(result.perSecond)} | ${p50Millis.toFixed(2)} | ` +
            `${p99Millis.toFixed(2)} | ${factor} |`,
        )
      }
    }
  }

  async keys(): Promise<void> {
    const counts = [100, manyKeys, 100_000]
    say('| puts a second with | 100 keys | 5,000 keys | 100,000 keys |')
    say('|---|---|---|---|')
    for (const system of this.#systems) {
      const figures: string[] = []
      for (const keys of counts) figures.push(show((await this.#put(system, { keys })).perSecond))
      say(`| ${system.name} | ${figures.join(' | ')} |`)
    }
  }

  /** Nobody asks anything: percent of a core, a node. */
  async idle(): Promise<void> {
    const seconds = 10
    await sleep(2_000)
    const before = this.#systems.map((system) => processorSeconds(pidsOf(system)))
    await sleep(seconds * 1_000)
    const shares = this.#systems.map((system, index) => {
      const now = processorSeconds(pidsOf(system))
      const then = before[index] ?? null
      if (now === null || then === null) return `${system.name} unknown`
      const percent = ((now - then) / seconds / system.children.length) * 100
      return `${system.name} ${percent.toFixed(2)}%`
    })
    say(`idle, of a core, a node: ${shares.join(', ')}`)
  }
}

class Rounds {
  readonly #what: string
  readonly #results = new Map<SystemName, Result[]>()

  constructor(what: string) {
    this.#what = what
  }

  add(name: SystemName, result: Result): void {
    this.#results.set(name, [...(this.#results.get(name) ?? []), result])
  }

  get ratio(): number {
    return this.#median('ours', 'perSecond') / this.#median('bare', 'perSecond')
  }

  line(): string {
    const millis = (name: SystemName): string =>
      `${this.#median(name, 'p50Millis').toFixed(2)}, ${this.#median(name, 'p99Millis').toFixed(2)}`
    const micros = (name: SystemName): string => this.#median(name, 'processorMicros').toFixed(0)
    const rate = (name: SystemName): string => show(this.#median(name, 'perSecond'))
    return (
      `| ${this.#what} | ${rate('bare')} | ${rate('ours')} | ${this.ratio.toFixed(2)} | ` +
      `${micros('bare')}, ${micros('ours')} | ` +
      `${millis('bare')} | ${millis('ours')} |`
    )
  }

  #median(name: SystemName, field: keyof Result): number {
    const sorted = (this.#results.get(name) ?? [])
      .map((each) => each[field] ?? 0)
      .sort((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? 0
  }
}

const show = (perSecond: number): string => Math.round(perSecond).toLocaleString('en')

async function main(): Promise<void> {
  const wish = wishOf(process.argv.slice(2))
  mkdirSync(wish.folder, { recursive: true })
  const folder = mkdtempSync(`${wish.folder}/bench-live-`)
  setTimeout(() => {
    say('too long: ended')
    killAll()
    process.exit(1)
  }, mostMinutes * 60_000).unref()
  process.on('exit', killAll)
  process.on('SIGINT', () => process.exit(130))
  const load = loadavg().map((each) => each.toFixed(1))
  say(`load average before: ${load.join(', ')}`)
  try {
    const systems = [
      await startReference(`${folder}/bare`, wish.profile),
      await startCluster(`${folder}/ours`, wish.profile),
    ]
    const bench = new LiveBench(wish, systems)
    for (const part of ['rate', 'half', 'keys', 'idle'] as const) {
      if (!wish.only.includes(part)) continue
      await bench[part]()
      say()
    }
    await Promise.all(systems.map(stop))
    if (wish.only.includes('memory')) await memoryTable(`${folder}/memory`, say)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
process.exit(0)
