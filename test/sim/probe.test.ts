/**
 * Probes against a plain computation that knows nothing of nodes, messages or events: the same four
 * delays, drawn by themselves (WARS, PBS section 5.1).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProbeCell, ProbeQuantile } from '../../scenarios/probe.js'
import { forkStream } from '../../sim/random.js'
import type { Message } from '../../core/index.js'
import { Probes } from '../../sim/probe.js'
import { root } from '../scenarios/root.js'
import { play, scenarioOf } from './stage.js'

const draws = forkStream(7, 'delays')
const pareto = (least: number, alpha: number): number =>
  least / Math.pow(1 - draws.next(), 1 / alpha)
const exponential = (rate: number): number => -Math.log(1 - draws.next()) / rate
const quick = (): number => (draws.next() < 0.9122 ? pareto(235, 10) : exponential(0.00166))
const disk = (): number => (draws.next() < 0.38 ? pareto(1_050, 1.51) : exponential(0.000183))

interface Twin {
  /** Ascending, by place. */
  readonly reads: readonly number[][]
  readonly writes: readonly number[][]
  /** By (r - 1) * 3 + (w - 1). */
  readonly visible: readonly number[][]
}

/** `apart`: micros between zones; writer and reader each sit in a zone drawn anew. */
function twin(write: () => number, other: () => number, apart: number, trials: number): Twin {
  const lists = (count: number): number[][] => Array.from({ length: count }, () => [])
  const reads = lists(3)
  const writes = lists(3)
  const visible = lists(9)
  for (let trial = 0; trial < trials; trial++) {
    const [writer, reader] = [Math.floor(draws.next() * 3), Math.floor(draws.next() * 3)]
    const way = (from: number, to: number): number => (from === to ? 0 : apart)
    const durable = [0, 1, 2].map((replica) => write() + way(writer, replica))
    const acked = durable
      .map((micros, replica) => micros + other() + way(writer, replica))
      .sort((a, b) => a - b)
    const answers = [0, 1, 2]
      .map((replica) => {
        const arrives = other() + way(reader, replica)
        return {
          lead: (durable[replica] as number) - arrives,
          at: arrives + other() + way(reader, replica),
        }
      })
      .sort((a, b) => a.at - b.at)
    for (let i = 0; i < 3; i++) {
      reads[i]?.push(answers[i]?.at as number)
      writes[i]?.push(acked[i] as number)
      const lead = Math.min(...answers.slice(0, i + 1).map((answer) => answer.lead))
      acked.forEach((commit, w) => visible[i * 3 + w]?.push(Math.max(0, lead - commit)))
    }
  }
  return { reads, writes, visible }
}

function quantile(values: number[], q: number): number {
  values.sort((a, b) => a - b)
  return values[Math.ceil(q * values.length) - 1] as number
}

function paper(name: string, seconds: number) {
  const text = readFileSync(join(root, `scenarios/pbs/${name}.yaml`), 'utf8')
  const { world } = play(
    scenarioOf(text.replace(/^duration: .*$/m, `duration: ${String(seconds)}s`)),
  )
  const report = world.probes?.report()
  assert.ok(report, 'the clients probe')
  return report
}

const near = (found: number, wanted: number, share: number, what: string): void =>
  assert.ok(
    Math.abs(found - wanted) <= share * wanted,
    `${what}: ${String(found)}, ${String(wanted)}`,
  )

/** The twin has its own noise, as wide again as what the probes say of theirs. */
function within({ micros, lowMicros, highMicros }: ProbeQuantile, wanted: number, what: string) {
  const slack = highMicros - lowMicros
  const inside = wanted >= lowMicros - slack && wanted <= highMicros + slack
  assert.ok(inside, `${what}: ${String(micros)}, ${String(wanted)}`)
  assert.ok(slack <= 0.5 * Math.max(micros, 100), `${what}: too wide to say anything`)
}

