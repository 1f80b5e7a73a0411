/** Processor time that processes have taken, as Linux tells it. */
import { readFileSync } from 'node:fs'

/** Of every Linux on every processor that Node runs on. */
const ticksPerSecond = 100

/** Of all together, so far; null where no system says. */
export function processorSeconds(pids: readonly number[]): number | null {
  try {
    return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / ticksPerSecond
  } catch {
    return null
  }
}

function ticksOf(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  // The name in brackets may hold anything; behind it: state, then numbers.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
