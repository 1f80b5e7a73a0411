/** .ci/run, in a small tree of its own where `npm` and `npx` do what each test wants. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')

const readme = `# dynamo-sim

\`\`\`sh
npm ci && npx sim run scenarios/partition.yaml
npm ci && npm test
\`\`\`
`

interface Result {
  readonly code: number | null
  readonly output: string
  readonly lastLine: string
}

/** Shell, by the words of the command: what `npm` and `npx` do besides saying `ran ...`. */
type Behaviour = Readonly<Record<string, string>>

const allGood: Behaviour = {
  'npm ci': 'mkdir -p node_modules/.bin; touch node_modules/.bin/eslint; chmod +x $_',
  'npm test': 'echo "5 passed, 0 failed"',
  'npm run --silent replay:golden': 'echo "2 passed, 0 failed"',
  'npx sim run scenarios/partition.yaml': 'mkdir -p runs/partition-1; echo x > $_/report.html',
}

function ci(behaviour: Behaviour, more: Readonly<Record<string, string>> = {}): Result {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const dir = mkdtempSync(join(root, '.tmp', 'ci-'))
  try {
    const cases = Object.entries({ ...allGood, ...behaviour }).map(
      ([line, does]) => `'${line}') ${does} ;;`,
    )
    const fake = `#!/bin/bash\nline="$(basename "$0") $*"\necho "ran $line"\n`
    const files: Readonly<Record<string, string>> = {
      'README.md': readme,
      'dist/test/replay.js': '',
      'scenarios/partition.yaml': '',
      'bin/npm': `${fake}case $line in\n${cases.join('\n')}\nesac\n`,
      'bin/npx': `${fake}case $line in\n${cases.join('\n')}\nesac\n`,
      ...more,
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text, { mode: 0o755 })
    }
    mkdirSync(join(dir, '.ci'))
    copyFileSync(join(root, '.ci', 'run'), join(dir, '.ci', 'run'))
    if (more['dist/test/replay.js'] === 'gone') rmSync(join(dir, 'dist'), { recursive: true })
    const ended = spawnSync('bash', [join(dir, '.ci', 'run')], {
      env: { ...process.env, PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}` },
      encoding: 'utf8',
    })
    const output = ended.stdout + ended.stderr
    return { code: ended.status, output, lastLine: output.trimEnd().split('\n').at(-1) ?? '' }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const countedCases = 5 + 2
/** The slow tests, lint, format, layers, unused, guide, run, report. */
const otherSteps = 8

test('ci: all is well, cases and steps are counted, the README lines are what ran', () => {
  const result = ci({})
  assert.is(result.lastLine, `${countedCases + otherSteps} passed, 0 failed`)
  assert.is(result.code, 0)
  assert.match(result.output, '=== test: npm ci && npm test')
  assert.match(result.output, '=== run: npm ci && npx sim run scenarios/partition.yaml')
})

test('ci: one failing case fails the run and names the step', () => {
  const result = ci({ 'npm test': 'echo "4 passed, 1 failed"; exit 1' })
  assert.is(result.lastLine, `${countedCases - 1 + otherSteps} passed, 1 failed`)
  assert.match(result.output, '=== test: FAILED')
  assert.match(result.output, 'failed: test\n')
  assert.is(result.code, 1)
})

test('ci: cases are counted, but the command fails after them', () => {
  const result = ci({ 'npm test': 'echo "5 passed, 0 failed"; exit 7' })
  assert.is(result.lastLine, `${countedCases + otherSteps} passed, 1 failed`)
  assert.is(result.code, 1)
})

for (const command of ['lint', 'format:check', 'layers', 'unused']) {
  test(`ci: ${command} fails, and the steps after it still run`, () => {
    const result = ci({ [`npm run --silent ${command}`]: 'exit 2' })
    assert.is(result.lastLine, `${countedCases + otherSteps - 1} passed, 1 failed`)
    assert.match(result.output, 'ran npx sim run scenarios/partition.yaml')
    assert.is(result.code, 1)
  })
}

test('ci: a replay with another hash fails', () => {
  const bad = { 'npm run --silent replay:golden': 'echo "1 passed, 1 failed"; exit 1' }
  const result = ci(bad)
  assert.is(result.lastLine, `${countedCases - 1 + otherSteps} passed, 1 failed`)
  assert.match(result.output, 'failed: replay\n')
})

test('ci: scenarios without a replay fail', () => {
  const result = ci({}, { 'dist/test/replay.js': 'gone' })
  assert.is(result.lastLine, `${countedCases - 2 + otherSteps} passed, 1 failed`)
  assert.is(result.code, 1)
})

test('ci: a README without the test line fails, the other steps still run', () => {
  const result = ci({}, { 'README.md': readme.replace('npm ci && npm test', '') })
  assert.match(result.output, 'README.md has no line with "npm test"')
  assert.is(result.lastLine, `${countedCases - 5 + 1 + otherSteps} passed, 1 failed`)
  assert.is(result.code, 1)
})

test('ci: words in the README outside a code block are not a command', () => {
  const prose = 'Run npm ci && npm test to test.\n'
  const result = ci({}, { 'README.md': prose })
  assert.match(result.output, 'README.md has no line with "npm test"')
})

test('ci: the run of the README leaves no report, fails', () => {
  const result = ci({ 'npx sim run scenarios/partition.yaml': 'true' })
  assert.match(result.output, 'failed: report\n')
  assert.is(result.code, 1)
})

test('ci: the install fails, the run ends there', () => {
  const result = ci({ 'npm ci': 'exit 1' })
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.match(result.output, 'nothing is installed')
  assert.is(result.code, 1)
})

test.run()
