/** The end of a swarm, or of several shards of one: the file, the lines, the exit code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import { writeSeals } from '../../../reports/seal.js'
import { exitCodes } from '../exit.js'
import type { SwarmFile } from './summary.js'
import { summaryLines } from './summary.js'

/** `wallMillis` null: nobody knows any more. */
export async function finishSwarm(
  folder: string,
  swarm: SwarmFile,
  json: boolean,
  wallMillis: number | null,
  command: string,
): Promise<void> {
  writeFileSync(join(folder, 'swarm.json'), `${JSON.stringify(swarm, null, 2)}\n`)
  await writeSeals(folder)
  const { done, planned, failures } = swarm
  if (json) process.stdout.write(`${JSON.stringify({ folder, wallMillis, ...swarm })}\n`)
  else {
    const lines = summaryLines(swarm, folder)
    const last = wallMillis === null ? [] : ['', pc.dim(speed(done, wallMillis))]
    const file = `  ${join(folder, 'swarm.json')}`
    process.stdout.write(`${[...lines, '', file, ...last, '', command].join('\n')}\n`)
  }
  const isMerged = wallMillis === null
  if (done < planned && !isMerged) process.exitCode = exitCodes.interrupted
  else if (failures.length > 0) process.exitCode = exitCodes.violation
  else process.exitCode = done < planned ? exitCodes.unknown : exitCodes.ok
}

function speed(done: number, wallMillis: number): string {
  const rate = (done / Math.max(0.001, wallMillis / 1000)).toFixed(1)
  return `${String(done)} seeds in ${(wallMillis / 1000).toFixed(1)} s: ${rate} seeds/s`
}
