/** The file of a failure made small: a scenario that repeats it, and says what of. */
import type { Plant } from '../../../core/index.js'
import { briefScenario } from '../../../scenarios/brief.js'
import type { Scenario } from '../../../scenarios/model.js'
import { writeScenario } from '../../../scenarios/write.js'
import { operationsOf } from '../../search/change.js'
import { quoted } from '../quoted.js'
import type { Failure } from './failure.js'

export interface ShrunkFile {
  readonly scenario: Scenario
  /** What it was made of. */
  readonly from: Pick<Scenario, 'name' | 'seed'>
  /** As the small scenario shows it. */
  readonly failure: Pick<Failure, 'check' | 'summary'>
  readonly command: string
}

/** Of a long list of operations nobody asks which defaults stand around it. */
const mostBrief = 300

export function shrunkText({ scenario, from, failure, command }: ShrunkFile): string {
  const told = { ...scenario, about: `${failure.check}: ${failure.summary}` }
  const comments = [`Shrunk from ${from.name} with seed ${String(from.seed)}.`, command]
  const head = comments.map((comment) => `# ${comment}\n`).join('')
  const isShort = operationsOf(scenario).length <= mostBrief
  return head + ((isShort ? briefScenario(told) : null) ?? writeScenario(told))
}

export const repeatCommand = (path: string, plant: Plant | null): string =>
  `npx sim run ${quoted(path)}${plant === null ? '' : ` --plant ${plant}`}`
