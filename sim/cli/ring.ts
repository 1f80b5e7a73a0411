/**
 * `sim ring FILE [STEP..]`: how evenly a cluster's ring is dealt out, and what members that come
 * and go would move.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import { stringify } from 'csv-stringify/sync'
import type { CommandModule } from 'yargs'
import type { KeyRef, Member, Plan, Ring } from '../../core/index.js'
import { createRing, keyRef, nodeId, planJoin, planLeave } from '../../core/index.js'
import type { RingFile } from '../../reports/ring.js'
import { ringPage, stepHead, stepRow } from '../../reports/ring.js'
import type { RingStep } from '../../reports/ring/measure.js'
import { firstStep, keysByPartition, stepOf } from '../../reports/ring/measure.js'
import type { Scenario } from '../../scenarios/model.js'
import { clientName } from '../../scenarios/resolve/name.js'
import { namePattern } from '../../scenarios/schema/scalar.js'
import { BadInput } from './exit.js'
import { makeRunFolder } from './folder.js'
import { quoted } from './quoted.js'
import { readScenario } from './scenario.js'
import { version } from './version.js'

interface RingOptions {
  readonly file: string
  readonly steps: readonly string[]
  readonly keys: number
  readonly out: string | undefined
  readonly json: boolean
}

const mostKeys = 10_000_000

export const ringCommand: CommandModule<object, RingOptions> = {
  command: 'ring <file> [steps..]',
  describe: 'how even a cluster is, and what members that join and leave move',
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'a scenario file: its cluster is where the plan begins',
      })
      .positional('steps', {
        type: 'string',
        array: true,
        default: [],
        describe: 'join=NODE[:ZONE[:WEIGHT]] or leave=NODE, one after the other',
      })
      .option('keys', {
        type: 'number',
        default: 100_000,
        requiresArg: true,
        describe: 'keys k1, k2, ... to count in every partition',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'a new folder for ring.html, ring.csv and moves.csv',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .example('$0 ring scenarios/partition.yaml join=n6', 'a sixth node')
      .example(
        '$0 ring scenarios/partition.yaml join=n6:a:2 leave=n1 --out ring',
        'one for another',
      ),
  handler: handle,
}

/** A step as it was asked for, and what the planner makes of it. */
interface Planned {
  readonly text: string
  readonly before: Ring
  readonly plan: Plan
}

async function handle({ file, steps, keys, out, json }: RingOptions): Promise<void> {
  if (!Number.isSafeInteger(keys) || keys < 0 || keys > mostKeys) {
    throw new BadInput(`--keys ${String(keys)}: a whole number from 0 to ${String(mostKeys)}`)
  }
  const scenario = readScenario(file, undefined)
  const first = createRing({
    members: membersOf(scenario),
    partitions: scenario.cluster.partitions,
    replicas: scenario.cluster.n,
  })
  const planned: Planned[] = []
  let ring = first.ring
  for (const text of steps) {
    const plan = planOf(ring, text)
    planned.push({ text, before: ring, plan })
    ring = plan.ring
  }
  const sample = keysByPartition(sampleOf(keys, ring.partitions), ring.partitions)
  const result: RingFile = {
    ...{ format: 1, version, keys, name: scenario.name },
    command: ['npx sim ring', file, ...steps]
      .map((part, i) => (i === 0 ? part : quoted(part)))
      .join(' '),
    ...{ partitions: ring.partitions, replicas: ring.replicas },
    steps: [
      firstStep(first.ring, first.problems, sample),
      ...planned.map(({ text, before, plan }) => stepOf(text, before, plan, sample)),
    ],
  }
  const folder = out === undefined ? null : makeRunFolder(out, 'ring', 1)
  if (folder !== null) await write(folder, result, planned, sample)
  process.stdout.write(json ? `${JSON.stringify({ ...result, folder })}\n` : say(result, folder))
}

const membersOf = ({ cluster }: Scenario): readonly Member[] =>
  cluster.nodes.map(({ id, zone, weight }) => ({ id: nodeId(id), zone, weight }))

function* sampleOf(keys: number, partitions: number): Generator<KeyRef> {
  for (let i = 1; i <= keys; i++) yield keyRef('default', `k${String(i)}`, partitions)
}

function planOf(ring: Ring, text: string): Plan {
  const [, verb, rest] = /^(join|leave)=(.+)$/.exec(text) ?? []
  if (verb === undefined || rest === undefined) {
    throw new BadInput(`${text}: a step is join=NODE[:ZONE[:WEIGHT]] or leave=NODE`)
  }
  const plan =
    verb === 'join' ? planJoin(ring, newcomer(ring, text, rest)) : leaving(ring, text, rest)
  if (plan.ring === ring) throw new BadInput(`${text}: ${plan.problems.join('; ')}`)
  return plan
}

