/**
 * `npm run test:processes [-- WORDS]`: every trial, or those whose name has these words, one after
 * the other. Some minutes; ends with 1 if one of them found something.
 */
import type { FaultEffect } from '../../reports/bench/model.js'
import { whyNoSmallDisk } from './smalldisk.js'
import { run } from './trial.js'
import { full } from './trials.js'

const words = process.argv.slice(2).join(' ')
const chosen = full.filter(({ name }) => name.includes(words))
let failed = chosen.length === 0 ? 1 : 0
const noSmallDisk = whyNoSmallDisk()
for (const trial of chosen) {
  if (trial.fills !== undefined && noSmallDisk !== null) {
    console.log(`left out ${trial.name}: ${noSmallDisk}`)
    continue
  }
  const { problems, answered, failed: lost, effects } = await run(trial)
  if (problems.length > 0) failed++
  const mark = problems.length === 0 ? 'ok   ' : 'FAIL '
  console.log(`${mark} ${trial.name}: ${String(answered)} answered, ${String(lost)} not`)
  for (const effect of effects) console.log(`        ${told(effect)}`)
  for (const problem of problems) console.log(`      ${problem}`)
}
console.log(`${String(chosen.length)} tried, ${String(failed)} failed`)
process.exitCode = failed === 0 ? 0 : 1

function told({ window, failoverMicros, lastErrorMicros, recoveryMicros, lagMicros }: FaultEffect) {
  const seconds = (micros: number | null): string =>
    micros === null ? '–' : `${(micros / 1e6).toFixed(2)} s`
  return (
    `${window.label}: failover ${seconds(failoverMicros)}, last error ${seconds(lastErrorMicros)}, ` +
    `recovery ${seconds(recoveryMicros)}, replication lag ${seconds(lagMicros)}`
  )
}
