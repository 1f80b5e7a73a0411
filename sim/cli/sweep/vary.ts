/**
 * `--vary path=v1,v2`: the scenario with one setting changed, once per value; several flags make
 * all combinations.
 */
import { isNode, isSeq, LineCounter, parse, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import type { Variant } from '../../../reports/sweep/model.js'
import { loadScenario } from '../../../scenarios/load.js'
import { formatProblem } from '../../../scenarios/problem.js'
import type { Scenario } from '../../../scenarios/model.js'
import { BadInput } from '../exit.js'

interface Setting {
  readonly path: string
  readonly value: string
}

/** More cannot be compared in a table; each is run with every seed. */
const mostVariants = 64

export interface Base {
  readonly text: string
  readonly file: string
  /** Of the text as it stands, which has no problems. */
  readonly scenario: Scenario
}

export function variantsOf(base: Base, flags: readonly string[]): readonly Variant[] {
  let combinations: (readonly Setting[])[] = [[]]
  const paths = new Set<string>()
  for (const flag of flags) {
    const settings = settingsOf(flag)
    const [{ path } = { path: '' }] = settings
    if (paths.has(path)) {
      throw new BadInput(
        `--vary ${flag}: ${path} is varied already; write all its values in one --vary`,
      )
    }
    paths.add(path)
    combinations = combinations.flatMap((some) => settings.map((one) => [...some, one]))
    if (combinations.length > mostVariants) {
      throw new BadInput(`--vary: more than ${String(mostVariants)} variants; give fewer values`)
    }
  }
  if (flags.length === 0) return [{ name: '', scenario: base.scenario }]
  return combinations.map((settings) => variantOf(base, settings))
}

function settingsOf(flag: string): readonly Setting[] {
  const equals = flag.indexOf('=')
  const path = flag.slice(0, Math.max(0, equals)).trim()
  const example = '--vary cluster.replication.r=1,2,3'
  if (path === '' || path.split('.').includes('')) {
    throw new BadInput(`--vary ${flag}: write a setting's path and its values, such as ${example}`)
  }
  if (path === 'seed') throw new BadInput(`--vary ${flag}: --seeds says which seeds are run`)
  const values = splitValues(flag.slice(equals + 1))
  if (values.includes('')) {
    throw new BadInput(`--vary ${flag}: a value is missing; write them as in ${example}`)
  }
  if (new Set(values).size < values.length) {
    throw new BadInput(`--vary ${flag}: a value stands there twice; name each once`)
  }
  return values.map((value) => ({ path, value }))
}

/** At commas that are in no bracket: `workload.mix={get: 50%, put: 50%},{get: 90%, put: 10%}`. */
function splitValues(text: string): readonly string[] {
  const values = ['']
  let depth = 0
  for (const character of text) {
    if ('[{'.includes(character)) depth++
    if (']}'.includes(character)) depth--
    if (character === ',' && depth === 0) values.push('')
    else values[values.length - 1] += character
  }
  return values.map((value) => value.trim())
}

function variantOf({ text, file }: Base, settings: readonly Setting[]): Variant {
  const name = settings.map(({ path, value }) => `${path}=${value}`).join(' ')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  // Where the settings stand in the file as the user sees it.
  const places = settings.map(({ path }) => placeOf(document, lines, stepsOf(path)))
  for (const setting of settings) change(document, setting)
  const loaded = loadScenario({ text: document.toString({ lineWidth: 0 }), file })
  if (loaded.problems === undefined) return { name, scenario: loaded.scenario }
  const place = places[0] ?? { line: 1, column: 1 }
  const problems = loaded.problems.map(({ message }) =>
    formatProblem({ file, ...place, message: `with --vary ${name}: ${message}` }),
  )
  throw new BadInput([...new Set(problems)].join('\n'))
}

const stepsOf = (path: string): readonly (string | number)[] =>
  path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step))

function change(document: Document, { path, value }: Setting): void {
  let parsed: unknown
  try {
    parsed = parse(value)
  } catch {
    throw new BadInput(`--vary ${path}=${value}: the value is not readable as YAML`)
  }
  refuseMissingItem(document, path)
  try {
    document.setIn(stepsOf(path), document.createNode(parsed))
  } catch {
    // A plain value where the path goes on, or an alias.
    throw new BadInput(`--vary ${path}: the scenario has no map or list there; look at its path`)
  }
}

/** A list would get holes. One more at its end can be given whole. */
function refuseMissingItem(document: Document, path: string): void {
  const steps = stepsOf(path)
  for (const [index, step] of steps.entries()) {
    const above = path.split('.').slice(0, index).join('.')
    const list: unknown = document.getIn(steps.slice(0, index), true)
    if (!isSeq(list)) continue
    const count = list.items.length
    const isThere = typeof step === 'number' && step < count
    if (isThere || (step === count && index === steps.length - 1)) continue
    const items =
      count === 1 ? `one item, ${above}.0` : `items ${above}.0 to ${above}.${String(count - 1)}`
    const known = count === 0 ? 'is empty' : `has ${items}`
    throw new BadInput(`--vary ${path}: there is no ${above}.${String(step)}: ${above} ${known}`)
  }
}

/** Of the value, or of the nearest thing around it that is there. */
function placeOf(
  document: Document,
  lines: LineCounter,
  steps: readonly (string | number)[],
): { readonly line: number; readonly column: number } {
  for (let length = steps.length; length > 0; length--) {
    const part = steps.slice(0, length)
    const node: unknown = document.hasIn(part) ? document.getIn(part, true) : undefined
    if (!isNode(node) || !node.range) continue
    const { line, col } = lines.linePos(node.range[0])
    return { line, column: col }
  }
  return { line: 1, column: 1 }
}
