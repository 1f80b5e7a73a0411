/**
 * A run folder made up from a seed, in the formats of docs/results.md: for tests of reports that
 * need a folder of a certain shape (a violation, a million operations, hostile names) rather than
 * a run.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryEvent } from '../../core/history.js'
import type { FaultWindow, RunFile } from '../../reports/load.js'
import type { SyntheticOptions } from './synthetic-options.js'
import { messagesAround, verdictFile } from './synthetic-verdict.js'

const second = 1_000_000

export const defaults: SyntheticOptions = {
  seed: 1,
  seconds: 60,
  clients: 8,
  nodes: 5,
  name: 'partition',
  about:
    'Five nodes split three to two for fifteen seconds; carts stay writable on both sides and ' +
    'merge afterwards.',
  violation: false,
  faults: [
    {
      kind: 'partition',
      label: 'partition n1 n2 | n3 n4 n5',
      fromMicros: 10 * second,
      toMicros: 25 * second,
      nodes: ['n1', 'n2'],
    },
    {
      kind: 'crash',
      label: 'crash n3',
      fromMicros: 38 * second,
      toMicros: 43 * second,
      nodes: ['n3'],
    },
  ],
  thinkMicros: 5000,
}

/** Mulberry32: small, seeded, good enough to make up figures. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

type Draft = Omit<HistoryEvent, 'index'>

const inFault = (faults: readonly FaultWindow[], micros: number, kind: string): boolean =>
  faults.some((at) => at.kind === kind && at.fromMicros <= micros && micros < at.toMicros)

/** One client's operations: closed loop, one at a time. */
class Client {
  private readonly name: string
  private readonly random: () => number
  private readonly options: SyntheticOptions
  private process: number
  private written = 0

  constructor(number: number, options: SyntheticOptions) {
    this.name = `c${String(number)}`
    this.process = number
    this.options = options
    this.random = randomFrom(options.seed * 1000 + number)
  }

  events(): Draft[] {
    const drafts: Draft[] = []
    let micros = Math.floor(this.random() * 5000)
    while (micros < this.options.seconds * second) micros = this.operation(micros, drafts)
    return drafts
  }

  private operation(begun: number, drafts: Draft[]): number {
    const { faults, thinkMicros, nodes } = this.options
    const isRead = this.random() < 0.7
    const key = `k${String(Math.floor(this.random() ** 3 * 100))}`
    const node = `n${String(1 + Math.floor(this.random() * nodes))}`
    const split = inFault(faults, begun, 'partition')
    const crashed = inFault(faults, begun, 'crash')
    let latency = 900 + 700 * Math.exp(this.normal() * 0.5) + (isRead ? 0 : 600)
    if (split) latency += this.random() < 0.2 ? 4000 * Math.exp(this.normal()) : 0
    if (crashed) latency += this.random() < 0.1 ? 9000 * this.random() : 0
    const late = split && this.random() < 0.012
    const refused = (split && this.random() < 0.02) || (crashed && this.random() < 0.006)
    const ended =
      begun + Math.round(late ? 1_000_000 : refused ? 300 + 200 * this.random() : latency)
    const f = isRead ? 'read' : 'write'
    const value = isRead ? null : `${this.name}.${String(this.written++)}`
    const op = `${this.name}.${String(drafts.length / 2)}`
    const shared = { process: this.process, f, key, session: this.name, node } as const
    drafts.push({ ...shared, type: 'invoke', value, time: begun * 1000, op })
    const answer = isRead ? this.answer(key) : { value, dot: `${node}:0#${String(this.written)}` }
    const end = { ...shared, value, time: ended * 1000 }
    if (late) {
      drafts.push({ ...end, type: 'info', code: 'timeout', need: 2, got: 1 })
      this.process += this.options.clients
    } else if (refused) {
      drafts.push({ ...end, type: 'fail', code: 'no_reachable_owner', need: 1, got: 0 })
    } else {
      drafts.push({ ...end, ...answer, type: 'ok', vv: { 'n1:0': 17, 'n3:0': 4 } })
    }
    return ended + thinkMicros
  }

  private answer(key: string): {
    readonly value: Draft['value']
    readonly dots: readonly string[]
  } {
    const draw = this.random()
    if (draw < 0.02) return { value: null, dots: [] }
    if (draw < 0.97) return { value: `${key}.v`, dots: ['n1:0#17'] }
    return { value: [`${key}.v`, `${key}.w`], dots: ['n1:0#17', 'n3:0#4'] }
  }

  /** Box and Muller. */
  private normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random())
  }
}

