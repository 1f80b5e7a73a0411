/** The scenario of a swarm seed as text, and the file that a failing one leaves. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plant } from '../../../core/index.js'
import { briefScenario } from '../../../scenarios/brief.js'
import { drawSwarm } from '../../search/swarm.js'
import { quoted } from '../quoted.js'
import type { SwarmResult } from './one.js'

/** What it drew, as a scenario file. */
export function swarmText(seed: number): string {
  const { scenario, core } = drawSwarm(seed)
  const text = briefScenario(scenario) ?? ''
  return `# Drawn from seed ${String(seed)}. After 5 s only the core comes back: ${core.join(' ')}\n${text}`
}

/** A failing seed leaves a file that repeats it. */
export function writeFailure(
  folder: string,
  { seed, problems }: Pick<SwarmResult, 'seed' | 'problems'>,
  plant: Plant | null,
): void {
  if (problems.length === 0) return
  const path = join(folder, `seed-${String(seed)}.yaml`)
  const planted = plant === null ? '' : ` --plant ${plant}`
  const comments = [
    ...problems.map((problem) => problem.replaceAll(/\s+/g, ' ')),
    `npx sim run ${quoted(path)}${planted}`,
    `npx sim shrink ${quoted(path)}${planted}`,
    `npx sim swarm --seeds ${String(seed)}..${String(seed)}${planted}`,
  ]
  const head = comments.map((comment) => `# ${comment}\n`).join('')
  writeFileSync(path, head + swarmText(seed))
}
