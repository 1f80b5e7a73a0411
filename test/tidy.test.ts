import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadLinks, problemsOf, repositoryFiles, rules, show } from './tidy.js'

const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')
const files = repositoryFiles(root)

test('tidy: the walk over the repository sees sources, tests, documents and hidden files', () => {
  const paths = files.map((file) => file.path)
  for (const path of ['core/types.ts', 'test/tidy.test.ts', 'docs/results.md', '.npmrc']) {
    assert.ok(paths.includes(path), path)
  }
  assert.not.ok(paths.some((path) => path.startsWith('node_modules/')))
  assert.not.ok(paths.some((path) => path.startsWith('dist/')))
})

test('tidy: what somebody has written at the root is none of the repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidy-'))
  for (const name of ['core', 'mine']) mkdirSync(join(folder, name))
  for (const path of ['core/a.ts', 'mine/a.ts', 'b.md', 'c.html']) {
    writeFileSync(join(folder, path), '')
  }
  const found = repositoryFiles(folder, new Set(['mine', 'c.html'])).map(({ path }) => path)
  rmSync(folder, { recursive: true })
  assert.equal(found, ['b.md', 'core/a.ts'])
})

for (const rule of rules) {
  test(`tidy: ${rule.name} holds in the whole repository`, () => {
    const problems = files
      .filter((file) => rule.applies(file.path))
      .flatMap((file) => rule.check(file))
    assert.is(problems.length, 0, `\n${problems.map(show).join('\n')}\n`)
  })
}

test('tidy: links in documents lead to files of the repository', () => {
  const problems = files.flatMap((file) => deadLinks(root, file))
  assert.is(problems.length, 0, `\n${problems.map(show).join('\n')}\n`)
})

test('tidy: the lock file names no place to download from', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(text) as { packages: Record<string, { resolved?: string }> }
  assert.ok(Object.keys(packages).length > 100, 'it is a lock file')
  const resolved = Object.entries(packages).filter(([, each]) => each.resolved !== undefined)
  assert.equal(resolved, [])
})

const goodTest = `import * as assert from 'uvu/assert'\nassert.ok(true)\ntest.run()\n`

/** A path and a text that break the rule of this name, on this line. */
const bad: Readonly<Record<string, readonly [path: string, text: string, line: number]>> = {
  'file-length': ['core/a.ts', 'x\n'.repeat(401), 0],
  'line-length': ['core/a.ts', `x\n${'x'.repeat(101)}\n`, 2],
  'file-name': ['core/someThing.ts', 'x\n', 0],
  'open-end': ['core/a.ts', 'x\n// TODO: later\n', 2],
  'machine-path': ['docs/a.md', 'x\nsee /home/someone/notes\n', 2],
  'registry-host': ['package-lock.json', '{\n"resolved": "https://x.example/a.tgz"\n}\n', 2],
  'silenced-check': ['core/a.ts', 'x\n// eslint-disable-next-line eqeqeq\n', 2],
  'partial-test': ['test/a.ts', "x\ntest.only('a', f)\n", 2],
  'test-asserts': ['test/a.test.ts', 'test.run()\n', 0],
  'test-runs': ['test/a.test.ts', goodTest.replace('test.run()', ''), 0],
  'final-newline': ['README.md', 'x', 0],
  'carriage-return': ['README.md', 'x\r\n', 1],
}

test('tidy: every rule has a bad sample, and no sample is without its rule', () => {
  const names = rules.map((rule) => rule.name)
  assert.equal(Object.keys(bad).sort(byText), [...names].sort(byText))
})

for (const [name, [path, text, line]] of Object.entries(bad)) {
  test(`tidy: ${name} finds its bad sample, and says the line`, () => {
    const found = problemsOf({ path, text })
    assert.equal(
      found
        .filter((problem) => problem.message.endsWith(`(${name})`))
        .map((problem) => problem.line),
      [line],
    )
  })
}

test('tidy: registry-host, a tarball address in text', () => {
  const host = 'https://registry.example.org/uvu'
  const found = problemsOf({ path: '.npmrc', text: `registry=${host}\n` })
  assert.match(found.map(show).join('\n'), '.npmrc:1: ')
})

test('tidy: a line may be longer for a long text in quotes, not for a comment, nor without end', () => {
  const long = (length: number): string => `  const a = '${'x'.repeat(length - 14)}'\n`
  assert.equal(problemsOf({ path: 'core/a.ts', text: long(140) }), [])
  assert.is(problemsOf({ path: 'core/a.ts', text: long(141) }).length, 1)
  assert.is(problemsOf({ path: 'core/a.ts', text: `// ${'x '.repeat(50)}\n` }).length, 1)
})

test('tidy: a silenced check that says why, and ordinary files, raise nothing', () => {
  const why = '// eslint-disable-next-line eqeqeq -- null and undefined are one here\n'
  assert.equal(problemsOf({ path: 'core/a.ts', text: why }), [])
  assert.equal(problemsOf({ path: 'test/a.test.ts', text: goodTest }), [])
  assert.equal(problemsOf({ path: 'docs/a.md', text: 'runs/partition-1/tmp/x, a/home/b\n' }), [])
})

test('tidy: a dead link is found, a living one, an address and an anchor are not', () => {
  const text = '[a](nowhere.md)\n[b](results.md#x) [c](https://example.org/y) [d](#z)\n'
  const found = deadLinks(root, { path: 'docs/a.md', text })
  assert.equal(found.map(show), ['docs/a.md:1: no file nowhere.md'])
})

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

test.run()
