/**
 * From YAML text to plain values, with the way back from a value to its line and column.
 * Hostile text (huge, deep, full of aliases, broken) gives problems, never an exception and
 * never a long wait.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { Problem } from './problem.js'
import { quote } from './unit.js'

export type Path = readonly (string | number)[]
export type Plain = null | boolean | number | string | readonly Plain[] | PlainMap
export interface PlainMap {
  readonly [key: string]: Plain
}

export interface Source {
  readonly value: Plain
  /** What is wrong with the text itself but leaves the rest readable. */
  readonly problems: readonly Problem[]
  /** Where the value at that path stands, or its key; of a missing one, where its parent stands. */
  readonly locate: (path: Path, part: 'value' | 'key') => Position
}
export interface Position {
  readonly line: number
  readonly column: number
}

/** The most that a scenario file may hold; a real one has a tenth of a percent of it. */
const most = { characters: 1_048_576, depth: 32, nodes: 100_000, aliases: 100, problems: 100 }

/** What such a file is called, and what it has at the least, so that complaints speak of it. */
export interface Wording {
  readonly noun: string
  readonly least: string
  readonly start: string
}

const scenarioWording: Wording = {
  noun: 'scenario',
  least: 'a name',
  start: 'name: my-scenario',
}

/** The source, or the problems that leave nothing to read. */
export function readSource(
  text: string,
  file: string,
  wording = scenarioWording,
): Source | readonly Problem[] {
  const refusal = refuseUnread(text, wording)
  if (refusal !== null) return [{ file, ...refusal }]
  const lineCounter = new LineCounter()
  const parsed = parse(text, lineCounter)
  if (typeof parsed === 'string') {
    return [{ file, line: 1, column: 1, message: `not readable as YAML: ${parsed}` }]
  }
  const position = (offset: number): Position => positionOf(lineCounter, offset)
  const place = (complaints: readonly Complaint[]): readonly Problem[] =>
    complaints.map(({ at, message }) => ({ file, ...position(at), message }))
  const complaints = syntaxProblems(parsed, text, wording)
  if (complaints.length > 0) return place(complaints)
  const reader = new Reader(slipsOf(parsed, wording), wording)
  const value = reader.read(parsed.contents)
  if (value === null) return place(cut(reader.problems))
  return {
    value,
    problems: place(reader.problems),
    locate: (path, part) => position(offsetOf(parsed, reader.targets, path, part)),
  }
}

interface Complaint {
  readonly at: number
  readonly message: string
}

/**
 * What can be refused before the YAML library sees it: it recurses, so depth must be bounded
 * first.
 */
function refuseUnread(
  text: string,
  { noun }: Wording,
): (Position & { readonly message: string }) | null {
  if (text.length > most.characters) {
    return { line: 1, column: 1, message: 'the file is larger than 1 MiB' }
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) {
    return { ...countLines(text, nul), message: 'a NUL byte: this is not a text file' }
  }
  const deep = tooDeepAt(text)
  if (deep >= 0) {
    const message = `nested more than ${String(most.depth)} deep: no ${noun} needs that`
    return { ...countLines(text, deep), message }
  }
  return null
}

/**
 * Offset at which nesting passes the limit, or -1. It over-counts (brackets in strings count,
 * unless closed), which harms nobody: the limit is four times what the deepest scenario needs.
 */
function tooDeepAt(text: string): number {
  let brackets = 0
  let lead = 0
  let leading = true
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? ''
    if (character === '\n') {
      lead = 0
      leading = true
      continue
    }
    if (character === '[' || character === '{') brackets += 1
    else if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1)
    leading &&= ' -?:'.includes(character)
    // Two columns a level is the least that block nesting takes, indicators included.
    if (leading) lead += 1
    if (brackets > most.depth || lead > 8 * most.depth) return index
  }
  return -1
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed | string {
  try {
    // Duplicate keys are found below: the library compares all pairs, which a large map turns
    // into minutes.
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      merge: false,
    })
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown error'
  }
}

function syntaxProblems(document: Document.Parsed, text: string, wording: Wording): Complaint[] {
  const found = document.errors.map((error) => complaintOf(error, wording))
  if (found.length === 0 && document.contents === null) {
    const message = text.trim() === '' ? 'the file is empty' : 'the file holds nothing but comments'
    return [{ at: 0, message: `${message}: a ${wording.noun} needs at least ${wording.least}` }]
  }
  const seen = new Set<string>()
  const distinct = found.filter(({ at, message }) => {
    const known = seen.has(`${String(at)} ${message}`)
    seen.add(`${String(at)} ${message}`)
    return !known
  })
  return cut(distinct)
}

/** What the library only warns of. */
function slipsOf(document: Document.Parsed, wording: Wording): Complaint[] {
  const slips = document.warnings.map((error) => complaintOf(error, wording))
  if (document.directives.yaml.version === '1.2') return slips
  return [{ at: 0, message: `${wording.noun}s are YAML 1.2: remove the %YAML line` }, ...slips]
}

