/** Runs every target in batches, and looks at the memory between them. */
import * as fc from 'fast-check'
import { targets } from './hostile.js'

export interface Result {
  readonly name: string
  /** Tried, all of them or as many as there was time for. */
  readonly inputs: number
  readonly millis: number
  /** Heap and buffers, since after the first batch. */
  readonly grownBytes: number
}

const batch = 20_000
const mostGrownBytes = 64 * 1_048_576

/** `inputs`: for each target. `mostMillis`: for each target, too. */
export function* run(inputs: number, seed: number, mostMillis = Infinity): Generator<Result> {
  for (const { name, property, inputsPerRun = 1 } of targets) {
    const tried = property()
    const begun = performance.now()
    const runs = Math.ceil(inputs / inputsPerRun)
    const step = Math.max(1, Math.floor(batch / inputsPerRun))
    let firstBytes: number | null = null
    let done = 0
    while (done < runs && performance.now() - begun < mostMillis) {
      const numRuns = Math.min(step, runs - done)
      fc.assert(tried, { numRuns, seed: seed + done })
      done += numRuns
      firstBytes ??= heldBytes()
    }
    const grownBytes = heldBytes() - (firstBytes ?? 0)
    if (grownBytes > mostGrownBytes) throw new Error(`${name}: the memory has grown`)
    yield { name, inputs: done * inputsPerRun, millis: performance.now() - begun, grownBytes }
  }
}

/** After a collection, if the process may ask for one. */
function heldBytes(): number {
  const { gc } = globalThis as { readonly gc?: () => void }
  gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
