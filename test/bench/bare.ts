/**
 * The yardstick of `npm run bench`: what a simulation costs before it has a protocol, checks or
 * faults.
 *
 * Clients put and get through a coordinator that asks N = 3 replicas and answers at R = W = 2.
 * Plain objects in a binary heap, exponential latencies, a rolling hash over the events, two
 * history lines an operation, written to a file, and a timer per operation that nearly always is
 * cancelled. Nothing here is slow on purpose.
 *
 *   npx tsx test/bench/bare.ts
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { forkStream } from '../../sim/random.js'
import { BinaryHeap } from './queue.js'

export interface BareOptions {
  readonly nodes: number
  readonly clients: number
  readonly operations: number
}

export interface BareFigure {
  /** Handled: cancelled timers that the heap still held are not counted. */
  readonly events: number
  readonly millis: number
  /** Of the trace: the same in every run. */
  readonly hash: number
}

interface Operation {
  readonly client: number
  readonly coordinator: number
  readonly key: number
  /** null: a get. */
  readonly value: string | null
  /** Number of the write: the later one wins. */
  readonly write: number
  answers: number
  version: number
  found: string | null
  done: boolean
}

interface Cell {
  readonly version: number
  readonly value: string | null
}

const [arrive, replicate, answer, reply, timeout] = [0, 1, 2, 3, 4] as const
const replicas = 3
const quorum = 2
const keys = 100
const timeoutMicros = 1_000_000

export function runBare(options: BareOptions): BareFigure {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'))
  const file = openSync(join(folder, 'history.jsonl'), 'w')
  try {
    const start = process.hrtime.bigint()
    const { events, hash } = new Simulation(options, file).run()
    return { events, hash, millis: Number(process.hrtime.bigint() - start) / 1e6 }
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}

class Simulation {
  readonly #options: BareOptions
  readonly #file: number
  readonly #random = forkStream(1, 'bare')
  readonly #heap = new BinaryHeap()
  readonly #stores: readonly Map<number, Cell>[]
  #now = 0
  #issued = 0
  #lines = 0
  #buffer = ''

  constructor(options: BareOptions, file: number) {
    this.#options = options
    this.#file = file
    this.#stores = Array.from({ length: options.nodes }, () => new Map<number, Cell>())
  }

  run(): { events: number; hash: number } {
    let events = 0
    let hash = 0
    for (let client = 0; client < this.#options.clients; client++) this.#issue(client)
    for (let event = this.#heap.pop(); event !== null; event = this.#heap.pop()) {
      const operation = event.payload as Operation
      if (event.kind === timeout && operation.done) continue
      this.#now = event.atMicros
      events++
      hash = Math.imul(hash ^ event.atMicros, 0x85ebca6b)
      hash = (hash << 13) | (hash >>> 19)
      hash = Math.imul(hash ^ ((event.kind << 16) | event.target), 0xc2b2ae35)
      this.#handle(event.kind, event.target, operation)
    }
    writeSync(this.#file, this.#buffer)
    return { events, hash: hash >>> 0 }
  }

  #handle(kind: number, target: number, operation: Operation): void {
    switch (kind) {
      case arrive:
        for (let offset = 0; offset < replicas; offset++)
          this.#send(replicate, (operation.key + offset) % this.#options.nodes, operation)
        return
      case replicate:
        this.#replicate(target, operation)
        return
      case answer:
        if (++operation.answers === quorum) this.#send(reply, operation.client, operation)
        return
      case reply:
        if (!operation.done) this.#finish('ok', operation)
        return
      default:
        this.#finish('info', operation)
    }
  }

  #replicate(target: number, operation: Operation): void {
    const { key, value, write } = operation
    const store = this.#stores[target]!
    const held = store.get(key)
    if (value !== null) {
      if (held === undefined || held.version < write) store.set(key, { version: write, value })
    } else if (held !== undefined && held.version > operation.version) {
      operation.version = held.version
      operation.found = held.value
    }
    this.#send(answer, operation.coordinator, operation)
  }

  #issue(client: number): void {
    if (this.#issued === this.#options.operations) return
    const write = this.#issued++
    const key = this.#random.integer(keys)
    const value = this.#random.next() < 0.5 ? `v${String(write)}` : null
    const coordinator = (key + this.#random.integer(replicas)) % this.#options.nodes
    const operation: Operation = {
      client,
      coordinator,
      key,
      value,
      write,
      answers: 0,
      version: 0,
      found: null,
      done: false,
    }
    this.#record('invoke', operation, value)
    this.#heap.schedule(this.#now + timeoutMicros, timeout, client, operation)
    this.#send(arrive, coordinator, operation)
  }

  #finish(type: string, operation: Operation): void {
    operation.done = true
    this.#record(type, operation, operation.value ?? operation.found)
    this.#issue(operation.client)
  }

  #send(kind: number, to: number, operation: Operation): void {
    const latencyMicros = Math.round(200 - 800 * Math.log(1 - this.#random.next()))
    this.#heap.schedule(this.#now + latencyMicros, kind, to, operation)
  }

  #record(type: string, operation: Operation, value: string | null): void {
    const { client, key } = operation
    const f = operation.value === null ? 'read' : 'write'
    const who = `{"index":${String(this.#lines++)},"process":${String(client)},"type":"${type}"`
    const shown = value === null ? 'null' : `"${value}"`
    const what = `,"f":"${f}","key":"k${String(key)}","value":${shown}`
    this.#buffer += `${who}${what},"time":${String(this.#now * 1_000)}}\n`
    if (this.#buffer.length < 65_536) return
    writeSync(this.#file, this.#buffer)
    this.#buffer = ''
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [nodes, clients] of [
    [5, 8],
    [5, 8],
    [100, 1_000],
    [1_000, 1_000],
  ] as const) {
    const { events, millis, hash } = runBare({ nodes, clients, operations: 300_000 })
    const perSecond = Math.round((1_000 * events) / millis).toLocaleString('en')
    const size = `${String(nodes)} nodes, ${String(clients)} clients`
    console.log(
      `${size}: ${perSecond} events/s (${String(events)} events, hash ${hash.toString(16)})`,
    )
  }
}
