/** A local cluster: one folder that holds a secret, a configuration and a data folder per node. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type Role, roles } from '../api/options.js'
import { linkPortOf } from '../config/place.js'
import { makeFolder } from '../disk/make.js'
import type { LogLevel } from '../door.js'

/**
 * For Node.js itself, of each of so many nodes on this machine (docs/performance.md).
 *
 * - What a request needs is garbage when it is answered; in a young generation of 16 MiB too much
 *   of it is still in use when that is full, and is copied, at each collection. With twice as much
 *   a put costs a tenth less.
 * - A collection of everything is done by four threads beside the node's own, unless told: those of
 *   one node took both of two processors for a tenth of a second, and no node answered meanwhile.
 * - It is due when the heap has grown by half or less, which is every few seconds under load; here
 *   when it is three times as large. While it is young Node.js lets a heap grow further than that.
 */
export function nodeFlagsOf(nodes: number, processors = availableParallelism()): readonly string[] {
  const threads = Math.min(mostThreads, Math.max(1, Math.floor(processors / nodes)))
  const pool = `--v8-pool-size=${String(threads)}`
  return ['--max-semi-space-size=32', pool, '--heap-growing-percent=200']
}

/** As many as Node.js takes unless told. */
const mostThreads = 4

export interface PlannedNode {
  readonly id: string
  readonly port: number
  readonly linkPort: number
  readonly configFile: string
  readonly dataFolder: string
  readonly logFile: string
}

export interface ClusterPlan {
  readonly folder: string
  readonly nodes: readonly PlannedNode[]
  readonly logLevel: LogLevel
  /** Clients need one of them. */
  readonly hasTokens: boolean
}

export interface ClusterWish {
  readonly folder: string
  readonly nodes: number
  readonly basePort: number
  readonly logLevel?: LogLevel
  /** Where a cluster has once had tokens it keeps them. */
  readonly tokens?: boolean
}

/** There is a token for each role: what the file is called that holds it. */
export const tokenFile = (role: Role): string => `${role}.token`

export function planCluster(wish: ClusterWish): ClusterPlan {
  const { folder, nodes, basePort, logLevel = 'info', tokens = false } = wish
  const root = resolve(folder)
  const planned = Array.from({ length: nodes }, (_, index) => {
    const id = `n${String(index + 1)}`
    const port = basePort + index
    return {
      id,
      port,
      linkPort: linkPortOf(port),
      configFile: join(root, `${id}.yaml`),
      dataFolder: join(root, id),
      logFile: join(root, `${id}.log`),
    }
  })
  const hasTokens = tokens || existsSync(join(root, tokenFile('admin')))
  return { folder: root, nodes: planned, logLevel, hasTokens }
}

/**
 * A secret that is there already is kept, as the data is: the same command twice is the same
 * cluster.
 */
export function writeCluster(plan: ClusterPlan): void {
  makeFolder(plan.folder, 0o700)
  const secrets = ['secret', ...(plan.hasTokens ? roles.map(tokenFile) : [])]
  for (const name of secrets) {
    const file = join(plan.folder, name)
    if (!existsSync(file)) writePrivate(file, `${randomBytes(32).toString('base64url')}\n`)
  }
  for (const node of plan.nodes) writeFileSync(node.configFile, configText(node, plan))
}

/** For the owner's eyes only. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 })
  chmodSync(file, 0o600)
}

function configText({ id, port }: PlannedNode, plan: ClusterPlan): string {
  const { nodes, logLevel, hasTokens } = plan
  const peers = nodes
    .filter((peer) => peer.id !== id)
    .map((peer) => `  - { id: ${peer.id}, http: 127.0.0.1:${String(peer.port)} }`)
  return [
    `# Written by sim cluster; sim node --config on this file starts the same node alone.`,
    `cluster: local`,
    `id: ${id}`,
    `listen: 127.0.0.1:${String(port)}`,
    ...(peers.length === 0 ? [] : [`peers:`, ...peers]),
    `data: ${id}`,
    `secrets: [{ file: secret }]`,
    ...(hasTokens ? ['tokens:', ...roles.map(tokenText)] : []),
    ...(logLevel === 'info' ? [] : [`log: { level: ${logLevel} }`]),
    ``,
  ].join('\n')
}

const tokenText = (role: Role): string =>
  `  - { name: ${role}, role: ${role}, file: ${tokenFile(role)} }`

/** What a folder says of the cluster that was in it; null: none was. */
export function countBefore(folder: string): number | null {
  let count = 0
  while (existsSync(join(folder, `n${String(count + 1)}.yaml`))) count++
  return count === 0 ? null : count
}

/** The last lines of a log, for who wants to know why a node has died. */
export function lastLines(file: string, count: number): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count)
  } catch {
    return []
  }
}
