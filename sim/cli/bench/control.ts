/** Who kills and starts nodes for `sim bench --fault`: `sim cluster`, or the benchmark itself. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Controller } from '../../../net/bench/fault.js'
import { planCluster, writeCluster } from '../../../net/cluster/plan.js'
import { freeBasePort } from '../../../net/cluster/ports.js'
import { Supervisor } from '../../../net/cluster/supervisor.js'
import type { SupervisedNode } from '../../../net/door.js'
import { BadInput } from '../exit.js'

const cli = fileURLToPath(new URL('../main.js', import.meta.url))

/** A cluster that lives as long as a benchmark. */
export class LocalCluster implements Controller {
  readonly #supervisor: Supervisor
  readonly #folders: readonly string[]

  /** @throws BadInput if it does not start */
  static async start(folder: string, nodes: number): Promise<LocalCluster> {
    const plan = planCluster({ folder, nodes, basePort: await freeBasePort(nodes) })
    writeCluster(plan)
    const supervisor = new Supervisor({
      plan,
      command: (file) => [process.execPath, cli, 'node', '--config', file],
      changed: () => undefined,
    })
    try {
      await supervisor.startAll()
    } catch (error) {
      await supervisor.stopAll()
      throw new BadInput(`--local: the cluster did not start: ${(error as Error).message}`)
    }
    const data = plan.nodes.map(({ dataFolder }) => dataFolder)
    return new LocalCluster(supervisor, [...data, join(folder, 'secret')])
  }

  private constructor(supervisor: Supervisor, folders: readonly string[]) {
    this.#supervisor = supervisor
    this.#folders = folders
  }

  get urls(): readonly string[] {
    return this.#supervisor.status().map(({ url }) => url)
  }

  nodes(): Promise<readonly SupervisedNode[]> {
    return Promise.resolve(this.#supervisor.status())
  }

  act(node: string, act: string): Promise<void> {
    return this.#supervisor.act(node, act)
  }

  /** The configurations and logs stay; the data go. */
  async close(): Promise<void> {
    await this.#supervisor.stopAll()
    for (const each of this.#folders) rmSync(each, { recursive: true, force: true })
  }
}

/** The control endpoint of `sim cluster`, whose address and token are in its folder. */
class Endpoint implements Controller {
  readonly #url: string
  readonly #token: string

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.#url = url
    this.#token = token
  }

  nodes(): Promise<readonly SupervisedNode[]> {
    return this.#ask('GET', '/nodes')
  }

  async act(node: string, act: string): Promise<void> {
    await this.#ask('POST', `/nodes/${node}/${act}`)
  }

  async #ask(method: string, path: string): Promise<readonly SupervisedNode[]> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const answer = await fetch(`${this.#url}${path}`, { method, headers })
    const body = (await answer.json()) as { nodes?: SupervisedNode[]; error?: string }
    if (body.nodes === undefined) throw new Error(body.error ?? `status ${String(answer.status)}`)
    return body.nodes
  }
}

/** Of the cluster in that folder, which must be the one that is measured. @throws BadInput */
export async function controlOf(folder: string, targets: readonly string[]): Promise<Controller> {
  const file = join(folder, 'control.json')
  const start = 'start one with sim cluster and name its folder by --data, or say --local 3'
  if (!existsSync(file)) {
    throw new BadInput(`--fault: ${file} is not there; only a local cluster can be hurt: ${start}`)
  }
  const endpoint = new Endpoint(JSON.parse(readFileSync(file, 'utf8')) as EndpointFile)
  let nodes: readonly SupervisedNode[]
  try {
    nodes = await endpoint.nodes()
  } catch {
    throw new BadInput(`--fault: the cluster of ${file} does not run: ${start}`)
  }
  const urls = nodes.map(({ url }) => url)
  const other = targets.find((target) => !urls.includes(new URL(target).origin))
  if (other === undefined) return endpoint
  throw new BadInput(
    `--fault: ${other} is no node of the cluster in ${folder} (${urls.join(', ')}): give another ` +
      '--target or --data',
  )
}

interface EndpointFile {
  readonly url: string
  readonly token: string
}
