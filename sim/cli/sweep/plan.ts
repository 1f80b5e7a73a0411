/** Which seeds, on how many threads; or which flag makes no sense, and how to mend it. */
import { availableParallelism } from 'node:os'
import { BadInput } from '../exit.js'
import type { Task } from './worker.js'

export interface SeedRange {
  readonly from: number
  /** Included. */
  readonly to: number
}

export interface Shard {
  /** From 1. */
  readonly index: number
  readonly count: number
}

/** All results are kept until the end; a million of them are some hundred megabytes. */
const mostRuns = 1_000_000

export function parseSeeds(text: string): SeedRange {
  const match = /^(\d+)\.\.(\d+)$/.exec(text.trim())
  if (match === null) {
    const hint = /^[1-9]\d*$/.test(text) ? `1..${text}` : '1..200'
    throw new BadInput(`--seeds ${text}: give the first and the last seed, such as ${hint}`)
  }
  const range = { from: Number(match[1]), to: Number(match[2]) }
  if (!Number.isSafeInteger(range.from) || !Number.isSafeInteger(range.to)) {
    throw new BadInput(`--seeds ${text}: seeds go from 0 to 9007199254740991`)
  }
  if (range.from > range.to) {
    const turned = `${String(range.to)}..${String(range.from)}`
    throw new BadInput(`--seeds ${text}: holds no seed; ${turned} holds some`)
  }
  return range
}

export function parseShard(text: string | undefined): Shard | null {
  if (text === undefined) return null
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim())
  if (match === null) throw new BadInput(`--shard ${text}: write which of how many, such as 1/4`)
  const shard = { index: Number(match[1]), count: Number(match[2]) }
  if (shard.count < 1) throw new BadInput(`--shard ${text}: of at least one, such as 1/1`)
  if (shard.index < 1 || shard.index > shard.count) {
    const last = String(shard.count)
    throw new BadInput(`--shard ${text}: shards are counted 1/${last} to ${last}/${last}`)
  }
  return shard
}

export function checkedWorkers(workers: number | undefined): number {
  const processors = availableParallelism()
  if (workers === undefined) return processors
  const most = Math.max(16, 4 * processors)
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > most) {
    throw new BadInput(
      `--workers: give a whole number from 1 to ${String(most)}; this machine has ` +
        `${String(processors)} processors, which is the default`,
    )
  }
  return workers
}

/** By seed, then by variant, so that an interrupted sweep has all variants of the seeds it has. */
export function tasksOf(range: SeedRange, shard: Shard | null, variants: number): readonly Task[] {
  const step = shard?.count ?? 1
  const first = range.from + (shard?.index ?? 1) - 1
  const seeds = Math.max(0, Math.floor((range.to - first) / step) + 1)
  if (seeds === 0) {
    const all = String(range.to - range.from + 1)
    throw new BadInput(
      `--shard ${String(shard?.index)}/${String(step)}: holds no seed, for there are only ${all}; ` +
        'take fewer shards or more seeds',
    )
  }
  if (seeds * variants > mostRuns) {
    throw new BadInput(
      `--seeds: ${String(seeds * variants)} runs are more than the ${String(mostRuns)} that one sweep ` +
        'takes; split them with --shard 1/n and put them together with sim merge',
    )
  }
  const tasks: Task[] = []
  for (let i = 0; i < seeds; i++) {
    for (let variant = 0; variant < variants; variant++) {
      tasks.push({ seed: first + i * step, variant })
    }
  }
  return tasks
}
