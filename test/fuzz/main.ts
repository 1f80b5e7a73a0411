/**
 * `npm run fuzz [-- INPUTS [SEED]]`: a million hostile inputs for each decoder of what comes from
 * outside, the same ones every time unless another seed is given. Ends with 1 and the smallest
 * input that was not borne; memory must not have grown either.
 */
import { run } from './run.js'

const inputs = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? 20_261_126)
/** For each decoder; whoever asks for more inputs than fit is told how many were tried. */
const mostMillis = 300_000

if (![inputs, seed].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('npm run fuzz -- INPUTS SEED: whole numbers, such as 1000000 7')
  process.exit(3)
}
console.log(`seed ${String(seed)}, ${String(inputs)} inputs each`)
for (const { name, inputs: tried, millis, grownBytes } of run(inputs, seed, mostMillis)) {
  const seconds = (millis / 1_000).toFixed(1)
  const grown = (grownBytes / 1_048_576).toFixed(1)
  const mark = tried < inputs ? 'time is up' : 'ok'
  console.log(`${mark} ${name}: ${String(tried)} in ${seconds} s, memory ${grown} MiB more`)
}
process.exit(0)
