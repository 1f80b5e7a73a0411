/**
 * From plain values to typed ones, piece by piece: a field that fails is left out and reported, and
 * its neighbours are still read, so that one round shows every problem.
 */
import { z } from 'zod'
import { formatProblem, type Problem } from './problem.js'
import { missing, unknownKey } from './schema/scalar.js'
import { cut, type Path, type Plain, type PlainMap, type Source } from './source.js'

/**
 * What decoding leaves of a schema's value: any field may be absent, as it was wrong or not
 * given.
 */
export type Draft<Schema> =
  Schema extends z.ZodObject<infer Shape>
    ? { readonly [Key in keyof Shape]?: Draft<Shape[Key]> | undefined }
    : Schema extends z.ZodOptional<infer Inner>
      ? Draft<Inner> | undefined
      : Schema extends z.ZodArray<infer Element>
        ? readonly (Draft<Element> | undefined)[]
        : z.output<Schema>

/** Collects problems, and knows which parts of the file have some. */
export class Problems {
  readonly #file: string
  readonly #source: Source
  readonly #found: {
    readonly path: Path
    readonly part: 'value' | 'key'
    readonly message: string
  }[] = []
  /** Path of a problem, and each path above one, as text. */
  readonly #at = new Set<string>()
  readonly #above = new Set<string>()

  constructor(source: Source, file: string) {
    this.#source = source
    this.#file = file
  }

  add(path: Path, message: string, part: 'value' | 'key' = 'value'): void {
    this.#found.push({ path, part, message })
    this.#at.add(JSON.stringify(path))
    for (let length = 0; length < path.length; length += 1) {
      this.#above.add(JSON.stringify(path.slice(0, length)))
    }
  }

  /** How many there are so far. */
  get count(): number {
    return this.#found.length
  }

  /** Is anything wrong at this path, inside it or with the whole that it is part of? */
  touch(...path: Path): boolean {
    if (this.#above.has(JSON.stringify(path))) return true
    return path.some((_, index) => this.#at.has(JSON.stringify(path.slice(0, index + 1))))
  }

  /** In the order of the file. */
  list(): Problem[] {
    const slips = new Set(this.#source.problems.map(placeOf))
    const placed: Problem[] = this.#found.map(({ path, part, message }) => {
      return { file: this.#file, ...this.#source.locate(path, part), message }
    })
    // What the text itself got wrong is told once, not again for the value that is missing then.
    const others = placed.filter((problem) => !slips.has(placeOf(problem)))
    const all = distinct([...this.#source.problems, ...others])
    all.sort((left, right) => left.line - right.line || left.column - right.column)
    return cut(all)
  }

  /** Of the value (or the first that stands around where it would be). */
  lineOf(path: Path): number {
    return this.#source.locate(path, 'value').line
  }
}

function placeOf({ line, column }: Problem): string {
  return `${String(line)}:${String(column)}`
}

/** An anchored value that is wrong is wrong wherever an alias repeats it. */
function distinct(problems: readonly Problem[]): Problem[] {
  const byText = new Map(problems.map((problem) => [formatProblem(problem), problem]))
  return [...byText.values()]
}

export function decode<Schema extends z.ZodType>(
  schema: Schema,
  value: Plain | undefined,
  path: Path,
  problems: Problems,
): Draft<Schema> | undefined {
  return decodeAny(schema, value, path, problems) as Draft<Schema> | undefined
}

function decodeAny(
  schema: z.ZodType,
  value: Plain | undefined,
  path: Path,
  problems: Problems,
): unknown {
  if (value === null) {
    problems.add(path, 'nothing stands here: give it a value or remove the key')
    return undefined
  }
  if (schema instanceof z.ZodOptional) {
    if (value === undefined) return undefined
    return decodeAny(schema.unwrap() as z.ZodType, value, path, problems)
  }
  if (value !== undefined && schema instanceof z.ZodObject && isPlainMap(value)) {
    return decodeFields(schema.shape, value, path, problems)
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return decodeItems(schema, value as readonly Plain[], path, problems)
  }
  if (schema instanceof z.ZodUnion) return decodeForms(schema, value, path, problems)
  return decodeWhole(schema, value, path, problems)
}

type Shape = Readonly<Record<string, z.ZodType>>

function decodeFields(shape: Shape, value: PlainMap, path: Path, problems: Problems): unknown {
  const known = Object.keys(shape)
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(shape, key)) problems.add([...path, key], unknownKey(key, known), 'key')
  }
  const entries = Object.entries(shape).map(([key, schema]) => {
    return [key, decodeAny(schema, value[key], [...path, key], problems)] as const
  })
  return Object.fromEntries(entries)
}

function decodeItems(
  schema: z.ZodArray,
  value: readonly Plain[],
  path: Path,
  problems: Problems,
): unknown {
  const issues = schema.safeParse(value).error?.issues ?? []
  for (const issue of issues) {
    if (issue.path.length === 0) tell(issue, value, path, problems)
  }
  const element = schema.element as z.ZodType
  return value.map((item, index) => decodeAny(element, item, [...path, index], problems))
}

/** A union reports its first near miss as if there were no other form; here all are weighed. */
function decodeForms(
  schema: z.ZodUnion,
  value: Plain | undefined,
  path: Path,
  problems: Problems,
): unknown {
  const results = schema.options.map((option) => (option as z.ZodType).safeParse(value))
  const fitting = results.find((result) => result.success)
  if (fitting !== undefined) return fitting.data
  const branch = nearestBranch(
    results.map((result) => result.error?.issues ?? []),
    value,
  )
  if (branch === null) return decodeWhole(schema, value, path, problems)
  for (const issue of branch) tell(issue, value, path, problems)
  return undefined
}

function decodeWhole(
  schema: z.ZodType,
  value: Plain | undefined,
  path: Path,
  problems: Problems,
): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) tell(issue, value, path, problems)
  return undefined
}

