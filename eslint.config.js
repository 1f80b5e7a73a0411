// Type-checked rules for everything written in TypeScript, and the bans that keep the pure layers
// pure. test/lint.test.ts proves that every ban still fires.
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/**
 * Core, scenarios and the simulator replay exactly: the same seed gives the same events everywhere.
 */
const pureFiles = ['core/**/*.ts', 'scenarios/**/*.ts', 'sim/**/*.ts']

const time = 'The time is an argument of the step (`Now`), or the event queue knows it.'
const turns =
  'Nothing here waits: a step returns effects, and the driver tells it what became of them.'
const locale = 'Its answer depends on the machine and its language settings.'
const world = 'A pure layer does not touch the process around it: let the caller pass it in.'
const collected = 'The garbage collector decides when, so two runs differ.'

const bannedGlobals = [
  ...['Date', 'performance'].map((name) => ({ name, message: time })),
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'].map((name) => ({
    name,
    message: 'Arm a timer with an `arm` effect, or schedule an event.',
  })),
  ...['Promise', 'queueMicrotask', 'Atomics'].map((name) => ({ name, message: turns })),
  ...['Intl'].map((name) => ({ name, message: locale })),
  ...['WeakRef', 'FinalizationRegistry'].map((name) => ({ name, message: collected })),
  ...['process', 'globalThis', 'global', 'window', 'self', 'console', 'crypto', 'fetch'].map(
    (name) => ({ name, message: world }),
  ),
]

const bannedProperties = [
  { object: 'Math', property: 'random', message: 'Draw from a stream forked from the seed.' },
]

const ofModule = ':matches(Program, Program > ExportNamedDeclaration)'

const bannedSyntax = [
  { selector: ':function[async=true]', message: turns },
  { selector: 'TSTypeReference[typeName.name=Promise]', message: turns },
  { selector: 'AwaitExpression', message: turns },
  { selector: 'ForOfStatement[await=true]', message: turns },
  { selector: 'ImportExpression', message: turns },
  {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale.*)$/]',
    message: `${locale} Compare with < and >.`,
  },
  {
    selector: 'CallExpression[callee.property.name=/^(sort|toSorted)$/][arguments.length=0]',
    message: 'Numbers sort as text without a comparator: name the order.',
  },
  {
    selector: `${ofModule} > VariableDeclaration[kind!=const]`,
    message: 'State of the module outlives the run that made it: keep it in the run.',
  },
  {
    selector:
      `${ofModule} > VariableDeclaration > VariableDeclarator` +
      ' > NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet|Array)$/][arguments.length=0]',
    message:
      'An empty collection of the module is state that outlives the run: keep it in the run.',
  },
]

const bannedImports = {
  patterns: [
    { regex: '^node:', message: world },
    { regex: '^(fs|os|path|crypto|timers|process|perf_hooks|worker_threads)(/|$)', message: world },
  ],
}

/**
 * core/ imports nothing but itself; which of our own folders it may name is a matter for the layer
 * check.
 */
const bannedCoreImports = {
  patterns: [{ regex: '^[^.]', message: 'core/ is the protocol alone: it imports only itself.' }],
}

export default defineConfig(
  globalIgnores(['dist/', 'runs/', 'coverage/', '.tmp/', 'test/data/', 'test/golden/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: pureFiles,
    ignores: ['sim/cli/**'],
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-syntax': ['error', ...bannedSyntax],
      'no-restricted-imports': ['error', bannedImports],
    },
  },
  {
    files: ['core/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', bannedCoreImports],
      // A new message or effect must not slip into an old `default`.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
    },
  },
  {
    // The project's own configuration: plain JavaScript that no tsconfig includes.
    files: ['**/*.{js,cjs,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { process: 'readonly', module: 'writable', console: 'readonly', URL: 'readonly' },
    },
  },
)
