// Builds everything: the TypeScript projects, then the browser bundle that reports inline.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { bundle } from './reports/bundle.mjs'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const built = spawnSync(process.execPath, [tsc, '-b', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
if (built.status !== 0) process.exit(built.status ?? 1)
if (existsSync('dist/sim/cli/main.js')) chmodSync('dist/sim/cli/main.js', 0o755)
await bundle()
