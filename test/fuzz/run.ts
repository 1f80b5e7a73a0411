/** Runs every target in batches, and looks at the heap between them. */
import * as fc from 'fast-check'
import { targets } from './hostile.js'

export interface Result {
  readonly name: string
  readonly millis: number
  /** Since after the first batch. */
  readonly grownBytes: number
}

const batch = 20_000
const mostGrownBytes = 64 * 1_048_576

export function* run(runs: number, seed: number): Generator<Result> {
  for (const { name, property } of targets) {
    const tried = property()
    const begun = performance.now()
    let firstBytes = 0
    for (let done = 0; done < runs; done += batch) {
      fc.assert(tried, { numRuns: Math.min(batch, runs - done), seed: seed + done })
      if (done === 0) firstBytes = heapBytes()
    }
    const grownBytes = heapBytes() - firstBytes
    if (grownBytes > mostGrownBytes) throw new Error(`${name}: the heap has grown`)
    yield { name, millis: performance.now() - begun, grownBytes }
  }
}

/** After a collection, if the process may ask for one. */
function heapBytes(): number {
  const { gc } = globalThis as { readonly gc?: () => void }
  gc?.()
  return process.memoryUsage().heapUsed
}
