/**
 * `npm run bench`: how fast the simulator is, as ratios within one run. Machines are shared and
 * differ by a factor of two, so a figure alone says little; the bare loop and the full protocol are
 * run in turn, and medians are compared.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScenario } from '../../scenarios/load.js'
import { FolderSink } from '../../sim/cli/folder.js'
import { World } from '../../sim/world.js'
import { runBare } from './bare.js'
import { queueTable } from './queue.js'
import { shrinkLine } from './shrink.js'
import { workersLines } from './workers.js'

interface Figure {
  readonly eventsPerSecond: number
  readonly operationsPerSecond: number
  readonly eventsPerOperation: number
  readonly peakMebibytes: number
}

interface Shape {
  readonly nodes: number
  readonly clients: number
  readonly think: string
  readonly seconds: number
}

const rounds = 7
/** Not counted, for either side: the compiler needs about a second to find what runs hot. */
const warmUps = 2
const bareOperations = 200_000

/**
 * The whole protocol with trace hash, history and metrics on disk, as `sim run` does it; without
 * checks and reports; with the invariants, if asked for.
 */
function runFull({ nodes, clients, think, seconds }: Shape, invariants = false): Figure {
  const text = `
name: bench
about: What npm run bench measures.
duration: ${String(seconds)}s
settle: 5s
cluster: { nodes: ${String(nodes)}, replication: { n: 3, r: 2, w: 2 } }
cpu: { per_message: 5us }
workload:
  clients: ${String(clients)}
  think: ${think}
  keys: { count: 1000, distribution: uniform }
  mix: { get: 70%, put: 25%, delete: 5% }
`
  const { scenario, problems } = loadScenario({ text, file: 'bench.yaml' })
  if (problems !== undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const sink = new FolderSink(folder)
    // What a cluster takes to make goes with its nodes, and not with what happens in it.
    const world = new World({ scenario, sink, invariants })
    const started = process.hrtime.bigint()
    while (world.advance(100_000));
    const took = Number(process.hrtime.bigint() - started) / 1e9
    sink.close()
    const { operations } = world.recorder.counts
    return {
      eventsPerSecond: world.events / took,
      operationsPerSecond: operations / took,
      eventsPerOperation: world.events / operations,
      peakMebibytes: process.memoryUsage.rss() / 1_048_576,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function bareFigure(): Figure {
  const { events, millis } = runBare({ nodes: 5, clients: 8, operations: bareOperations })
  return {
    eventsPerSecond: (events / millis) * 1_000,
    operationsPerSecond: (bareOperations / millis) * 1_000,
    eventsPerOperation: events / bareOperations,
    peakMebibytes: process.memoryUsage.rss() / 1_048_576,
  }
}

const median = (values: readonly number[]): number =>
  values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const whole = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function mark(met: boolean): string {
  return met ? 'met' : 'missed'
}

interface Pair {
  readonly bare: readonly Figure[]
  readonly full: readonly Figure[]
}

/**
 * The two in turn. With invariants and without are apart: in one process each would be slowed by
 * what the compiler has learned of the other, and nobody runs them so.
 */
function inTurn(invariants: boolean): Pair {
  const bare: Figure[] = []
  const full: Figure[] = []
  const shape = { nodes: 5, clients: 8, think: '0ms', seconds: 30 }
  for (let round = 0; round < warmUps + rounds; round++) {
    const figures = [bareFigure(), runFull(shape, invariants)] as const
    if (round < warmUps) continue
    bare.push(figures[0])
    full.push(figures[1])
  }
  return { bare, full }
}

/** Says the figures of one; returns the events/s. */
function sayOf(name: string, figures: readonly Figure[]): number {
  const events = median(figures.map((f) => f.eventsPerSecond))
  const operations = median(figures.map((f) => f.operationsPerSecond))
  say(
    `${name}: ${whole(events)} events/s, ${whole(operations)} operations/s, ` +
      `${(figures[0]?.eventsPerOperation ?? 0).toFixed(1)} events an operation`,
  )
  return events
}

function againstBare(): void {
  const plain = inTurn(false)
  const bare = sayOf('bare loop', plain.bare)
  const ratio = sayOf('full protocol, invariants off', plain.full) / bare
  say(`ratio ${ratio.toFixed(3)} of the bare loop's events/s; target 0.35: ${mark(ratio >= 0.35)}`)
  const asserted = inTurn(true)
  const again = sayOf('bare loop', asserted.bare)
  const cost = sayOf('with invariants', asserted.full) / again
  say(`with all invariants asserted, as in sim run: ${cost.toFixed(3)}`)
}

function againstSize(): void {
  const shapes = [
    { nodes: 5, clients: 100, think: '20ms', seconds: 20 },
    { nodes: 100, clients: 1_000, think: '20ms', seconds: 4 },
    { nodes: 1_000, clients: 1_000, think: '20ms', seconds: 4 },
  ]
  const nanos = shapes.map((shape) => {
    const figure = runFull(shape)
    const cost = 1e9 / figure.eventsPerSecond
    say(
      `${String(shape.nodes)} nodes, ${String(shape.clients)} clients: ${whole(cost)} ns an event, ` +
        `resident ${whole(figure.peakMebibytes)} MiB`,
    )
    return cost
  })
  const growth = (nanos[2] ?? Number.NaN) / (nanos[0] ?? Number.NaN)
  say(`5 to 1,000 nodes: ${growth.toFixed(2)}x an event; target under 2: ${mark(growth < 2)}`)
  const [small = Number.NaN, , large = Number.NaN] = shapes.map(({ nodes, clients }) => {
    const { events, millis } = runBare({ nodes, clients, operations: bareOperations })
    return millis / events
  })
  say(`the bare loop, which keeps a map a node and nothing else: ${(large / small).toFixed(2)}x`)
}

function againstTime(): void {
  const short = runFull({ nodes: 5, clients: 8, think: '2ms', seconds: 30 })
  const long = runFull({ nodes: 5, clients: 8, think: '2ms', seconds: 120 })
  say(
    `resident after 30 simulated seconds ${whole(short.peakMebibytes)} MiB, ` +
      `after 120 more ${whole(long.peakMebibytes)} MiB`,
  )
}

// First, while the process is small: what is resident stays so.
say('Memory by length of the run')
againstTime()
say('')
say(`Full protocol against the bare loop (medians of ${String(rounds)} rounds in turn)`)
againstBare()
say('')
say('Cost by size of the cluster')
againstSize()
say('')
say('Event queue against a binary heap')
say(queueTable())
say('')
say('Shrinking')
say(await shrinkLine())
say('')
say('A second worker')
for (const line of await workersLines()) say(line)
