/** JSON as text, letter for letter: numbers keep the digits that a double has no room for. */
import { elementsOf, membersOf } from '../../api/json.js'

/** Deeper than any node takes. */
const mostDepth = 1_000
const shortText = 60

/** Name -> raw text of its value; none where the text is no JSON object. */
export function members(text: string): ReadonlyMap<string, string> {
  const found = membersOf(text, mostDepth)
  return 'message' in found ? new Map() : found
}

/** The raw text of each element; none where the text is no JSON array. */
export function elements(text: string): readonly string[] {
  const found = elementsOf(text, mostDepth)
  return 'message' in found ? [] : found
}

/** A string with its escapes, a run of space, or a single letter. */
const token = /"(?:[^"\\]|\\.)*"|\s+|[^]/g

/** Short: in one line. Long: indented by two. Nothing changes but the space between tokens. */
export function pretty(text: string): string {
  const tokens = (text.match(token) ?? []).filter((each) => !/^\s/.test(each))
  const compact = tokens.join('')
  if (compact.length <= shortText) return compact
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  return tokens
    .map((each, i) => {
      const isEmpty = /^[[{]$/.test(each) && /^[\]}]$/.test(tokens[i + 1] ?? '')
      if (isEmpty) return each
      if (each === '{' || each === '[') {
        depth++
        return each + line()
      }
      if (each === '}' || each === ']') {
        if (/^[[{]$/.test(tokens[i - 1] ?? '')) return each
        depth--
        return line() + each
      }
      if (each === ',') return each + line()
      return each === ':' ? ': ' : each
    })
    .join('')
}
