/**
 * `npm run fuzz [-- RUNS]`: a million hostile inputs for each decoder of the ports between nodes,
 * with new ones every time. Ends with 1 and the smallest input that was not borne; the heap must
 * not have grown either.
 */
import { run } from './run.js'

const runs = Number(process.argv[2] ?? 1_000_000)
const seed = Date.now() % 2 ** 31
if (!Number.isSafeInteger(runs) || runs < 1) {
  console.error('npm run fuzz -- RUNS: a whole number, such as 1000000')
  process.exit(3)
}
console.log(`seed ${String(seed)}, ${String(runs)} inputs each`)
for (const { name, millis, grownBytes } of run(runs, seed)) {
  const seconds = (millis / 1_000).toFixed(1)
  console.log(`ok ${name}: ${seconds} s, heap ${(grownBytes / 1_048_576).toFixed(1)} MiB`)
}
process.exit(0)
