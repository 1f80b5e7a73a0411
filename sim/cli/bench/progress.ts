/** How far a benchmark is: a bar on a terminal, else a line now and then. */
import { SingleBar } from 'cli-progress'
import type { Bench } from '../../../net/bench/bench.js'
import type { BenchPlan } from '../../../net/bench/plan.js'

export interface BenchProgress {
  stop(): void
}

const barMillis = 200
const plainLineMillis = 5_000

export function benchProgress(bench: Bench, plan: BenchPlan, quiet: boolean): BenchProgress {
  if (quiet) return { stop: () => undefined }
  return process.stderr.isTTY ? bar(bench, plan) : lines(bench, plan)
}

function phaseOf({ counts, measuredFromNanos }: Bench): string {
  if (measuredFromNanos !== null) return 'measuring'
  return counts.warmUp > 0 ? 'warming up' : 'writing keys'
}

function bar(bench: Bench, plan: BenchPlan): BenchProgress {
  const drawn = new SingleBar({
    format: 'bench {bar} {value}/{total} {phase}, {failed} failed',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  })
  drawn.start(plan.operations, 0, { phase: 'writing keys', failed: 0 })
  const timer = setInterval(() => {
    const { measured, fail, info } = bench.counts
    drawn.update(measured, { phase: phaseOf(bench), failed: fail + info })
  }, barMillis)
  return {
    stop: () => {
      clearInterval(timer)
      drawn.stop()
    },
  }
}

/** Says nothing of what is over before anybody would ask. */
function lines(bench: Bench, plan: BenchPlan): BenchProgress {
  const noun = plan.type === 'txn' ? 'transactions' : 'operations'
  const timer = setInterval(() => {
    const { loaded, warmUp, measured, fail, info } = bench.counts
    if (bench.measuredFromNanos === null) {
      const [done, all] = warmUp > 0 ? [warmUp, plan.warmUp] : [loaded, plan.keyCount]
      process.stderr.write(`bench: ${phaseOf(bench)}, ${String(done)} of ${String(all)}\n`)
      return
    }
    // With faults the load goes on until they are over, however many operations that takes.
    const isOver = measured >= plan.operations
    const far = isOver
      ? `${noun}, until the faults are over`
      : `of ${String(plan.operations)} ${noun}`
    process.stderr.write(
      `bench: ${phaseOf(bench)}, ${String(measured)} ${far}, ${String(fail + info)} failed\n`,
    )
  }, plainLineMillis)
  return { stop: () => clearInterval(timer) }
}
