/**
 * The guide's pages show what commands print. Here a page is taken apart, so that test/guide.ts can
 * run its commands and compare.
 *
 * ```console blocks hold commands, each behind `$ `, and under them what the last one prints: not
 * all of it, but the lines that the comment above the block asks for, by patterns or by ranges from
 * one pattern to another,
 *
 *     <!-- shows: operations:; ^│ linearizable; ^violation linearizable ~ ^ +[\d.]+ s to -->
 *
 * A row of a table counts as one line, however many it takes. A block without commands shows more
 * of what was printed last. A block below `<!-- file: NAME -->` is a file for the commands to work
 * with.
 */

export interface FileBlock {
  readonly kind: 'file'
  readonly name: string
  readonly text: string
}

export interface ConsoleBlock {
  readonly kind: 'console'
  readonly commands: readonly string[]
  /** Null where nothing is shown of what the commands print. */
  readonly shows: string | null
  readonly shown: string
  /** Where `shown` stands in the page, [from, to). */
  readonly from: number
  readonly to: number
}

export type Block = FileBlock | ConsoleBlock

const block = /(?:<!-- (file|shows): (.*?) -->\n)?```(\w*)\n([\s\S]*?)^```$/gm

export function parsePage(page: string): Block[] {
  return [...page.matchAll(block)].flatMap((found): Block[] => {
    const [whole, mark, value = null, language, body = ''] = found
    if (mark === 'file' && value !== null) return [{ kind: 'file', name: value, text: body }]
    if (language !== 'console') return []
    const lines = body.split('\n').slice(0, -1)
    const commands = lines.filter((line) => line.startsWith('$ '))
    const start = found.index + whole.indexOf('```console\n') + '```console\n'.length
    const from = start + commands.reduce((sum, command) => sum + command.length + 1, 0)
    return [
      {
        kind: 'console',
        commands: commands.map((line) => line.slice(2)),
        shows: mark === 'shows' ? value : null,
        shown: page.slice(from, start + body.length),
        from,
        to: start + body.length,
      },
    ]
  })
}

/** The lines of `output` that `shows` asks for, in their order; a line end after each. */
export function excerpt(output: string, shows: string): string {
  const groups = groupRows(output.trimEnd().split('\n'))
  const wanted = new Set<number>()
  for (const part of shows.split(';')) {
    const [from = '', to = from] = part.split('~').map((pattern) => pattern.trim())
    const first = indexOf(groups, from, 0)
    const last = indexOf(groups, to, first)
    for (let index = first; index <= last; index++) wanted.add(index)
  }
  return groups.map((group, index) => (wanted.has(index) ? `${group}\n` : '')).join('')
}

function indexOf(groups: readonly string[], pattern: string, from: number): number {
  const found = groups.findIndex((group, at) => at >= from && new RegExp(pattern).test(group))
  if (found < 0) throw new Error(`nothing printed matches /${pattern}/:\n${groups.join('\n')}`)
  return found
}

/** Lines of a table whose first cell is empty go on with the row above. */
function groupRows(lines: readonly string[]): string[] {
  const groups: string[] = []
  for (const line of lines) {
    const goesOn = /^│ {2,}│/.test(line) && groups.length > 0
    if (goesOn) groups[groups.length - 1] += `\n${line}`
    else groups.push(line)
  }
  return groups.map((group) =>
    group
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n'),
  )
}

/** The page with what each of its console blocks shows replaced; one text per block. */
export function rewritePage(page: string, shown: readonly string[]): string {
  const blocks = parsePage(page).filter((each) => each.kind === 'console')
  let rewritten = page
  for (let index = blocks.length - 1; index >= 0; index--) {
    const { from, to } = blocks[index] as ConsoleBlock
    rewritten = rewritten.slice(0, from) + (shown[index] ?? '') + rewritten.slice(to)
  }
  return rewritten
}
