/** What a node takes for a million keys: memory beyond their values, and time to recover them. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LogRecord } from '../../../core/index.js'
import { ByteWriter, encodeContent, nodeId, Placement } from '../../../core/index.js'
import { actorOf } from '../../../core/types.js'
import { segmentName } from '../../../core/log/file.js'
import { readConfig } from '../../../net/config/read.js'
import { planCluster, writeCluster } from '../../../net/cluster/plan.js'
import { freeBasePort } from '../../../net/cluster/ports.js'
import { planOf } from '../../../net/options.js'

export interface Footprint {
  readonly recoverMillis: number
  /** Of the whole process until then. */
  readonly processorMillis: number
  readonly residentBytes: number
  /** The collector's heap, and what lies beside it, after a full collection. */
  readonly heapBytes: number
}

const here = dirname(fileURLToPath(import.meta.url))
const counts = [1_000, 1_000_000]
const valueBytes = 100
const batch = 10_000
const mostMillis = 120_000

/** Two sizes of one node's data: what the difference costs, a key. */
export async function memoryTable(folder: string, say: (line: string) => void): Promise<void> {
  const serving: Footprint[] = []
  const withTrees: Footprint[] = []
  for (const count of counts) {
    const configFile = await writeData(join(folder, String(count)), count)
    serving.push(await footprintOf(configFile, 'serve'))
    withTrees.push(await footprintOf(configFile, 'trees'))
  }
  say(`| ${show(counts.at(-1) ?? 0)} keys in one node, beyond ${String(valueBytes)} B of value |`)
  say('|---|---|')
  say(`| heap, a key | ${perKey(serving, 'heapBytes')} B |`)
  say(`| heap, a key, with all Merkle trees made | ${perKey(withTrees, 'heapBytes')} B |`)
  say(`| resident, a key, just recovered | ${perKey(serving, 'residentBytes')} B |`)
  const large = serving.at(-1)
  const seconds = ((large?.recoverMillis ?? 0) / 1_000).toFixed(1)
  const processor = ((large?.processorMillis ?? 0) / 1_000).toFixed(1)
  const load = (loadavg()[0] ?? 0).toFixed(1)
  say(
    `| recovered in | ${seconds} s, ${processor} s of processor time, at a load average of ${load} |`,
  )
}

const show = (count: number): string => count.toLocaleString('en')

function perKey(footprints: readonly Footprint[], field: 'residentBytes' | 'heapBytes'): string {
  const [small, large] = footprints as [Footprint, Footprint]
  const [few, many] = counts as [number, number]
  return ((large[field] - small[field]) / (many - few) - valueBytes).toFixed(0)
}

/** The log of a node that has taken so many keys. Returns the node's configuration. */
async function writeData(folder: string, count: number): Promise<string> {
  const plan = planCluster({ folder, nodes: 1, basePort: await freeBasePort(1) })
  writeCluster(plan)
  const node = plan.nodes[0]
  const loaded =
    node === undefined ? null : readConfig(node.configFile, { insecure: false, dataFolder: null })
  if (node === undefined || loaded?.config === undefined) throw new Error('no configuration')
  const { options } = planOf(loaded.config)
  mkdirSync(node.dataFolder, { recursive: true })
  writeFileSync(join(node.dataFolder, segmentName(1)), segmentOf(options, count))
  return node.configFile
}

function segmentOf(options: ReturnType<typeof planOf>['options'], count: number): Uint8Array {
  const { id, clusterId, placement } = options
  const writer = new ByteWriter(1 << 20)
  const life: LogRecord = {
    type: 'incarnation',
    clusterId,
    nodeId: id,
    incarnation: 1,
    actorEpoch: 0,
  }
  const lease: LogRecord = { type: 'counter_lease', upTo: count }
  const header = { nodeId: id, incarnation: 1 }
  encodeContent(writer, { header, records: [life, lease], firstSeq: 1 })
  for (let from = 0; from < count; from += batch) {
    const records = Array.from({ length: Math.min(batch, count - from) }, (_, at) =>
      recordOf(placement, id, from + at + 1),
    )
    encodeContent(writer, { header: null, records, firstSeq: 3 + from })
  }
  return writer.view(0)
}

function recordOf(placement: Placement, id: ReturnType<typeof nodeId>, n: number): LogRecord {
  const key = placement.keyRef('default', `user:${String(n)}`)
  const actor = actorOf(id, 0)
  const value = `"${String(n).padStart(valueBytes - 2, '0')}"`
  const sibling = { actor, n, value, hlc: 1_700_000_000_000_000 + n }
  return { type: 'key_state', key, state: { vv: [{ actor, n }], siblings: [sibling] } }
}

/** In a process of its own, which measures itself. */
async function footprintOf(configFile: string, how: 'serve' | 'trees'): Promise<Footprint> {
  const words = ['--expose-gc', join(here, 'footprint.js'), configFile, how]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const alarm = setTimeout(() => child.kill('SIGKILL'), mostMillis)
  await new Promise((done) => child.once('close', done))
  clearTimeout(alarm)
  const lines = Buffer.concat(chunks).toString().trim().split('\n')
  return JSON.parse(lines.at(-1) ?? '') as Footprint
}
