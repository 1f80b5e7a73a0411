// Who may import whom: the table in CONTRIBUTING.md, checked by `npm run layers` on sources and
// tests. test/layers.test.ts proves that every rule fires.

const packages = '(^|/)node_modules/'
const ours = '^(core|scenarios|sim|net|reports|test)/'

/** Matches the packages named, also when they are installed below another package. */
const only = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`

/** What a layer may name: everything else is forbidden. */
function layer(name, from, allowed, comment) {
  const to = { pathNot: allowed, couldNotResolve: false }
  return { name, severity: 'error', comment, from, to }
}

module.exports = {
  forbidden: [
    layer(
      'core-alone',
      { path: '^core/' },
      ['^core/'],
      'core/ is the protocol: it imports itself only, not even node:*.',
    ),
    layer(
      'scenarios-on-core',
      { path: '^scenarios/' },
      ['^scenarios/', '^core/', only('yaml', 'zod')],
      'scenarios/ is the language: core/ types, the YAML and the schema library.',
    ),
    {
      name: 'scenarios-core-types-only',
      severity: 'error',
      comment: 'scenarios/ takes types from core/, and the few constants beside them; no protocol.',
      from: { path: '^scenarios/' },
      to: {
        path: '^core/',
        pathNot: '^core/(assert|config|history|index|types)[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    layer(
      'sim-on-core-and-scenarios',
      { path: '^sim/', pathNot: '^sim/cli/' },
      ['^sim/(?!cli/)', '^core/', '^scenarios/', only('seedrandom')],
      'sim/ is the simulated world: core/, scenarios/ and seedrandom, no node:*.',
    ),
    {
      name: 'net-not-sim',
      severity: 'error',
      comment: 'net/ is the real world: core/, scenarios/, node:* and packages.',
      from: { path: '^net/' },
      to: { path: '^(sim|reports|test)/' },
    },
    {
      name: 'reports-not-worlds',
      severity: 'error',
      comment: 'reports/ reads run folders: it must not know which world wrote them.',
      from: { path: '^reports/' },
      to: { path: '^(sim|net|test)/' },
    },
    {
      name: 'reports-on-history-and-versions',
      severity: 'error',
      comment:
        'reports/ takes types from core/ and scenarios/, and values only of history and versions.',
      from: { path: '^reports/' },
      to: {
        path: '^(core|scenarios)/',
        pathNot: '^(core/(assert|history|types|version/[^/]+)|scenarios/model)[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      comment: 'The command line is the top: only tests look at it.',
      from: { path: ours, pathNot: '^(sim/cli|test)/' },
      to: { path: '^sim/cli/' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      comment: 'Shipped code does not depend on tests.',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-package-in-sources',
      severity: 'error',
      comment: 'A user who installs the package gets `dependencies` only; *.mjs is for the build.',
      from: { path: ours, pathNot: '^test/|[.]mjs$' },
      to: { path: packages, dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'No import cycle anywhere, type imports included.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment: 'The import leads nowhere, or to a package that package.json does not list.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-unlisted',
      severity: 'error',
      comment: 'The package works here by luck: package.json does not list it.',
      from: { path: ours },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|runs|coverage|[.]tmp)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
}