/**
 * `value` and `path` are those of the whole that was parsed; the issue's own path goes on from
 * there.
 */
function tell(issue: Issue, value: Plain | undefined, path: Path, problems: Problems): void {
  const at = [...path, ...issue.path.map((step) => (typeof step === 'symbol' ? '' : step))]
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.message.split('\n')
    issue.keys.forEach((key, index) => {
      problems.add([...at, key], lines[index] ?? issue.message, 'key')
    })
    return
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = nearestBranch(issue.errors, valueAt(value, issue.path))
    if (branch === null) problems.add(at, issue.message)
    else
      branch.forEach((inner) => {
        tell(inner, valueAt(value, issue.path), at, problems)
      })
    return
  }
  if (issue.code === 'invalid_key') {
    problems.add(at, issue.issues[0]?.message ?? issue.message, 'key')
    return
  }
  problems.add(
    at,
    issue.message === missing ? `${String(at[at.length - 1])} ${missing}` : issue.message,
  )
}

type Issue = z.core.$ZodIssue

function valueAt(value: Plain | undefined, path: readonly PropertyKey[]): Plain | undefined {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Readonly<Record<PropertyKey, Plain | undefined>>)[step]
  }
  return here
}

/** The form that was most likely meant, or null where the value is of none of their types. */
function nearestBranch(
  branches: readonly (readonly Issue[])[],
  value: Plain | undefined,
): readonly Issue[] | null {
  let best: readonly Issue[] | null = null
  let bestCost = wrongType
  for (const branch of branches) {
    const cost = branch.reduce((sum, issue) => sum + costOf(issue, value), 0)
    if (cost >= bestCost) continue
    best = branch
    bestCost = cost
  }
  return best
}

const wrongType = 1_000_000

function costOf(issue: Issue, value: Plain | undefined): number {
  if (issue.path.length > 0) return 1
  if (issue.code === 'unrecognized_keys') return 10 * issue.keys.length
  if (issue.code === 'invalid_union') {
    const costs = issue.errors.map((branch) => {
      return branch.reduce((sum, inner) => sum + costOf(inner, value), 0)
    })
    return Math.min(wrongType, ...costs)
  }
  // A map or a number where a word is wanted is as wrong as a type can be.
  if (issue.code === 'invalid_value') {
    return typeof value === 'object' || typeof value === 'number' ? wrongType : 1
  }
  // A message of its own (60 has no unit) says more than that none of the forms fits.
  return issue.code === 'invalid_type' && issue.message.startsWith('expected ') ? wrongType : 1
}

function isPlainMap(value: Plain): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
