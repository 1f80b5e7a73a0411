/**
 * Plays the fault timeline: by time, by milestone, and what the seed drew; and heals everything at
 * the end.
 */
import type { Scenario } from '../scenarios/model.js'
import type { TimelineEntry } from '../scenarios/timeline.js'
import { expandTimeline } from '../scenarios/timeline.js'
import type { Divergence } from './divergence.js'
import type { Driver } from './driver.js'
import type { EventLog } from './eventlog.js'
import type { Undo } from './faults.js'
import { Faults } from './faults.js'
import { kindOf } from './kind.js'
import type { Network } from './network.js'
import type { Process } from './process.js'
import type { EventQueue } from './queue.js'
import { forkStream } from './random.js'

export interface DramaOptions {
  readonly scenario: Scenario
  readonly queue: EventQueue
  readonly network: Network
  readonly processes: readonly Process[]
  /** Of nodes, then of clients: a name's place is its endpoint. */
  readonly names: readonly string[]
  readonly driver: Driver
  readonly log: EventLog
  readonly divergence: Divergence
}

/** A fault as it happened: what run.json lists. */
export interface FaultRecord {
  readonly kind: string
  readonly label: string
  readonly fromMicros: number
  toMicros: number | null
  readonly nodes: readonly string[]
}

export class Drama {
  readonly records: FaultRecord[] = []
  readonly #options: DramaOptions
  readonly #entries: readonly TimelineEntry[]
  readonly #faults: Faults
  readonly #milestones: number[] = []
  readonly #active = new Map<number, { readonly undo: Undo; readonly record: FaultRecord }>()
  readonly #endpoints = new Map<string, number>()
  #nowMicros = 0
  #closed = false

  constructor(options: DramaOptions) {
    this.#options = options
    options.names.forEach((name, index) => this.#endpoints.set(name, index))
    const { scenario, driver, network, processes } = options
    this.#entries = expandTimeline(scenario, (fault) =>
      forkStream(scenario.seed, `fault/${String(fault)}`),
    )
    this.#faults = new Faults({
      network,
      processes,
      endpoint: (name) => this.#endpoints.get(name) ?? -1,
      crash: (process) => driver.crash(process, this.#nowMicros),
      restart: (process) => driver.boot(process, this.#nowMicros),
      pause: (process) => {
        process.paused = true
      },
      resume: (process) => driver.resume(process, this.#nowMicros),
    })
  }

  open(): void {
    const { queue } = this.#options
    this.#entries.forEach((entry, index) => {
      if (entry.trigger.kind === 'when_acked') this.#milestones.push(index)
      else queue.schedule(entry.atMicros, kindOf.fault_start, index, null)
    })
  }

  /** A node has acknowledged one more write: a milestone may be reached. */
  acked(process: Process, nowMicros: number): void {
    if (this.#milestones.length === 0) return
    for (let i = this.#milestones.length - 1; i >= 0; i--) {
      const index = this.#milestones[i] as number
      const trigger = this.#entries[index]?.trigger
      if (trigger?.kind !== 'when_acked' || trigger.node !== process.options.id) continue
      if (process.acked < trigger.count) continue
      this.#milestones.splice(i, 1)
      this.#options.queue.schedule(nowMicros, kindOf.fault_start, index, null)
    }
  }

  start(index: number, nowMicros: number): void {
    const entry = this.#entries[index]
    if (entry === undefined || this.#closed) return
    this.#nowMicros = nowMicros
    const { action, label } = entry
    const record: FaultRecord = {
      kind: action.kind,
      label,
      fromMicros: nowMicros,
      toMicros: null,
      nodes: nodesOf(entry),
    }
    this.records.push(record)
    this.#options.log.write(nowMicros, 'fault_start', null, label)
    const undo = this.#faults.start(action)
    if (entry.durationMicros === null && action.kind === 'clock_jump') return
    this.#active.set(index, { undo, record })
    if (entry.durationMicros !== null) {
      const endMicros = nowMicros + entry.durationMicros
      this.#options.queue.schedule(endMicros, kindOf.fault_end, index, null)
    }
  }

  end(index: number, nowMicros: number): void {
    const active = this.#active.get(index)
    if (active === undefined) return
    this.#active.delete(index)
    this.#nowMicros = nowMicros
    active.record.toMicros = nowMicros
    active.undo()
    this.#options.log.write(nowMicros, 'fault_end', null, active.record.label)
    this.#options.divergence.healed(active.record.label, nowMicros)
  }

  /** The clients' time is over: every fault ends, none begins any more. */
  healAll(nowMicros: number): void {
    this.#closed = true
    for (const index of [...this.#active.keys()].sort((a, b) => a - b)) this.end(index, nowMicros)
  }
}

function nodesOf(entry: TimelineEntry): readonly string[] {
  const { action } = entry
  switch (action.kind) {
    case 'partition':
      return action.groups.flat()
    case 'partition_one_way':
    case 'link':
      return [...action.from, ...action.to]
    default:
      return action.nodes
  }
}
