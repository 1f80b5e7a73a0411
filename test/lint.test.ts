/**
 * The lint rules are themselves checked: each ban of the pure layers, and each rule we rely on,
 * fires.
 */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')
const eslint = new ESLint({ cwd: root })

/**
 * Rules that fire for `code` as if it stood in `file`, which must exist: the type checker wants it.
 */
async function rulesFiring(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: resolve(root, file) })
  assert.ok(result !== undefined, `${file} is linted`)
  const fatal = result.messages.find((message) => message.fatal === true)
  assert.is(fatal, undefined, `${file} can be parsed: ${fatal?.message}`)
  return [...new Set(result.messages.map((message) => message.ruleId ?? ''))]
}

const pureFiles = ['core/types.ts', 'scenarios/model.ts', 'sim/queue.ts']

const globals = 'no-restricted-globals'
const syntax = 'no-restricted-syntax'

const impure: readonly (readonly [what: string, rule: string, code: string])[] = [
  ['Date.now()', globals, 'export const f = (): number => Date.now()'],
  ['new Date()', globals, 'export const f = (): unknown => new Date()'],
  ['performance', globals, 'export const f = (): number => performance.now()'],
  ['process', globals, 'export const f = (): unknown => process.env'],
  ['globalThis', globals, 'export const f = (): unknown => globalThis'],
  ['setTimeout', globals, 'export const f = (): unknown => setTimeout(() => 1, 2)'],
  ['setInterval', globals, 'export const f = (): unknown => setInterval(() => 1, 2)'],
  ['setImmediate', globals, 'export const f = (): unknown => setImmediate(() => 1)'],
  ['queueMicrotask', globals, 'export const f = (): void => queueMicrotask(() => 1)'],
  ['Promise', globals, 'export const f = (): unknown => Promise.resolve(1)'],
  ['the type Promise', syntax, 'export type T = Promise<number>'],
  ['Intl', globals, 'export const f = (): unknown => new Intl.NumberFormat()'],
  ['WeakRef', globals, 'export const f = (o: object): unknown => new WeakRef(o)'],
  ['console', globals, 'export const f = (): void => console.log(1)'],
  ['Math.random', 'no-restricted-properties', 'export const f = (): number => Math.random()'],
  [
    'Math.random by destructuring',
    'no-restricted-properties',
    'const { random } = Math; export const f = (): number => random()',
  ],
  ['an async function', syntax, 'export async function f(): Promise<number> { return g() }'],
  ['an async arrow function', syntax, 'export const f = async (): Promise<void> => g()'],
  ['an async method', syntax, 'export class A { async f(): Promise<void> { return g() } }'],
  ['await', syntax, 'export const x = await 1'],
  ['for await', syntax, 'for await (const x of []) void x'],
  ['a dynamic import', syntax, "export const f = (): unknown => import('./a.js')"],
  ['localeCompare', syntax, "export const f = (a: string): number => a.localeCompare('b')"],
  ['toLocaleString', syntax, 'export const f = (a: number): string => a.toLocaleString()'],
  ['sort without comparator', syntax, 'export const f = (a: number[]): number[] => a.sort()'],
  [
    'toSorted without comparator',
    syntax,
    'export const f = (a: number[]): number[] => a.toSorted()',
  ],
  ['let of the module', syntax, 'let x = 1; export const f = (): number => x++'],
  ['exported let of the module', syntax, 'export let x = 1; export const f = (): number => x++'],
  ['an empty Map of the module', syntax, 'export const cache = new Map<string, number>()'],
  ['node:fs', 'no-restricted-imports', "export { readFileSync } from 'node:fs'"],
  [
    'fs',
    'no-restricted-imports',
    "import { readFileSync } from 'fs'; export const f = readFileSync",
  ],
]

for (const [what, rule, code] of impure) {
  test(`lint: the pure layers are refused ${what}`, async () => {
    for (const file of pureFiles) {
      const firing = await rulesFiring(file, `${code}\n`)
      assert.ok(firing.includes(rule), `${rule} fires in ${file}, got: ${firing.join(', ')}`)
    }
  })
}

test('lint: core/ is refused every package', async () => {
  const code = "import { z } from 'zod'\nexport const f = (): unknown => z\n"
  assert.ok((await rulesFiring('core/types.ts', code)).includes('no-restricted-imports'))
  assert.not.ok((await rulesFiring('scenarios/model.ts', code)).includes('no-restricted-imports'))
})

test('lint: plain pure code raises nothing', async () => {
  const code = `
const order = ['b', 'a'] as const
export function f(list: readonly number[]): number[] {
  let sum = 0
  const seen = new Map<number, string>()
  for (const each of list) sum += each
  seen.set(sum, order[0])
  return [...list].sort((a, b) => a - b)
}
`
  for (const file of pureFiles) assert.equal(await rulesFiring(file, code), [], file)
})

test('lint: the bans end where the real world begins', async () => {
  for (const file of ['sim/cli/main.ts', 'net/udp.ts', 'reports/load.ts', 'test/runner.ts']) {
    const config: unknown = await eslint.calculateConfigForFile(resolve(root, file))
    const { rules } = config as { rules: Record<string, unknown> }
    assert.is(rules[globals], undefined, file)
    assert.is(rules[syntax], undefined, file)
  }
})

test('lint: in core/ a default does not excuse a missing case', async () => {
  const code = `export function f(x: 'a' | 'b'): number {
  switch (x) {
    case 'a':
      return 1
    default:
      return 2
  }
}
`
  const rule = '@typescript-eslint/switch-exhaustiveness-check'
  assert.equal(await rulesFiring('core/types.ts', code), [rule])
  assert.equal(await rulesFiring('sim/queue.ts', code), [])
})

const everywhere: readonly (readonly [rule: string, code: string])[] = [
  ['@typescript-eslint/no-explicit-any', 'export const f = (x: any): unknown => x'],
  ['@typescript-eslint/no-floating-promises', 'export function f(): void { Promise.resolve(1) }'],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    "export function f(x: 'a' | 'b'): void { switch (x) { case 'a': return } }",
  ],
  ['@typescript-eslint/no-unused-vars', 'const x = 1; export {}'],
  ['eqeqeq', 'export const f = (x: number): boolean => x == 1'],
  [
    'max-lines-per-function',
    `export function f(): number {\n  let x = 0\n${'  x += 1\n'.repeat(70)}  return x\n}`,
  ],
]

for (const [rule, code] of everywhere) {
  test(`lint: ${rule} is on, in sources and tests`, async () => {
    for (const file of ['core/types.ts', 'test/runner.ts']) {
      const firing = await rulesFiring(file, `${code}\n`)
      assert.ok(firing.includes(rule), `fires in ${file}, got: ${firing.join(', ')}`)
    }
  })
}

test.run()
