/**
 * JSON as text: checked, and taken apart into raw pieces, without making an object of it. So a
 * value comes back letter for letter (`1.0`, `12345678901234567890`, doubled names), `__proto__` is
 * a name like any other, and depth costs a counter, not a stack.
 *
 * RFC 8259, strictly: what `JSON.parse` refuses is refused here, which a test checks.
 */

export interface JsonProblem {
  /** Where in the text, in code units. */
  readonly at: number
  readonly message: string
}

export type Members = ReadonlyMap<string, string>

const [quote, comma, minus, dot, zero, nine, colon] = [34, 44, 45, 46, 48, 57, 58] as const
const [open, backslash, close, openBrace, closeBrace] = [91, 92, 93, 123, 125] as const

/** Index behind what was read; negative: what was not understood begins at `-index - 1`. */
type End = number
const bad = (at: number): End => -at - 1
/** Longer than any text: sets what is nested too deeply apart. */
const deep = 2 ** 40
const tooDeep = (at: number): End => bad(at) - deep

/** The members of one object: name -> raw text of the value. A name may come once. */
export function membersOf(text: string, maxDepth: number): Members | JsonProblem {
  const members = new Map<string, string>()
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== openBrace) return { at, message: 'a JSON object is expected' }
  at = skipSpace(text, at + 1)
  if (text.charCodeAt(at) === closeBrace) return ended(text, at + 1, members)
  for (;;) {
    const nameEnd = stringEnd(text, at)
    if (nameEnd < 0) return problem(text, nameEnd)
    const name = JSON.parse(text.slice(at, nameEnd)) as string
    if (members.has(name)) return { at, message: 'a name comes twice' }
    at = skipSpace(text, nameEnd)
    if (text.charCodeAt(at) !== colon) return problem(text, bad(at))
    const start = skipSpace(text, at + 1)
    const end = valueEnd(text, start, maxDepth)
    if (end < 0) return problem(text, end)
    members.set(name, text.slice(start, end))
    at = skipSpace(text, end)
    const next = text.charCodeAt(at)
    if (next === closeBrace) return ended(text, at + 1, members)
    if (next !== comma) return problem(text, bad(at))
    at = skipSpace(text, at + 1)
  }
}

/** The elements of one array: the raw text of each. */
export function elementsOf(text: string, maxDepth: number): readonly string[] | JsonProblem {
  const elements: string[] = []
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== open) return { at, message: 'a JSON array is expected' }
  at = skipSpace(text, at + 1)
  if (text.charCodeAt(at) === close) return ended(text, at + 1, elements)
  for (;;) {
    const end = valueEnd(text, at, maxDepth)
    if (end < 0) return problem(text, end)
    elements.push(text.slice(at, end))
    at = skipSpace(text, end)
    const next = text.charCodeAt(at)
    if (next === close) return ended(text, at + 1, elements)
    if (next !== comma) return problem(text, bad(at))
    at = skipSpace(text, at + 1)
  }
}

/** Null: the whole text is one JSON value. */
export function jsonProblem(text: string, maxDepth: number): JsonProblem | null {
  const end = valueEnd(text, skipSpace(text, 0), maxDepth)
  if (end < 0) return problem(text, end)
  const rest = skipSpace(text, end)
  return rest === text.length ? null : problem(text, bad(rest))
}

/** Nothing but space may follow. */
function ended<T>(text: string, end: number, read: T): T | JsonProblem {
  const rest = skipSpace(text, end)
  return rest === text.length ? read : problem(text, bad(rest))
}

function problem(text: string, end: End): JsonProblem {
  const at = -end - 1
  if (at >= deep) return { at: at - deep, message: 'nested too deeply' }
  if (at >= text.length) return { at: text.length, message: 'the text ends too early' }
  return { at, message: 'not JSON' }
}

function valueEnd(text: string, start: number, maxDepth: number): End {
  // Which kind each open bracket is: one bit would do, but the depth is bounded anyhow.
  const kinds: boolean[] = []
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === openBrace || code === open) {
      if (kinds.length >= maxDepth) return tooDeep(at)
      const isObject = code === openBrace
      const inside = skipSpace(text, at + 1)
      if (text.charCodeAt(inside) === (isObject ? closeBrace : close)) at = inside + 1
      else {
        kinds.push(isObject)
        at = isObject ? nameEnd(text, inside) : inside
        if (at < 0) return at
        continue
      }
    } else {
      at = scalarEnd(text, at, code)
      if (at < 0) return at
    }
    at = afterValue(text, at, kinds)
    if (at < 0 || kinds.length === 0) return at
  }
}

/** Behind a value: closes what closes here, and goes on to where the next value begins. */
function afterValue(text: string, end: number, kinds: boolean[]): End {
  let at = end
  while (kinds.length > 0) {
    const isObject = kinds[kinds.length - 1] as boolean
    at = skipSpace(text, at)
    const code = text.charCodeAt(at)
    if (code === comma) {
      const next = skipSpace(text, at + 1)
      return isObject ? nameEnd(text, next) : next
    }
    if (code !== (isObject ? closeBrace : close)) return bad(at)
    kinds.pop()
    at++
  }
  return at
}

/** A name and its colon: where the value begins. */
function nameEnd(text: string, start: number): End {
  const end = stringEnd(text, start)
  if (end < 0) return end
  const at = skipSpace(text, end)
  return text.charCodeAt(at) === colon ? skipSpace(text, at + 1) : bad(at)
}

function scalarEnd(text: string, at: number, code: number): End {
  if (code === quote) return stringEnd(text, at)
  if (code === minus || (code >= zero && code <= nine)) return numberEnd(text, at)
  for (const word of ['true', 'false', 'null']) {
    if (text.startsWith(word, at)) return at + word.length
  }
  return bad(at)
}

function stringEnd(text: string, start: number): End {
  if (text.charCodeAt(start) !== quote) return bad(start)
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    if (code < 0x20) return bad(at)
    if (code !== backslash) continue
    at++
    const escaped = text.charAt(at)
    if (escaped === 'u') {
      for (let i = 1; i <= 4; i++) if (!isHex(text.charCodeAt(at + i))) return bad(at + i)
      at += 4
    } else if (escaped === '' || !'"\\/bfnrt'.includes(escaped)) return bad(at)
  }
  return bad(text.length)
}

function numberEnd(text: string, start: number): End {
  let at = text.charCodeAt(start) === minus ? start + 1 : start
  if (text.charCodeAt(at) === zero) at++
  else {
    at = digitsEnd(text, at)
    if (at < 0) return at
  }
  if (text.charCodeAt(at) === dot) {
    at = digitsEnd(text, at + 1)
    if (at < 0) return at
  }
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at
  const sign = text.charAt(at + 1)
  return digitsEnd(text, at + (sign === '+' || sign === '-' ? 2 : 1))
}

/** At least one digit. */
function digitsEnd(text: string, start: number): End {
  let at = start
  while (isDigit(text.charCodeAt(at))) at++
  return at === start ? bad(at) : at
}

function skipSpace(text: string, start: number): number {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at++
  }
}

const isDigit = (code: number): boolean => code >= zero && code <= nine

const isHex = (code: number): boolean =>
  isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