function complaintOf(error: YAMLError, { noun }: Wording): Complaint {
  return { at: error.pos[0], message: syntaxMessage(error.code, error.message, noun) }
}

function syntaxMessage(code: string, message: string, noun: string): string {
  if (code === 'MULTIPLE_DOCS') {
    return `a second document starts here: a file holds one ${noun}, so remove what follows`
  }
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line: use spaces'
  if (code === 'TAG_RESOLVE_FAILED') return `tags (!name) are not used in ${noun}s: remove it`
  return `YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

/** Turns the library's nodes into plain values, counting as it goes. */
class Reader {
  readonly problems: Complaint[]
  /** alias -> the node it stands for. */
  readonly targets = new Map<Node, Node>()
  /** The last node of each anchor so far: an alias means the nearest one before it. */
  readonly #anchors = new Map<string, Node>()
  readonly #wording: Wording
  #nodes = 0
  #aliases = 0
  #full = false

  constructor(slips: readonly Complaint[], wording: Wording) {
    this.problems = [...slips]
    this.#wording = wording
  }

  /** null if there is nothing to go on with. */
  read(contents: Node | null): Plain {
    const value = this.#value(contents, 0)
    if (this.#full) return null
    if (isMap(contents) || isAlias(contents)) return value
    const { noun, start } = this.#wording
    return this.#complain(contents, `a ${noun} is a map at the top level: start with \`${start}\``)
  }

  #value(node: Node | null, depth: number): Plain {
    this.#nodes += 1
    if (this.#full) return null
    if (this.#nodes > most.nodes) return this.#stop(node, 'more than 100000 values in one file')
    if (depth > most.depth) return this.#stop(node, `nested more than ${String(most.depth)} deep`)
    if (isAlias(node)) return this.#alias(node, depth)
    if (isNode(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isMap(node)) return this.#map(node, depth)
    if (isSeq(node)) return node.items.map((item) => this.#value(item as Node | null, depth + 1))
    if (isScalar(node)) return this.#scalar(node, node.value)
    return null
  }

  #alias(node: Alias, depth: number): Plain {
    this.#aliases += 1
    if (this.#aliases > most.aliases) return this.#stop(node, 'more than 100 aliases (*name)')
    const target = this.#anchors.get(node.source)
    if (target === undefined) {
      return this.#complain(node, `no anchor &${node.source} stands before this alias`)
    }
    this.targets.set(node, target)
    return this.#value(target, depth + 1)
  }

  #map(node: YAMLMap, depth: number): Plain {
    const result = Object.create(null) as Record<string, Plain>
    for (const pair of node.items) {
      const key = this.#key(pair, node)
      if (key === null) continue
      const { key: keyNode } = pair as Pair<Node, Node | null>
      if (key in result) this.#complain(keyNode, `${quote(key)} stands here twice: remove one`)
      result[key] = this.#value(pair.value as Node | null, depth + 1)
    }
    return result
  }

  #key(pair: Pair, map: YAMLMap): string | null {
    const node = pair.key as Node | null
    if (isScalar(node) && node.value === '__proto__') {
      this.#complain(node, '"__proto__" is not known here')
      return null
    }
    if (isScalar(node) && typeof node.value === 'string') return node.value
    if (isScalar(node) && typeof node.value === 'number') return String(node.value)
    this.#complain(node ?? map, 'a key must be a plain word')
    return null
  }

  #scalar(node: Node, value: unknown): Plain {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return value
    return this.#complain(node, 'only maps, lists, texts, numbers, true and false are used here')
  }

  #complain(node: Node | null, message: string): null {
    this.problems.push({ at: node?.range?.[0] ?? 0, message })
    return null
  }

  #stop(node: Node | null, message: string): null {
    this.#full = true
    return this.#complain(node, `${message}: too much for a ${this.#wording.noun}`)
  }
}

function offsetOf(
  document: Document.Parsed,
  targets: ReadonlyMap<Node, Node>,
  path: Path,
  part: 'value' | 'key',
): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = targets.get(node) ?? null
    const wanted = index === path.length - 1 ? part : 'value'
    const found = childOf(node, step, wanted)
    if (found === null) return offset
    offset = found.offset
    node = found.node
  }
  return offset
}

function childOf(
  node: Node | null,
  step: string | number,
  part: 'value' | 'key',
): { readonly node: Node | null; readonly offset: number } | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined
    return item?.range ? { node: item, offset: item.range[0] } : null
  }
  if (!isMap(node)) return null
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step)
  if (pair === undefined) return null
  const key = pair.key as Node
  const value = pair.value as Node | null
  const at = part === 'key' || value === null ? key : value
  return { node: value, offset: at.range?.[0] ?? 0 }
}

function positionOf(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function countLines(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** A page of problems helps; ten thousand of them are one problem. */
export function cut<Item extends { readonly message: string }>(items: readonly Item[]): Item[] {
  const kept = items.slice(0, most.problems)
  const last = items[most.problems]
  if (last === undefined) return kept
  const message = `and ${String(items.length - most.problems)} more problems`
  return [...kept, { ...last, message }]
}