/** The history's events in the order of their times. */
export function syntheticHistory(options: SyntheticOptions): readonly HistoryEvent[] {
  const drafts: Draft[] = []
  for (let client = 1; client <= options.clients; client++) {
    for (const draft of new Client(client, options).events()) drafts.push(draft)
  }
  drafts.sort((a, b) => a.time - b.time)
  return drafts.map((draft, index) => ({ index, ...draft }))
}

const tickMillis = 100

function metricsText(options: SyntheticOptions, events: readonly HistoryEvent[]): string {
  const rows = Math.ceil(((options.seconds + 11) * 1000) / tickMillis)
  const counts = Array.from({ length: rows }, () => [0, 0, 0, 0, 0, 0])
  const order = ['ok', 'fail', 'info']
  for (const event of events) {
    const row = counts[Math.floor(event.time / 1e6 / tickMillis)]
    const column = (event.f === 'read' ? 0 : 3) + order.indexOf(event.type)
    if (row !== undefined && event.type !== 'invoke') row[column] = (row[column] ?? 0) + 1
  }
  const random = randomFrom(options.seed + 7)
  const header =
    'time_ms,reads_ok,reads_fail,reads_info,writes_ok,writes_fail,writes_info,read_p50_us,' +
    'read_p99_us,read_p999_us,read_max_us,write_p50_us,write_p99_us,write_p999_us,write_max_us,' +
    'messages_sent,messages_lost,divergent_keys,hints,tombstones,siblings_max,' +
    'nodes_up,requests_open,input_queue_max'
  let hints = 0
  const lines = counts.map((row, index) => {
    const micros = index * tickMillis * 1000
    const split = inFault(options.faults, micros, 'partition')
    const crashed = inFault(options.faults, micros, 'crash')
    hints = split || crashed ? hints + Math.floor(random() * 5) : Math.max(0, hints - 70)
    const busy = micros < options.seconds * second
    const divergent = split ? Math.floor(40 + 30 * random()) : Math.min(99, Math.floor(hints / 3))
    const latency = busy ? '1600,3900,5200,6100,2300,4600,5900,7000' : ',,,,,,,'
    const sent = busy ? 900 + Math.floor(200 * random()) : 50
    const tombstones = index % 50
    const up = crashed ? options.nodes - 1 : options.nodes
    const state = [divergent, hints, tombstones, split ? 3 : 1, up]
    const open = [busy ? Math.floor(random() * options.clients) : 0, Math.floor(random() * 6)]
    return [
      (index + 1) * tickMillis,
      ...row,
      latency,
      sent,
      split ? 180 : 1,
      ...state,
      ...open,
    ].join(',')
  })
  return `${header}\n${lines.join('\n')}\n`
}

function runFile(options: SyntheticOptions, events: readonly HistoryEvent[]): RunFile {
  const count = (type: string): number => events.filter((event) => event.type === type).length
  const end = options.seconds * second
  const zones = ['a', 'b', 'c']
  const names = Array.from({ length: options.nodes }, (_, index) => `n${String(index + 1)}`)
  return {
    format: 1,
    version: '0.1.0',
    scenario: scenario(options, names, zones),
    file: `scenarios/${options.name}.yaml`,
    seed: options.seed,
    plant: null,
    command: `npx sim run scenarios/${options.name}.yaml --seed ${String(options.seed)}`,
    traceHash: '9f86d081',
    interrupted: false,
    counts: {
      events: events.length * 17,
      simulatedMicros: end + 11 * second,
      wallMillis: 812,
      operations: count('invoke'),
      ok: count('ok'),
      fail: count('fail'),
      info: count('info'),
    },
    healedAtMicros: end,
    convergedAtMicros: end + 400_000,
    messages: [
      ['replicate', 31_870, 410, 5210],
      ['replicate_ok', 26_250, 33, 0],
      ['read', 74_400, 70, 9800],
      ['read_ok', 64_500, 61, 0],
      ['repair', 2210, 3, 0],
      ['handoff', 980, 1, 12],
      ['handoff_ok', 967, 1, 0],
      ['ping', 7100, 7, 1500],
    ].map(([kind, sent, lost, cut]) => ({
      kind: String(kind),
      sent: Number(sent),
      delivered: Number(sent) - Number(lost) - Number(cut),
      lost: Number(lost),
      cut: Number(cut),
      duplicated: Math.floor(Number(sent) / 1000),
      bytes: Number(sent) * 190,
    })),
    drops: { expired: 12, stale_incarnation: 3, down: 40 },
    ring: names.map((node, index) => ({
      node,
      zone: zones[index % 3] ?? 'a',
      weight: 1,
      primary: Math.floor(64 / names.length) + (index < 64 % names.length ? 1 : 0),
      replicas: Math.round((64 * 3) / names.length),
    })),
    faults: options.faults,
    recoveries: options.faults.map((fault, index) => ({
      label: fault.label,
      healedAtMicros: fault.toMicros,
      convergedAtMicros: index % 3 === 2 ? null : fault.toMicros + 900_000 - index * 500_000,
    })),
  }
}

