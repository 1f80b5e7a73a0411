/** A local cluster of real processes, for tests. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { mainPath } from '../sim/cli/command.js'
import { until } from './live.js'

export interface Status {
  readonly id: string
  readonly state: string
  readonly pid: number | null
}

/** `sim cluster` as a user runs it, on ports that are free. */
export class Cluster {
  readonly urls: readonly string[]
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #output: () => string
  readonly ended: Promise<number | null>

  static async start(folder: string, nodes = 3, more: readonly string[] = []): Promise<Cluster> {
    const words = ['cluster', '--nodes', String(nodes), '--data', folder, '--base-port', '0']
    const child = spawn(process.execPath, [mainPath, ...words, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const ended = new Promise<number | null>((done) => child.once('close', done))
    let over = false
    void ended.then(() => (over = true))
    await until('the cluster is ready', () => over || output.includes('\nready\n'), 30_000)
    assert.not.ok(over, output)
    return new Cluster(child, folder, () => output, ended)
  }

  private constructor(
    child: ChildProcess,
    folder: string,
    output: () => string,
    ended: Promise<number | null>,
  ) {
    this.#process = child
    this.#folder = folder
    this.#output = output
    this.ended = ended
    this.urls = [...output().matchAll(/^n\d+ {2}(http:\S+)/gm)].map(([, url]) => url as string)
  }

  get output(): string {
    return this.#output()
  }

  async control(path: string, method = 'POST', token?: string): Promise<Response> {
    const { url, token: own } = JSON.parse(
      readFileSync(`${this.#folder}/control.json`, 'utf8'),
    ) as { url: string; token: string }
    const headers = { authorization: `Bearer ${token ?? own}` }
    return fetch(`${url}${path}`, { method, headers })
  }

  async status(): Promise<readonly Status[]> {
    const answer = await this.control('/nodes', 'GET')
    return ((await answer.json()) as { nodes: Status[] }).nodes
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** As Ctrl-C does. */
  async interrupt(): Promise<number | null> {
    this.#process.kill('SIGINT')
    return this.ended
  }
}
