/** What is wrong with a scenario file, told so that a person can fix it. */

export interface Problem {
  /** As the caller named it. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  readonly message: string
}

/** `file:line:column: message`, which editors and terminals turn into a link. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, message } = problem
  return `${file}:${String(line)}:${String(column)}: ${message}`
}

/**
 * The candidate nearest to `word`, for "did you mean"; null if none is near. A third of the
 * letters may differ, and none of a very short word, so that n9 does not suggest n1.
 */
export function closest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > 64 || word.length < 3) return null
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** A list for people: `a, b or c`; long ones are cut. */
export function oneOf(words: readonly string[]): string {
  if (words.length > mostShown) return all(words)
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words[words.length - 1] ?? ''}`
}

/** A list for people: `a, b, c`; long ones are cut. */
export function all(words: readonly string[]): string {
  if (words.length <= mostShown) return words.join(', ')
  const rest = words.length - mostShown
  return `${words.slice(0, mostShown).join(', ')} and ${String(rest)} more`
}

const mostShown = 12

/** Optimal string alignment: insertions, deletions, replacements, swapped neighbours cost 1. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= left.length; i += 1) rows.push(nextRow(rows, i, left, right))
  return rows[left.length]?.[right.length] ?? limit
}

function nextRow(rows: readonly number[][], i: number, left: string, right: string): number[] {
  const row = [i]
  for (let j = 1; j <= right.length; j += 1) {
    const same = left[i - 1] === right[j - 1] ? 0 : 1
    const above = at(rows, i - 1, j)
    let cost = Math.min(above + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + same)
    const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
    if (swapped) cost = Math.min(cost, at(rows, i - 2, j - 2) + 1)
    row.push(cost)
  }
  return row
}

function at(rows: readonly number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.MAX_SAFE_INTEGER / 2
}
