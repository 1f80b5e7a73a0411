/**
 * What a second worker of `sim sweep` gains, and beside it what this machine gives a second copy of
 * the bare loop: processors share caches and memory, and an engine's collector and compiler have
 * threads of their own, so that two of anything are less than twice as fast as one.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const seeds = 100
const target = 1.8

const built = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Seconds by the clock, of so many copies of one command at once. */
async function secondsOf(copies: number, words: readonly string[]): Promise<number> {
  const startedMillis = performance.now()
  await Promise.all(Array.from({ length: copies }, () => ended(words)))
  return (performance.now() - startedMillis) / 1_000
}

function ended(words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, words, { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${words.join(' ')}: ended with ${String(code)}`))
    })
  })
}

async function sweepSeconds(workers: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const options = ['--seeds', `1..${String(seeds)}`, '--workers', String(workers)]
  const scenario = built('../scenarios/partition.yaml')
  const out = ['--out', join(folder, 'sweep')]
  try {
    return await secondsOf(1, [built('sim/cli/main.js'), 'sweep', scenario, ...options, ...out])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function workersLines(): Promise<readonly string[]> {
  if (availableParallelism() < 2) return ['left out: there is one processor only']
  const bare = built('test/bench/bare.js')
  const alone = await secondsOf(1, [bare])
  const together = await secondsOf(2, [bare])
  const one = await sweepSeconds(1)
  const two = await sweepSeconds(2)
  const gain = one / two
  return [
    `two copies of the bare loop at once: ${((2 * alone) / together).toFixed(2)}x the work of one`,
    `a sweep of ${String(seeds)} seeds: one worker ${one.toFixed(1)} s, two ${two.toFixed(1)} s, ` +
      `${gain.toFixed(2)}x; target ${String(target)}: ${gain >= target ? 'met' : 'missed'}`,
  ]
}
