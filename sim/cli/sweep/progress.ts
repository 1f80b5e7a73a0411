/** How far a sweep is, its rate and failures: a bar on a terminal, else a line now and then. */
import { SingleBar } from 'cli-progress'
import type { SeedResult } from '../../../reports/sweep/model.js'

export interface SweepProgress {
  done(results: readonly Pick<SeedResult, 'verdict'>[]): void
  stop(): void
}

const plainLineMillis = 5_000

export function sweepProgress(label: string, total: number, quiet: boolean): SweepProgress {
  if (quiet) return { done: () => undefined, stop: () => undefined }
  return process.stderr.isTTY ? bar(label, total) : lines(label, total)
}

class Count {
  done = 0
  failures = 0
  readonly #startedMillis = performance.now()

  add(results: readonly Pick<SeedResult, 'verdict'>[]): void {
    this.done += results.length
    for (const { verdict } of results) if (verdict === 'violation') this.failures++
  }

  get rate(): string {
    const seconds = (performance.now() - this.#startedMillis) / 1000
    return (this.done / Math.max(seconds, 0.001)).toFixed(1)
  }
}

function bar(label: string, total: number): SweepProgress {
  const count = new Count()
  const drawn = new SingleBar({
    format: `${label} {bar} {value}/{total} runs, {rate}/s, {failures} failing, {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  })
  drawn.start(total, 0, { rate: '0.0', failures: 0 })
  return {
    done: (results) => {
      count.add(results)
      drawn.update(count.done, { rate: count.rate, failures: count.failures })
    },
    stop: () => drawn.stop(),
  }
}

/** Says nothing of a sweep that is over before anybody would ask. */
function lines(label: string, total: number): SweepProgress {
  const count = new Count()
  let nextMillis = performance.now() + plainLineMillis
  return {
    done: (results) => {
      count.add(results)
      if (performance.now() < nextMillis) return
      nextMillis = performance.now() + plainLineMillis
      process.stderr.write(
        `${label}: ${String(count.done)}/${String(total)} runs, ${count.rate}/s, ` +
          `${String(count.failures)} failing\n`,
      )
    },
    stop: () => undefined,
  }
}
