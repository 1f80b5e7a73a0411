/**
 * The layer rules are themselves checked: on a small tree of files that break every one of them.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')
const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
const rules = join(root, '.dependency-cruiser.cjs')

interface Found {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

/** `rule: from -> to` for each violation in a tree of files given as path -> text. */
function violations(files: Readonly<Record<string, string>>): string[] {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const dir = mkdtempSync(join(root, '.tmp', 'layers-'))
  try {
    const packageJson = JSON.stringify({
      type: 'module',
      dependencies: { yaml: '*', zod: '*', seedrandom: '*', vega: '*' },
      devDependencies: { uvu: '*' },
    })
    for (const [path, text] of Object.entries({ 'package.json': packageJson, ...files })) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
    const args = [cruiser, '--config', rules, '--output-type', 'json', '.']
    const ended = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' })
    const report = JSON.parse(ended.stdout) as { summary: { violations: readonly Found[] } }
    return report.summary.violations
      .map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
      .sort((a, b) => (a < b ? -1 : 1))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** One file per layer that imports nothing, so that the imports under test lead somewhere. */
const leaves: Readonly<Record<string, string>> = {
  'core/leaf.ts': 'export const x = 1',
  'core/history.ts': 'export const x = 1',
  'core/types.ts': 'export const x = 1',
  'core/version/dotted.ts': 'export const x = 1',
  'scenarios/leaf.ts': 'export const x = 1',
  'scenarios/model.ts': 'export const x = 1',
  'sim/leaf.ts': 'export const x = 1',
  'sim/cli/leaf.ts': 'export const x = 1',
  'net/leaf.ts': 'export const x = 1',
  'reports/leaf.ts': 'export const x = 1',
  'test/leaf.ts': 'export const x = 1',
}

const importing = (...specifiers: readonly string[]): string =>
  specifiers.map((each) => `import ${JSON.stringify(each)}\n`).join('')

const forbidden: readonly (readonly [from: string, specifier: string, expected: string])[] = [
  ['core/a.ts', '../sim/leaf.js', 'core-alone: core/a.ts -> sim/leaf.ts'],
  ['core/a.ts', '../scenarios/leaf.js', 'core-alone: core/a.ts -> scenarios/leaf.ts'],
  ['core/a.ts', '../net/leaf.js', 'core-alone: core/a.ts -> net/leaf.ts'],
  ['core/a.ts', '../reports/leaf.js', 'core-alone: core/a.ts -> reports/leaf.ts'],
  ['core/a.ts', 'node:fs', 'core-alone: core/a.ts -> fs'],
  ['scenarios/a.ts', '../sim/leaf.js', 'scenarios-on-core: scenarios/a.ts -> sim/leaf.ts'],
  ['scenarios/a.ts', 'node:fs', 'scenarios-on-core: scenarios/a.ts -> fs'],
  [
    'scenarios/a.ts',
    '../core/leaf.js',
    'scenarios-core-types-only: scenarios/a.ts -> core/leaf.ts',
  ],
  ['sim/a.ts', '../net/leaf.js', 'sim-on-core-and-scenarios: sim/a.ts -> net/leaf.ts'],
  ['sim/a.ts', '../reports/leaf.js', 'sim-on-core-and-scenarios: sim/a.ts -> reports/leaf.ts'],
  ['sim/a.ts', './cli/leaf.js', 'sim-on-core-and-scenarios: sim/a.ts -> sim/cli/leaf.ts'],
  ['sim/a.ts', 'node:os', 'sim-on-core-and-scenarios: sim/a.ts -> os'],
  ['sim/deep/a.ts', '../cli/leaf.js', 'nothing-imports-cli: sim/deep/a.ts -> sim/cli/leaf.ts'],
  ['net/a.ts', '../sim/leaf.js', 'net-not-sim: net/a.ts -> sim/leaf.ts'],
  ['net/a.ts', '../reports/leaf.js', 'net-not-sim: net/a.ts -> reports/leaf.ts'],
  ['reports/a.ts', '../sim/leaf.js', 'reports-not-worlds: reports/a.ts -> sim/leaf.ts'],
  ['reports/a.ts', '../net/leaf.js', 'reports-not-worlds: reports/a.ts -> net/leaf.ts'],
  [
    'reports/a.ts',
    '../core/leaf.js',
    'reports-on-history-and-versions: reports/a.ts -> core/leaf.ts',
  ],
  ['reports/a.ts', '../sim/cli/leaf.js', 'nothing-imports-cli: reports/a.ts -> sim/cli/leaf.ts'],
  ['sim/cli/a.ts', '../../test/leaf.js', 'nothing-imports-test: sim/cli/a.ts -> test/leaf.ts'],
  ['sim/a.ts', './nowhere.js', 'nothing-unresolved: sim/a.ts -> ./nowhere.js'],
]

test('layers: every import across the table, backwards, is caught', () => {
  const files: Record<string, string> = { ...leaves }
  for (const [from, specifier] of forbidden)
    files[from] = (files[from] ?? '') + importing(specifier)
  const found = violations(files)
  for (const [, , expected] of forbidden) {
    assert.ok(found.includes(expected), `${expected}\nis not among\n${found.join('\n')}`)
  }
})

test('layers: packages that are not for the layer are caught, dev packages in sources too', () => {
  const found = violations({
    'core/a.ts': importing('yaml'),
    'sim/a.ts': importing('zod'),
    'scenarios/a.ts': importing('seedrandom'),
    'reports/a.ts': importing('uvu'),
    'net/a.ts': importing('eslint'),
  })
  const caught = (rule: string, from: string): boolean =>
    found.some((each) => each.startsWith(`${rule}: ${from} -> `))
  assert.ok(caught('core-alone', 'core/a.ts'), found.join('\n'))
  assert.ok(caught('sim-on-core-and-scenarios', 'sim/a.ts'), found.join('\n'))
  assert.ok(caught('scenarios-on-core', 'scenarios/a.ts'), found.join('\n'))
  assert.ok(caught('no-dev-package-in-sources', 'reports/a.ts'), found.join('\n'))
  assert.ok(caught('nothing-unlisted', 'net/a.ts'), found.join('\n'))
})

test('layers: a cycle is caught, of types alone too', () => {
  const found = violations({
    'core/a.ts': "import { b } from './b.js'\nexport const a = b",
    'core/b.ts': "import type { a } from './a.js'\nexport const b = 1\nexport type A = typeof a",
  })
  assert.ok(
    found.some((each) => each.startsWith('no-cycle: core/a.ts -> core/b.ts')),
    found.join(),
  )
})

test('layers: what the table allows raises nothing', () => {
  const typeImport = "import type { x } from '../core/leaf.js'\n"
  const found = violations({
    ...leaves,
    'core/a.ts': importing('./leaf.js'),
    'scenarios/a.ts': typeImport + importing('yaml', 'zod', '../core/types.js'),
    'sim/a.ts': importing('../core/leaf.js', '../scenarios/leaf.js', 'seedrandom'),
    'net/a.ts': importing('../core/leaf.js', '../scenarios/leaf.js', 'node:dgram'),
    'reports/a.ts':
      typeImport +
      importing(
        'node:fs',
        'vega',
        '../core/history.js',
        '../core/version/dotted.js',
        '../scenarios/model.js',
      ),
    'sim/cli/a.ts': importing(
      '../leaf.js',
      '../../net/leaf.js',
      '../../reports/leaf.js',
      'node:fs',
    ),
    'test/a.ts': importing('./leaf.js', '../sim/cli/leaf.js', '../core/leaf.js', 'uvu', 'node:fs'),
  })
  assert.equal(found, [])
})

test.run()