function compare(cells: readonly ProbeCell[], { reads, writes, visible }: Twin): void {
  for (const { r, w, read, write, t99, atOnce } of cells) {
    const name = `R=${String(r)} W=${String(w)}`
    near(read.p50.micros, quantile(reads[r - 1] as number[], 0.5), 0.02, `${name} read p50`)
    within(read.p99, quantile(reads[r - 1] as number[], 0.99), `${name} read p99`)
    near(write.p50.micros, quantile(writes[w - 1] as number[], 0.5), 0.02, `${name} write p50`)
    within(write.p99, quantile(writes[w - 1] as number[], 0.99), `${name} write p99`)
    const times = visible[(r - 1) * 3 + w - 1] as number[]
    within(t99, quantile(times, 0.99), `${name} t99`)
    const fresh = times.filter((t) => t <= 0).length / times.length
    const gap = Math.abs(atOnce - fresh)
    assert.ok(gap < 0.01, `${name} at once: ${String(atOnce)} ${String(fresh)}`)
  }
}

test('probe: pbs/ssd agrees with a plain computation of the same delays', () => {
  const report = paper('ssd', 1)
  assert.ok(report.probes > 40_000, String(report.probes))
  assert.is(report.contradicted, 0)
  assert.ok(report.compared > report.probes * 0.9)
  compare(report.cells, twin(quick, quick, 0, 40_000))
})

test('probe: pbs/wan agrees with a plain computation: zones, and clients anywhere', () => {
  const report = paper('wan', 2)
  assert.ok(report.probes > 25_000, String(report.probes))
  assert.is(report.contradicted, 0)
  compare(report.cells, twin(disk, quick, 75_000, 40_000))
})

/** One write and one read of `k`, with answers at these times; replicas 0, 1, 2, coordinator 3. */
function played(probes: Probes, seen: boolean): void {
  const say = (
    kind: string,
    from: number,
    to: number,
    now: number,
    at: number,
    request: number,
  ) => {
    const message = { kind, request, key: { key: 'k' } } as unknown as Message
    probes.sent(from, to, message, now, at)
  }
  const [durable, acked] = [
    [100, 300, 900],
    [150, 400, 950],
  ]
  const [arrives, answered] = [
    [420, 410, 405],
    [440, 450, 430],
  ]
  for (let i = 0; i < 3; i++) say('replicate', 3, i, 0, durable[i] as number, 1)
  for (let i = 0; i < 3; i++) say('replicate_ok', i, 3, durable[i] as number, acked[i] as number, 1)
  for (let i = 0; i < 3; i++) say('read', 3, i, 400, arrives[i] as number, 2)
  for (let i = 0; i < 3; i++) say('read_ok', i, 3, arrives[i] as number, answered[i] as number, 2)
  probes.saw('k', seen)
}

test('probe: one write and one read, worked out by hand', () => {
  const probes = new Probes(3, 1)
  // Replica 2 answers first, and got the write only at 900: this read saw nothing.
  played(probes, false)
  const report = probes.report()
  assert.equal([report.probes, report.compared, report.contradicted], [1, 1, 0])
  const t = (r: number, w: number) => report.cells[(r - 1) * 3 + w - 1]?.t999.micros
  // W=1 commits at 150; replica 2 is asked 5 after the read begins: it must begin at 895.
  assert.is(t(1, 1), 895 - 150)
  // W=3 commits at 950, when everybody has it.
  assert.is(t(1, 3), 0)
  // R=2 hears replica 0 too, which has it at 100 and is asked 20 after the beginning.
  assert.is(t(2, 1), 0)
  assert.equal(
    report.cells.slice(0, 3).map(({ write }) => write.p50.micros),
    [150, 400, 950],
  )
  assert.equal(
    [0, 3, 6].map((cell) => report.cells[cell]?.read.p50.micros),
    [30, 40, 50],
  )
})

test('probe: a read that sees what the delays rule out is told', () => {
  const probes = new Probes(3, 1)
  played(probes, true)
  assert.is(probes.report().contradicted, 1)
})

test('probe: what would change how writes spread is refused, at its place', () => {
  const text = JSON.stringify({
    name: 'x',
    about: 'x',
    cluster: { nodes: 5 },
    workload: { probe: { after: '1ms' }, mix: { get: '100%' } },
  })
  try {
    scenarioOf(text)
    assert.unreachable()
  } catch (error) {
    const { message } = error as Error
    for (const word of ['cluster.read_repair', 'weight 0', 'mix says nothing here']) {
      assert.ok(message.includes(word), message)
    }
  }
})

test.run()
