/**
 * House rules that no other tool checks. Each rule looks at one file's text and names the lines
 * that break it; test/tidy.test.ts runs them over the repository, and over bad samples of their
 * own.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Problem {
  readonly path: string
  /** From 1; 0 is the file as a whole. */
  readonly line: number
  readonly message: string
}

/** A file of the repository; `path` is relative to its root, with forward slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

export interface Rule {
  readonly name: string
  readonly applies: (path: string) => boolean
  readonly check: (source: Source) => readonly Problem[]
}

const maxFileLines = 400
const maxLineLength = 100
/** A sentence for people in quotes reads, and is searched for, better whole than in pieces. */
const maxLineWithText = 140
const longText = /'[^']{40,}'|"[^"]{40,}"|`[^`]{40,}`/

const ignoredFolders = new Set(['node_modules', '.git', 'dist', 'runs', 'coverage', '.tmp'])
const binaries = /\.(png|jpe?g|gif|ico|woff2?|gz|br|zip)$/
/** Goldens and foreign data are as their makers made them. */
const given = /^test\/(golden|data)\//

/**
 * What lies at the root and git does not know: runs, comparisons and copies that somebody has made
 * there. Nothing where there is no git. New files in the folders of the repository are its own.
 */
function strangersAt(root: string): ReadonlySet<string> {
  const words = ['ls-files', '--others', '--exclude-standard', '--directory']
  const { stdout, status } = spawnSync('git', words, { cwd: root, encoding: 'utf8' })
  const paths = status === 0 ? stdout.split('\n') : []
  const names = paths.map((path) => path.replace(/\/$/, '')).filter((path) => !path.includes('/'))
  return new Set(names)
}

/** All text files that belong to the repository, goldens and data left out. */
export function repositoryFiles(root: string, strangers = strangersAt(root)): Source[] {
  const found: Source[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      // What live nodes keep, at the root only.
      if (path === 'data' || strangers.has(path)) continue
      if (entry.isDirectory() && !ignoredFolders.has(entry.name)) walk(path)
      // In a second working tree of git `.git` is a file, which names a folder of this machine.
      if (entry.name === '.git') continue
      if (entry.isFile() && !binaries.test(path) && !given.test(path)) {
        found.push({ path, text: readFileSync(join(root, path), 'utf8') })
      }
    }
  }
  walk('')
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const isCode = (path: string): boolean => /\.(ts|js|cjs|mjs)$/.test(path)
const isTest = (path: string): boolean => path.endsWith('.test.ts')
const isDocument = (path: string): boolean => path.endsWith('.md')
const isAny = (): boolean => true

/** The rules' own words and samples would break them. */
const isAboutRules = (path: string): boolean => /^test\/tidy(\.test)?\.ts$/.test(path)

/** A problem for each line that `finds` has a message for. */
function eachLine(finds: (line: string) => string | null): Rule['check'] {
  return ({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const message = finds(line)
      return message === null ? [] : [{ path, line: index + 1, message }]
    })
}

function matching(pattern: RegExp, advice: string): Rule['check'] {
  return eachLine((line) => {
    const found = pattern.exec(line)
    return found === null ? null : `"${found[0].trim()}": ${advice}`
  })
}

const wholeFile = (source: Source, message: string): readonly Problem[] => [
  { path: source.path, line: 0, message },
]

export const rules: readonly Rule[] = [
  {
    name: 'file-length',
    applies: isCode,
    check: (source) => {
      const lines = source.text.trimEnd().split('\n').length
      return lines <= maxFileLines
        ? []
        : wholeFile(source, `${lines} lines, at most ${maxFileLines}: which two ideas are in it?`)
    },
  },
  {
    name: 'line-length',
    applies: isCode,
    check: eachLine((line) => {
      const most = longText.test(line) ? maxLineWithText : maxLineLength
      return line.length <= most ? null : `${line.length} columns, at most ${most}`
    }),
  },
  {
    name: 'file-name',
    applies: isCode,
    check: (source) =>
      /^[a-z0-9./-]+$/.test(source.path)
        ? []
        : wholeFile(source, 'file names are lower-case nouns, joined by a dash'),
  },
  {
    name: 'open-end',
    applies: (path) => !isAboutRules(path),
    check: matching(/\b(TODO|FIXME|XXX|HACK)\b/, 'finish it, or open an issue'),
  },
  {
    name: 'machine-path',
    applies: (path) => !isAboutRules(path),
    check: matching(
      /(?<![\w.])\/(work|tmp|root|home|Users|var\/folders)\/\S*|[A-Z]:\\Users\\/,
      'is a path of one machine',
    ),
  },
  {
    name: 'registry-host',
    applies: (path) => !isAboutRules(path),
    check: matching(
      /https?:\/\/\S*(registry|npmmirror|artifactory|nexus|verdaccio)|"resolved": "http/,
      'the registry is a setting of the machine that installs',
    ),
  },
  {
    name: 'silenced-check',
    applies: (path) => isCode(path) && !isAboutRules(path),
    check: matching(
      /@ts-(ignore|nocheck)|eslint-disable(?!.* -- \S)|c8 ignore/,
      'mend it, or write `eslint-disable-next-line RULE -- why`',
    ),
  },
  {
    name: 'partial-test',
    applies: (path) => path.startsWith('test/') && isCode(path) && !isAboutRules(path),
    check: matching(/\b\w+\.(only|skip)\(/, 'leaves tests out'),
  },
  {
    name: 'test-asserts',
    applies: isTest,
    check: (source) =>
      /\bassert\b.*from 'uvu\/assert'/.test(source.text) && /\bassert\.\w+/.test(source.text)
        ? []
        : wholeFile(source, 'a test file asserts with uvu/assert'),
  },
  {
    name: 'test-runs',
    applies: isTest,
    check: (source) =>
      /^(\w+)\.run\(\)$/m.test(source.text)
        ? []
        : wholeFile(source, 'call `test.run()` at the end'),
  },
  {
    name: 'final-newline',
    applies: isAny,
    check: (source) =>
      source.text === '' || source.text.endsWith('\n')
        ? []
        : wholeFile(source, 'the last line has no end'),
  },
  { name: 'carriage-return', applies: isAny, check: matching(/\r$/, 'lines end with a line feed') },
]

/** Links of a document to files of the repository lead somewhere. */
export function deadLinks(root: string, source: Source): Problem[] {
  if (!isDocument(source.path)) return []
  return source.text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((link) => (link[1] ?? '').replace(/#.*$/, ''))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(root, dirname(source.path), target)))
      .map((target) => ({ path: source.path, line: index + 1, message: `no file ${target}` })),
  )
}

export function problemsOf(source: Source): Problem[] {
  return rules
    .filter((rule) => rule.applies(source.path))
    .flatMap((rule) =>
      rule
        .check(source)
        .map((problem) => ({ ...problem, message: `${problem.message} (${rule.name})` })),
    )
}

export const show = ({ path, line, message }: Problem): string =>
  line === 0 ? `${path}: ${message}` : `${path}:${line}: ${message}`
