/** Live nodes in this process, on free ports of the loopback, for tests. */
import type { Outcome } from '../../core/index.js'
import { defaultLimits, defaultTiming, nodeId } from '../../core/index.js'
import { defaultApiLimits } from '../../net/api/options.js'
import { freePorts } from '../../net/cluster/ports.js'
import type { NodeConfig, PeerConfig } from '../../net/config/model.js'
import type { Operation } from '../../net/door.js'
import { Journal } from '../../net/journal.js'
import type { DiskNews, OpenedLog } from '../../net/node.js'
import { LiveNode } from '../../net/node.js'
import { MemoryLog } from './memlog.js'

export interface LiveOptions {
  readonly nodes: number
  readonly secrets?: readonly string[]
  readonly change?: (config: NodeConfig) => NodeConfig
  /** A log in memory, unless said. */
  readonly openLog?: (config: NodeConfig, told: DiskNews) => Promise<OpenedLog>
}

export class LiveCluster {
  readonly configs: readonly NodeConfig[]
  readonly logs: readonly MemoryLog[]
  readonly nodes: (LiveNode | null)[]
  readonly lines: string[] = []
  readonly #openLog: NonNullable<LiveOptions['openLog']> | null

  static async create(options: LiveOptions): Promise<LiveCluster> {
    const ports = await freePorts(2 * options.nodes)
    const places = Array.from({ length: options.nodes }, (_, index) => {
      const at = (port: number | undefined) => ({ host: '127.0.0.1', port: port as number })
      const peer = at(ports[2 * index])
      return {
        id: nodeId(`n${String(index + 1)}`),
        http: at(ports[2 * index + 1]),
        peer,
        udp: peer,
      }
    })
    return new LiveCluster(
      places.map((place) =>
        (options.change ?? same)(configOf(place, places, options.secrets ?? [])),
      ),
      options.openLog ?? null,
    )
  }

  private constructor(configs: readonly NodeConfig[], openLog: LiveOptions['openLog'] | null) {
    this.configs = configs
    this.#openLog = openLog ?? null
    this.logs = configs.map(() => new MemoryLog())
    this.nodes = configs.map(() => null)
  }

  async start(index: number): Promise<LiveNode> {
    const config = this.configs[index] as NodeConfig
    const log = this.logs[index] as MemoryLog
    const destination = { write: (line: string) => void this.lines.push(line) }
    const journal = new Journal({ node: config.id, level: 'debug', destination })
    const openLog = (told: DiskNews): Promise<OpenedLog> =>
      this.#openLog === null ? log.open() : this.#openLog(config, told)
    const node = await LiveNode.start({ config, journal, openLog })
    await node.ready
    this.nodes[index] = node
    return node
  }

  async startAll(): Promise<readonly LiveNode[]> {
    return Promise.all(this.configs.map((_, index) => this.start(index)))
  }

  async stop(index: number): Promise<void> {
    await this.nodes[index]?.stop()
    this.nodes[index] = null
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.nodes.map((_, index) => this.stop(index)))
  }
}

const same = (config: NodeConfig): NodeConfig => config

function configOf(
  place: PeerConfig,
  places: readonly PeerConfig[],
  secrets: readonly string[],
): NodeConfig {
  const { id, ...listen } = place
  return {
    clusterId: 'test',
    id,
    listen,
    peers: places.filter((peer) => peer.id !== id),
    seeds: [],
    members: places.map((each) => ({ id: each.id, zone: each.id, weight: 1 })),
    partitions: 64,
    replication: {
      n: 3,
      r: 2,
      w: 2,
      pr: 0,
      pw: 0,
      sloppy: true,
      hedge: false,
      coordinator: 'owner',
    },
    buckets: new Map([['default', { name: 'default', conflict: 'siblings' }]]),
    contextBuckets: [],
    handoff: true,
    readRepair: true,
    antiEntropyMicros: 1_000_000,
    reap: null,
    timing: defaultTiming,
    limits: defaultLimits,
    linkLimits: { messageBytes: 1 << 22, queueMessages: 10_000, queueBytes: 1 << 26 },
    apiLimits: defaultApiLimits,
    defaultTimeoutMicros: 5_000_000,
    slowMicros: 500_000,
    dataFolder: '',
    earlierLives: 0,
    insecure: false,
    secrets,
    tokens: [],
    peerTls: null,
    clientTls: null,
    logLevel: 'debug',
  }
}

const anyQuorum = { r: null, w: null, pr: null, pw: null, monotonic: false }

export function putOf(key: string, value: string | null, opId: string): Operation {
  return {
    kind: 'put',
    opId,
    bucket: 'default',
    key,
    quorum: anyQuorum,
    timeoutMicros: 5_000_000,
    value,
    context: null,
  }
}

export function getOf(key: string, opId: string): Operation {
  return {
    kind: 'get',
    opId,
    bucket: 'default',
    key,
    quorum: anyQuorum,
    timeoutMicros: 5_000_000,
    minimum: null,
  }
}

export const ask = (node: LiveNode, operation: Operation): Promise<Outcome> =>
  new Promise((done) => {
    node.submit(operation, done)
  })

/** Until it is true; fails after so many milliseconds. */
export async function until(what: string, holds: () => boolean, millis = 10_000): Promise<void> {
  const end = performance.now() + millis
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`)
    await new Promise((done) => setTimeout(done, 10))
  }
}
