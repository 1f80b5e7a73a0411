/** A whole live node: the node itself and its public API, begun and ended in the right order. */
import type { ApiOptions } from './api/options.js'
import type { Api } from './api/server.js'
import { startApi } from './api/server.js'
import type { NodeConfig } from './config/model.js'
import { openLog } from './disk/log.js'
import { Journal } from './journal.js'
import { LiveNode } from './node.js'
import { supervisionOf } from './supervision.js'

export interface Running {
  readonly node: LiveNode
  readonly api: Api
  readonly journal: Journal
  /** Takes nothing new, answers what is under way, tells peers, syncs, closes. */
  stop(): Promise<void>
}

/** Requests of clients under way at a stop have this long to end. */
const graceMillis = 5_000

/**
 * Ends once the node serves. `failed`: it can do no more, and the process should end as after an
 * error.
 */
export async function runNode(
  config: NodeConfig,
  failed: (error: Error) => void,
): Promise<Running> {
  const journal = new Journal({ node: config.id, level: config.logLevel })
  const node = await LiveNode.start({
    config,
    journal,
    supervision: supervisionOf(),
    failed,
    openLog: (told) =>
      openLog({
        folder: config.dataFolder,
        clusterId: config.clusterId,
        nodeId: config.id,
        earlierLives: config.earlierLives,
        ...told,
      }),
  })
  try {
    const api = await startApi(node, apiOptionsOf(config), journal.write)
    await node.ready
    return { node, api, journal, stop: () => stop(node, api) }
  } catch (error) {
    await node.stop()
    throw error
  }
}

async function stop(node: LiveNode, api: Api): Promise<void> {
  node.beginStop()
  await api.close(graceMillis)
  await node.stop()
}

function apiOptionsOf(config: NodeConfig): ApiOptions {
  const { host, port } = config.listen.http
  return {
    host,
    port,
    tls: config.clientTls,
    tokens: config.tokens,
    insecure: config.insecure,
    contextBuckets: config.contextBuckets,
    defaultTimeoutMicros: config.defaultTimeoutMicros,
    slowMicros: config.slowMicros,
    logsAll: config.logLevel === 'debug',
    limits: config.apiLimits,
  }
}
