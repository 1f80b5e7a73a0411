/**
 * `npm run bench:live`: how fast three live nodes are, beside three processes that do the bare
 * minimum, and beside three etcd if there is a program of that name on the PATH: on this machine
 * and its disk, in rounds that take turns. All run at the same time, and only one has load. Ends by
 * itself after some ten minutes, a quick one after four.
 *
 *   npm run bench:live -- [--quick] [--hedge] [--folder DIR] [--profile DIR] [--only WORD,...]
 *
 * Words: rate, etcd, half, keys, idle, memory. The folder is where the data lies: it should be on a
 * disk. `--hedge`: reads of ours ask R nodes first, and not all N as they do unless told.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findEtcd, startEtcd } from './etcd.js'
import type { Job, Result } from './load.js'
import { memoryTable } from './memory.js'
import { headOf, row, Rounds, show, table } from './rounds.js'
import type { System } from './system.js'
import { processorSeconds } from './processor.js'
import { killAll, load, pidsOf, startCluster, startReference, stop } from './system.js'

interface Wish {
  readonly rounds: number
  readonly seconds: number
  readonly folder: string
  readonly profile: string | null
  readonly only: readonly string[]
  readonly hedge: boolean
}

const connections = 64
const valueBytes = 100
const manyKeys = 5_000
const mostMinutes = 15
const warmSeconds = 8
const halfRounds = 2
const leastHalfSeconds = 4

function wishOf(words: readonly string[]): Wish {
  const after = (flag: string): string | null => {
    const at = words.indexOf(flag)
    return at < 0 ? null : (words[at + 1] ?? null)
  }
  const quick = words.includes('--quick')
  const profile = after('--profile')
  return {
    rounds: quick ? 5 : 7,
    seconds: quick ? 1 : 3,
    folder: resolve(after('--folder') ?? '.tmp'),
    profile: profile === null ? null : resolve(profile),
    hedge: words.includes('--hedge'),
    only: (after('--only') ?? 'rate,etcd,half,keys,idle,memory').split(','),
  }
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

class LiveBench {
  readonly #wish: Wish
  readonly #systems: readonly System[]
  readonly #warm = new Set<System>()
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
      dialect: system.name === 'etcd' ? 'etcd' : 'kv',
      path: `/kv/r${String(this.#prefix)}k`,
      connections,
      keys: manyKeys,
      valueBytes,
      prepare: false,
      seconds: this.#wish.seconds,
      warmUpSeconds: 0.5,
      perSecond: null,
      pids: pidsOf(system),
      ...more,
    })
    if (result.failed > 0) say(`! ${system.name}: ${String(result.failed)} requests failed`)
    return result
  }

  /** Until the engine has compiled what runs hot; there is more of it in one than in the other. */
  async warmUp(systems = this.#systems): Promise<void> {
    for (const system of systems) {
      if (this.#warm.has(system)) continue
      this.#warm.add(system)
      await this.#put(system, { seconds: warmSeconds })
      await this.#get(system, { seconds: warmSeconds / 2 })
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
    for (const line of headOf('bare')) say(line)
    for (const rounds of [puts, latest, gets]) say(rounds.line('bare'))
  }

  /** A real store beside ours, where there is one. */
  async etcd(): Promise<void> {
    const program = findEtcd()
    if (program === null) {
      say('etcd is left out: there is no program of that name on the PATH')
      return
    }
    const etcd = await startEtcd(program, `${this.#wish.folder}/etcd`)
    const systems = [etcd, ...this.#systems.filter(({ name }) => name === 'ours')]
    await this.warmUp(systems)
    const puts = new Rounds('durable puts')
    const gets = new Rounds('gets: linearizable, quorum')
    for (let round = 0; round < this.#wish.rounds; round++) {
      for (const system of systems) {
        puts.add(system.name, await this.#put(system))
        gets.add(system.name, await this.#get(system))
      }
    }
    await stop(etcd)
    for (const line of headOf('etcd')) say(line)
    for (const rounds of [puts, gets]) say(rounds.line('etcd'))
  }

  /** Open loop, at half of what a closed loop reaches. */
  async half(): Promise<void> {
    await this.warmUp()
    const names = ['a second', 'p50 ms', 'p99 ms', 'p99 / p50']
    const own = ['busy', 'late by, p99 ms', 'at most']
    const head = table('at half of the maximum', ...names, ...own.map((each) => `load ${each}`))
    for (const line of head) say(line)
    for (let round = 0; round < halfRounds; round++) {
      for (const system of this.#systems) {
        for (const kind of ['put', 'get'] as const) {
          const most = kind === 'put' ? await this.#put(system) : await this.#get(system)
          const perSecond = Math.round(most.perSecond / 2)
          const seconds = Math.max(leastHalfSeconds, this.#wish.seconds)
          const result =
            kind === 'put'
              ? await this.#put(system, { perSecond, seconds })
              : await this.#get(system, { perSecond, seconds })
          say(halfRow(`${system.name} ${kind}s`, result))
        }
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
  /** After a load there is still a snapshot to write, and keys to hash for the next exchange. */
  async idle(): Promise<void> {
    await sleep(2_000)
    const after = await this.#idleShares()
    await sleep(20_000)
    const atRest = await this.#idleShares()
    say(`idle, of a core, a node: ${atRest}; just after the load: ${after}`)
  }

  async #idleShares(): Promise<string> {
    const seconds = 10
    const before = this.#systems.map((system) => processorSeconds(pidsOf(system)))
    await sleep(seconds * 1_000)
    const shares = this.#systems.map((system, index) => {
      const now = processorSeconds(pidsOf(system))
      const then = before[index] ?? null
      if (now === null || then === null) return `${system.name} unknown`
      const percent = ((now - then) / seconds / system.children.length) * 100
      return `${system.name} ${percent.toFixed(2)}%`
    })
    return shares.join(', ')
  }
}

function halfRow(what: string, result: Result): string {
  const { perSecond, p50Millis, p99Millis, busyShare, lateP99Millis, lateMostMillis } = result
  return row([
    ...[what, show(perSecond), p50Millis.toFixed(2), p99Millis.toFixed(2)],
    ...[(p99Millis / p50Millis).toFixed(1), `${(100 * busyShare).toFixed(0)}%`],
    ...[lateP99Millis.toFixed(1), lateMostMillis.toFixed(1)],
  ])
}

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
      await startCluster(`${folder}/ours`, wish.profile, wish.hedge),
    ]
    const bench = new LiveBench({ ...wish, folder }, systems)
    for (const part of ['rate', 'etcd', 'half', 'keys', 'idle'] as const) {
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
