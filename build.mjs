// Builds everything: the TypeScript projects, then the browser bundles: what reports
// put inline, and the dashboard of a node.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { bundleDashboard } from './net/dashboard/bundle.mjs'
import { bundle } from './reports/bundle.mjs'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const built = spawnSync(process.execPath, [tsc, '-b', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
if (built.status !== 0) process.exit(built.status ?? 1)
if (existsSync('dist/sim/cli/main.js')) chmodSync('dist/sim/cli/main.js', 0o755)
await bundle()
await bundleDashboard()