function leaving(ring: Ring, text: string, node: string): Plan {
  if (!/^[A-Za-z0-9_.-]+$/.test(node)) throw new BadInput(`${text}: ${node} is no name of a node`)
  return planLeave(ring, nodeId(node))
}

function newcomer(ring: Ring, text: string, rest: string): Member {
  const [, node = '', zone, weight] =
    /^([A-Za-z0-9_.-]+)(?::([^:]*))?(?::([^:]*))?$/.exec(rest) ?? []
  if (node === '')
    throw new BadInput(`${text}: write join=NODE, join=NODE:ZONE or join=NODE:ZONE:2`)
  refuseOddName(text, node)
  if (zone) refuseOddName(text, zone)
  if (clientName.test(node)) {
    throw new BadInput(`${text}: ${node} is the name of a client: call the node n1 or so`)
  }
  const share = weight === undefined ? 1 : Number(weight)
  if (weight === '' || !Number.isFinite(share) || share < 0 || share > 1_000) {
    throw new BadInput(`${text}: a weight is a number from 0 to 1000`)
  }
  return { id: nodeId(node), zone: zone || emptiestZone(ring, node), weight: share }
}

/** As in a scenario file, where the node would have to be named next. */
function refuseOddName(text: string, name: string): void {
  if (namePattern.test(name)) return
  throw new BadInput(
    `${text}: a name has at most 64 letters, digits, - and _, and starts with a letter`,
  )
}

/** Where every node is its own zone, so is the newcomer. */
function emptiestZone({ members }: Ring, node: string): string {
  if (members.every(({ id, zone }) => zone === id)) return node
  const weights = new Map<string, number>()
  for (const { zone, weight } of members) weights.set(zone, (weights.get(zone) ?? 0) + weight)
  const zones = [...weights].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
  return (zones[0] as [string, number])[0]
}

async function write(
  folder: string,
  result: RingFile,
  planned: readonly Planned[],
  sample: readonly number[],
): Promise<void> {
  const head = ['step', 'node', 'zone', 'weight', 'primaries', 'replicas', 'fair_replicas', 'keys']
  const rows = result.steps.flatMap(({ label, shares }) =>
    shares.map(({ node, zone, weight, primaries, replicas, fair, keys }) => {
      return [label, node, zone, weight, primaries, replicas, fair.toFixed(2), keys]
    }),
  )
  const moves = planned.flatMap(({ text, plan }) =>
    plan.moves.map(({ partition, from, to }) => [
      text,
      partition,
      from,
      to,
      sample[partition] ?? 0,
    ]),
  )
  const csv = (table: readonly (readonly unknown[])[]): string =>
    stringify(table as unknown[][], { escape_formulas: true })
  writeFileSync(join(folder, 'ring.csv'), csv([head, ...rows]))
  writeFileSync(
    join(folder, 'moves.csv'),
    csv([['step', 'partition', 'from', 'to', 'keys'], ...moves]),
  )
  writeFileSync(join(folder, 'ring.html'), await ringPage(result))
}

function say(result: RingFile, folder: string | null): string {
  const table = new Table({ head: stepHead, style: { head: [], border: [], compact: true } })
  for (const step of result.steps) table.push([...stepRow(step)])
  const { partitions, replicas, keys, steps } = result
  const lines = [
    `${result.name}: ${String(partitions)} partitions, ${String(replicas)} replicas each, ` +
      `${String(keys)} keys sampled`,
    table.toString(),
    sharesTable(steps.at(-1) as RingStep),
    ...steps.flatMap(({ label, problems }) => problems.map((problem) => `${label}: ${problem}`)),
  ]
  if (folder !== null)
    lines.push(...['ring.html', 'ring.csv', 'moves.csv'].map((name) => `  ${join(folder, name)}`))
  return `${lines.join('\n')}\n`
}

/** More nodes than a person reads are left to ring.csv. */
const mostRows = 40

function sharesTable({ label, shares }: RingStep): string {
  const head = ['node', 'zone', 'weight', 'first owner of', 'replicas', 'fair', 'keys']
  const table = new Table({ head, style: { head: [], border: [], compact: true } })
  for (const { node, zone, weight, primaries, replicas, fair, keys } of shares.slice(0, mostRows)) {
    table.push([node, zone, weight, primaries, replicas, fair.toFixed(1), keys].map(String))
  }
  const more = shares.length - mostRows
  const rest = more > 0 ? `\nand ${String(more)} more; --out FOLDER writes them all` : ''
  return `After ${label === 'at first' ? 'nothing' : label}:\n${table.toString()}${rest}`
}
