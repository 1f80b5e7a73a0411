// Builds everything: the TypeScript projects, then the browser bundles: what reports
// put inline, and the dashboard of a node.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'

// npx, before `npm ci`: it prepares the package that it links, and would remember a failure for
// good. The command that it links says what to run.
if (!existsSync(new URL('node_modules/typescript', import.meta.url))) {
  console.error('Nothing is installed, so nothing can be built: run npm ci')
  process.exit(process.env.npm_lifecycle_event === 'prepare' ? 0 : 1)
}

const { bundleDashboard } = await import('./net/dashboard/bundle.mjs')
const { bundle } = await import('./reports/bundle.mjs')
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const built = spawnSync(process.execPath, [tsc, '-b', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
if (built.status !== 0) process.exit(built.status ?? 1)
// npx links a folder's command once and for good: where an older version of this package ran, its
// link still points here.
chmodSync('dist/sim/cli/main.js', 0o755)
await bundle()
await bundleDashboard()
