/** A cluster of real processes for a test, with weather between any two of them if it wants. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Controller } from '../../net/bench/fault.js'
import type { ClusterPlan, PlannedNode } from '../../net/cluster/plan.js'
import { lastLines, planCluster, writeCluster } from '../../net/cluster/plan.js'
import { freeBasePort, freePorts } from '../../net/cluster/ports.js'
import { Supervisor } from '../../net/cluster/supervisor.js'
import type { SupervisedNode } from '../../net/door.js'
import { forkStream } from '../../sim/random.js'
import { mainPath } from '../sim/cli/command.js'
import { onSmallDisk, SmallDisk } from './smalldisk.js'
import type { Mood } from './weather.js'
import { Weather } from './weather.js'

export class Rig implements Controller {
  readonly folder: string
  readonly #supervisor: Supervisor
  readonly #plan: ClusterPlan
  readonly #weathers: readonly Weather[]

  /**
   * `flags`: of Node.js, for every node; `settings`: lines more of every configuration;
   * `smallDisk`: the node that has one.
   */
  static async start(
    nodes: number,
    weathered: boolean,
    flags: readonly string[] = [],
    settings: readonly string[] = [],
    smallDisk: string | null = null,
  ): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'sim-processes-'))
    const plan = planCluster({ folder, nodes, basePort: await freeBasePort(nodes) })
    writeCluster(plan)
    const weathers = weathered ? await between(plan) : []
    for (const { configFile } of plan.nodes) {
      appendFileSync(configFile, settings.map((line) => `${line}\n`).join(''))
    }
    const supervisor = new Supervisor({
      plan,
      command: (file) => {
        const command = [process.execPath, ...flags, mainPath, 'node', '--config', file]
        const small = plan.nodes.find(({ id }) => id === smallDisk)
        return small?.configFile === file ? onSmallDisk(small.dataFolder, command) : command
      },
      changed: () => undefined,
    })
    const rig = new Rig(plan, supervisor, weathers)
    try {
      await supervisor.startAll()
    } catch (error) {
      await rig.stop()
      throw error
    }
    return rig
  }

  private constructor(plan: ClusterPlan, supervisor: Supervisor, weathers: readonly Weather[]) {
    this.folder = plan.folder
    this.#plan = plan
    this.#supervisor = supervisor
    this.#weathers = weathers
  }

  get urls(): readonly string[] {
    return this.#supervisor.status().map(({ url }) => url)
  }

  /** The processes that run, and where they keep what. */
  get watched() {
    return this.#supervisor.status().flatMap(({ id, pid, dataFolder, logFile }) => {
      return pid === null ? [] : [{ id, pid, dataFolder, logFile }]
    })
  }

  /** Of what was to come through, how much did not. */
  get lost(): number {
    return this.#weathers.reduce((sum, { lost }) => sum + lost, 0)
  }

  nodes(): Promise<readonly SupervisedNode[]> {
    return Promise.resolve(this.#supervisor.status())
  }

  act(node: string, act: string): Promise<void> {
    return this.#supervisor.act(node, act)
  }

  /** Between all of them, from now on. */
  set mood(mood: Mood) {
    for (const weather of this.#weathers) weather.mood = mood
  }

  /** Of the node that was started with one. */
  smallDiskOf(node: string): SmallDisk {
    const found = this.watched.find(({ id }) => id === node)
    if (found === undefined) throw new Error(`${node} does not run`)
    return new SmallDisk(found.pid, found.dataFolder)
  }

  /** Lines of each node's log that hold that text. */
  grep(text: string): readonly (readonly string[])[] {
    return this.#plan.nodes.map(({ logFile }) =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes(text)),
    )
  }

  /** The last lines of every log, for who wonders what went wrong. */
  logs(): string {
    return this.#plan.nodes.flatMap(({ logFile }) => lastLines(logFile, 5)).join('\n')
  }

  async stop(): Promise<void> {
    await this.#supervisor.stopAll()
    for (const weather of this.#weathers) weather.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Every node is told of ports for its peers behind which there is weather of its own. */
async function between({ nodes }: ClusterPlan): Promise<readonly Weather[]> {
  const ports = [...(await freePorts(nodes.length * (nodes.length - 1)))]
  const weathers: Weather[] = []
  for (const node of nodes) {
    const peers: string[] = []
    for (const peer of nodes) {
      if (peer === node) continue
      const port = ports.pop() as number
      const target = { host: '127.0.0.1', port: peer.linkPort }
      const stream = forkStream(1, `weather/${node.id}/${peer.id}`)
      weathers.push(await Weather.open(port, target, stream))
      peers.push(peerLine(peer, port))
    }
    writeFileSync(node.configFile, configText(node, peers))
  }
  return weathers
}

const peerLine = ({ id, port }: PlannedNode, through: number): string =>
  `  - { id: ${id}, http: 127.0.0.1:${String(port)}, peer: 127.0.0.1:${String(through)}, ` +
  `udp: 127.0.0.1:${String(through)} }`

const configText = ({ id, port }: PlannedNode, peers: readonly string[]): string =>
  [
    'cluster: local',
    `id: ${id}`,
    `listen: 127.0.0.1:${String(port)}`,
    'peers:',
    ...peers,
    `data: ${id}`,
    'secrets: [{ file: secret }]',
    '',
  ].join('\n')
