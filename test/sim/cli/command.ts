/** Starts the built `sim` in a folder of its own, as a user would. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const mainPath = fileURLToPath(new URL('../../../../dist/sim/cli/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'sim-cli-'))

  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  /** Size of a file; 0 where there is none. */
  bytes(...parts: readonly string[]): number {
    return statSync(this.path(...parts), { throwIfNoEntry: false })?.size ?? 0
  }

  start(args: readonly string[]): ChildProcess {
    const env = { ...process.env, NO_COLOR: '1' }
    return spawn(process.execPath, [mainPath, ...args], { cwd: this.folder, env })
  }

  async run(...args: readonly string[]): Promise<Ended> {
    return ended(this.start(args))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

export const smallScenario = `name: small
about: Three nodes and two clients, for a second.
duration: 1s
settle: 5s
cluster: { nodes: 3 }
workload: { clients: 2, think: 5ms, keys: { count: 5 }, mix: { get: 50%, put: 50% } }
expect: { durability: true, siblings: true }
`
