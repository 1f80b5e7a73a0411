/**
 * One node in this process: tells what it takes, and ends.
 *
 *   footprint.js CONFIG serve    as `sim node` runs it, until it answers
 *   footprint.js CONFIG trees    its core alone, once all its Merkle trees are made
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Node } from '../../../core/index.js'
import type { NodeConfig } from '../../../net/config/model.js'
import { readConfig } from '../../../net/config/read.js'
import { openLog } from '../../../net/disk/log.js'
import { planOf } from '../../../net/options.js'
import { runNode } from '../../../net/run.js'
import type { Footprint } from './memory.js'

async function serve(config: NodeConfig): Promise<Footprint> {
  const startedMillis = performance.now()
  const running = await runNode(config, () => process.exit(1))
  const measured = await footprint(performance.now() - startedMillis)
  await running.stop()
  return measured
}

async function withTrees(config: NodeConfig): Promise<Footprint> {
  const startedMillis = performance.now()
  const node = await coreOf(config)
  const recoverMillis = performance.now() - startedMillis
  if (node.treeDrift(0).length > 0) throw new Error('a Merkle tree is not that of the data')
  const measured = await footprint(recoverMillis)
  // Alive until here: what nobody will use any more is not there to be measured.
  if (node.counters.expired > 0) throw new Error('nothing was asked')
  return measured
}

/** On its own, so that nothing of what was recovered is held but by the node. */
async function coreOf(config: NodeConfig): Promise<Node> {
  const { clusterId, id, dataFolder } = config
  const { recovered, log } = await openLog({ clusterId, nodeId: id, folder: dataFolder })
  await log.close()
  return new Node(planOf(config).options, recovered)
}

/** The collector gives pages back a while after it has emptied them. */
async function footprint(recoverMillis: number): Promise<Footprint> {
  const { user, system } = process.cpuUsage()
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await sleep(300)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    recoverMillis,
    processorMillis: (user + system) / 1_000,
    residentBytes: rss,
    heapBytes: heapUsed + external,
  }
}

const [, , file = '', how] = process.argv
const loaded = readConfig(file, { insecure: false, dataFolder: null })
if (loaded?.config === undefined) throw new Error(`${file}: no configuration`)
const measured = await (how === 'trees' ? withTrees : serve)(loaded.config)
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)