const constant = { kind: 'constant', micros: 50 } as const

function scenario(
  options: SyntheticOptions,
  names: readonly string[],
  zones: readonly string[],
): RunFile['scenario'] {
  const hop = { kind: 'exponential', minMicros: 200, meanMicros: 1000 } as const
  return {
    name: options.name,
    about: options.about,
    seed: options.seed,
    seeds: {},
    durationMicros: options.seconds * second,
    settleMicros: 30 * second,
    cluster: {
      nodes: names.map((id, index) => ({ id, zone: zones[index % 3] ?? 'a', weight: 1 })),
      partitions: 64,
      n: 3,
      r: options.violation ? 1 : 2,
      w: options.violation ? 1 : 2,
      pr: 0,
      pw: 0,
      sloppy: true,
      hedge: false,
      coordinator: 'owner',
      resendMicros: 250_000,
      handoff: true,
      backgroundYields: true,
      readRepair: true,
      antiEntropyMicros: null,
      reap: null,
      buckets: [{ name: 'default', conflict: 'siblings' }],
    },
    network: {
      latency: { write: hop, write_ok: hop, read: hop, read_ok: hop, other: hop },
      lossPpm: 1000,
      corruptPpm: 0,
      duplicatePpm: 1000,
      reorderPpm: 0,
      reorderMicros: 1000,
      bitsPerSecond: null,
      clientLatency: constant,
      betweenZonesMicros: 0,
      links: [],
    },
    disk: { write: constant, fsync: hop, segmentRecords: 500, snapshotRecords: 2000 },
    cpuPerMessageMicros: 20,
    clocks: { offset: { minMicros: -5000, maxMicros: 5000 }, driftPpm: 50 },
    workload: workload(options),
    faults: [],
    atlas: true,
    expect: {
      durability: true,
      convergence: { withinMicros: 20 * second, expected: true },
      sessions: [],
      linearizable: options.violation ? 'violation' : null,
      siblings: true,
      availability: { minPpm: 990_000, expected: true },
      staleness: { p99Micros: 500_000, expected: true },
      goodput: null,
    },
  }
}

function eventLines(options: SyntheticOptions): string {
  const lines = options.faults.flatMap((fault) => [
    { timeMicros: fault.fromMicros, kind: 'fault_start', node: null, detail: fault.label },
    ...fault.nodes.map((node, index) => ({
      timeMicros: fault.fromMicros + 400_000 + index * 31_000,
      kind: 'peer_suspected',
      node,
      detail: `${node} suspects n4`,
    })),
    { timeMicros: fault.toMicros, kind: 'fault_end', node: null, detail: fault.label },
  ])
  const end = options.seconds * second
  const all = [
    ...lines,
    { timeMicros: end, kind: 'healed', node: null, detail: 'all faults healed' },
    { timeMicros: end + 400_000, kind: 'converged', node: null, detail: 'replicas are equal' },
  ]
  all.sort((a, b) => a.timeMicros - b.timeMicros)
  return all.map((line) => JSON.stringify(line)).join('\n') + '\n'
}

/** Writes the folder (made if it is missing); returns how many operations it holds. */
export function writeSyntheticRun(dir: string, changes: Partial<SyntheticOptions> = {}): number {
  const options: SyntheticOptions = { ...defaults, ...changes }
  mkdirSync(dir, { recursive: true })
  const events = syntheticHistory(options)
  const run = runFile(options, events)
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text)
  write('history.jsonl', events.map((event) => JSON.stringify(event)).join('\n') + '\n')
  write('run.json', JSON.stringify(run, null, 2))
  write('events.jsonl', eventLines(options))
  write('metrics.csv', metricsText(options, events))
  write('verdict.json', JSON.stringify(verdictFile(options, events), null, 2))
  if (options.violation) write('messages.jsonl', messagesAround(events))
  return run.counts.operations
}

function workload(options: SyntheticOptions): RunFile['scenario']['workload'] {
  return {
    clients: options.clients,
    forMicros: null,
    think: { kind: 'constant', micros: options.thinkMicros },
    perSecond: null,
    surges: [],
    bucket: 'default',
    keyCount: 100,
    keyDistribution: { kind: 'zipfian', exponent: 0.99 },
    mixPpm: { get: 700_000, put: 300_000, delete: 0, append: 0 },
    valueBytes: 100,
    quorum: { r: null, w: null, monotonic: false },
    timeoutMicros: second,
    contexts: 'session',
    sessionMinimum: false,
    failover: true,
    operations: null,
    inTurn: true,
    probe: null,
  }
}
