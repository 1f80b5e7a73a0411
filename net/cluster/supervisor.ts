/** The processes of a local cluster: starts them, watches them, does to them what it is asked. */
import type { NodeLogPage, SupervisedNode } from '../door.js'
import { supervisedActs } from '../door.js'
import type { Wish } from '../supervision.js'
import type { Question } from './child.js'
import { Child } from './child.js'
import { readLogFile } from './logfile.js'
import type { ClusterPlan } from './plan.js'

export interface NodeStatus extends SupervisedNode {
  readonly pid: number | null
  readonly dataFolder: string
  readonly logFile: string
}

export interface SupervisorOptions {
  readonly plan: ClusterPlan
  /** Program and arguments that run `sim node --config` on that file. */
  readonly command: (configFile: string) => readonly string[]
  readonly changed: (node: NodeStatus, why: string) => void
}

export class Supervisor {
  readonly #children: readonly Child[]
  #stopping = false

  constructor({ plan, command, changed }: SupervisorOptions) {
    this.#children = plan.nodes.map(
      (node) =>
        new Child({
          plan: node,
          command: command(node.configFile),
          changed: (child, why) => {
            changed(statusOf(child), why)
          },
          asked: (child, question) => {
            void this.#answer(child, question)
          },
        }),
    )
  }

  get stopping(): boolean {
    return this.#stopping
  }

  status(): readonly NodeStatus[] {
    return this.#children.map(statusOf)
  }

  /** Ends when all serve; rejects with the reason of the first that does not. */
  async startAll(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.start()))
  }

  async stopAll(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#children.map((child) => child.stop()))
  }

  async #answer(child: Child, { number, wish }: Question): Promise<void> {
    let problem: string | null = null
    let log: NodeLogPage | null = null
    try {
      log = await this.#grant(wish)
    } catch (error) {
      problem = messageOf(error)
    }
    const nodes = this.status().map(({ id, state, url }) => ({ id, state, url }))
    child.answer({ kind: 'answer', number, problem, nodes, log })
  }

  async #grant(wish: Wish): Promise<NodeLogPage | null> {
    if (wish.kind === 'act') await this.act(wish.node, wish.act)
    if (wish.kind !== 'log') return null
    return readLogFile(this.#find(wish.node).plan.logFile, wish.after, wish.limit)
  }

  #find(node: string): Child {
    const child = this.#children.find(({ plan }) => plan.id === node)
    if (child === undefined) throw new Error(`no node ${node} in this cluster`)
    return child
  }

  /** Ends when it is done; rejects with what is wrong with the wish, for people. */
  async act(node: string, act: string): Promise<void> {
    const child = this.#find(node)
    if (this.#stopping) throw new Error('the cluster is stopping')
    switch (supervisedActs.find((known) => known === act)) {
      case 'start':
        await child.start()
        return
      case 'stop':
        await child.stop()
        return
      case 'restart':
        await child.stop()
        await child.start()
        return
      case 'kill':
        await child.kill()
        return
      case 'pause':
        child.pause()
        return
      case 'resume':
        child.resume()
        return
      case undefined:
        throw new Error(`${act} is not one of ${supervisedActs.join(', ')}`)
    }
  }
}

function statusOf(child: Child): NodeStatus {
  const { id, port, dataFolder, logFile } = child.plan
  const url = child.url ?? `http://127.0.0.1:${String(port)}`
  return { id, state: child.state, url, pid: child.pid, dataFolder, logFile }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
