/**
 * Plays the fault timeline: by time, by milestone, and what the seed drew; and heals everything at
 * the end.
 */
import type { Scenario } from '../scenarios/model.js'
import { seedOf } from '../scenarios/seed.js'
import type { TimelineEntry } from '../scenarios/timeline.js'
import { expandTimeline } from '../scenarios/timeline.js'
import { damagedBy } from '../scenarios/atlas.js'
import { Atlas } from './atlas.js'
import type { Divergence } from './divergence.js'
import type { Driver } from './driver.js'
import type { EventLog } from './eventlog.js'
import { Faults } from './faults.js'
import { kindOf } from './kind.js'
import type { Reached } from './milestone.js'
import { Milestones } from './milestone.js'
import type { Network } from './network.js'
import type { Process } from './process.js'
import type { EventQueue } from './queue.js'
import { forkStream } from './random.js'
import { retime } from './retime.js'
import type { Undo } from './undo.js'

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
  /** It came when something was reached, not at a time. */
  readonly isMilestone: boolean
}

/** A step in the course of a fault; `run` is null once it is called off. */
export interface Step {
  run: (() => void) | null
}

interface Active {
  readonly undo: Undo
  readonly record: FaultRecord
}

export class Drama {
  readonly records: FaultRecord[] = []
  /** When each fault of the scenario began, by its place there; of one that comes again, last. */
  readonly begunMicros = new Map<number, number>()
  readonly #options: DramaOptions
  readonly #entries: readonly TimelineEntry[]
  readonly #faults: Faults
  readonly #milestones: Milestones
  readonly atlas: Atlas
  readonly #active = new Map<number, Active>()
  readonly #endpoints = new Map<string, number>()
  #nowMicros = 0
  #occurrences = 0
  #closed = false

  constructor(options: DramaOptions) {
    this.#options = options
    options.names.forEach((name, index) => this.#endpoints.set(name, index))
    const { scenario, driver, network, processes } = options
    this.#entries = expandTimeline(scenario, (fault) =>
      forkStream(seedOf(scenario, 'faults'), `fault/${String(fault)}`),
    )
    this.#milestones = new Milestones(this.#entries)
    this.atlas = new Atlas(scenario)
    this.#faults = new Faults({
      network,
      processes,
      nowMicros: () => this.#nowMicros,
      endpoint: (name) => this.#endpoints.get(name) ?? -1,
      crash: (process) => driver.crash(process, this.#nowMicros),
      restart: (process) => this.#restart(process),
      pause: (process) => {
        driver.invariants.paused(process.index)
        process.paused = true
      },
      resume: (process) => driver.resume(process, this.#nowMicros),
      hindered: (process) => driver.invariants.hindered(process.index),
      space: (process) => driver.space(process, this.#nowMicros),
      unclog: () => driver.unclog(this.#nowMicros),
      retime: (process, change) => {
        driver.invariants.hindered(process.index)
        retime({ process, queue: options.queue, nowMicros: this.#nowMicros }, change)
      },
      later: (delayMicros, step) => this.#later(delayMicros, step),
      tell: (node, detail) => options.log.write(this.#nowMicros, 'fault_step', node, detail),
    })
  }

  open(): void {
    const { queue } = this.#options
    this.#entries.forEach((entry, index) => {
      if (entry.trigger.kind !== 'at') return
      queue.schedule(entry.atMicros, kindOf.fault_start, index, null)
    })
  }

  /** A node has acknowledged one more write: a milestone may be reached. */
  acked(process: Process, nowMicros: number): void {
    if (!this.#milestones.waitsFor('when_acked')) return
    const { id } = process.options
    this.#reach(this.#milestones.acked(id, process.acked), nowMicros)
  }

  /** A node may keep one more hint. */
  persisted(process: Process, nowMicros: number): void {
    if (!this.#milestones.waitsFor('when_hints')) return
    this.#reach(this.#milestones.hints(process.options.id, process.node?.hintCount ?? 0), nowMicros)
  }

  /** So many operations have ended. */
  answered(operations: number, nowMicros: number): void {
    if (!this.#milestones.waitsFor('when_operations')) return
    this.#reach(this.#milestones.operations(operations), nowMicros)
  }

  /** An fsync of this node's disk has failed. */
  diskFailed(process: Process, nowMicros: number): void {
    this.#nowMicros = nowMicros
    this.#options.log.write(nowMicros, 'disk_failed', process.options.id, 'an fsync has failed')
    this.#faults.diskFailed(process)
  }

  #reach(reached: readonly Reached[], nowMicros: number): void {
    for (const { index, afterMicros } of reached) {
      this.#options.queue.schedule(nowMicros + afterMicros, kindOf.fault_start, index, null)
    }
  }

  start(index: number, nowMicros: number): void {
    const entry = this.#entries[index]
    if (entry === undefined || this.#closed) return
    this.#nowMicros = nowMicros
    const { action, label, durationMicros } = entry
    const { scenario, log, queue } = this.#options
    if (this.#holdsBack(entry)) return
    const record: FaultRecord = {
      kind: action.kind,
      label,
      fromMicros: nowMicros,
      toMicros: null,
      nodes: nodesOf(entry),
      isMilestone: entry.trigger.kind !== 'at',
    }
    this.records.push(record)
    this.begunMicros.set(entry.fault, nowMicros)
    log.write(nowMicros, 'fault_start', null, label)
    const leftMicros = scenario.durationMicros - nowMicros
    const undo = this.#faults.start({
      action,
      // When a milestone comes nobody knows: its fault may have more time than there is.
      durationMicros: durationMicros === null ? null : Math.min(durationMicros, leftMicros),
      leftMicros,
      random: forkStream(seedOf(scenario, 'faults'), `occurrence/${String(this.#occurrences++)}`),
    })
    this.#tellOfEdge(entry, 'started')
    if (durationMicros === null && action.kind === 'clock_jump') return
    this.#active.set(index, { undo, record })
    if (durationMicros === null) return
    queue.schedule(nowMicros + durationMicros, kindOf.fault_end, index, null)
  }

  /** Were it to begin, no good copy might be left of what was acknowledged. */
  #holdsBack({ action, label, atlas, instead }: TimelineEntry): boolean {
    const { divergence, log } = this.#options
    const { atlas: map } = this
    if (atlas !== 'held_back' && damagedBy(action).length > 0) divergence.sweep(this.#nowMicros)
    const why = atlas === 'held_back' ? 'no good copy might be left' : map.objection(action)
    if (why === null) {
      map.started(action, atlas === 'moved')
      if (instead !== null) {
        log.write(this.#nowMicros, 'fault_moved', null, `${label}: drawn was ${instead}`)
      }
      return false
    }
    map.heldBack()
    log.write(this.#nowMicros, 'fault_held_back', null, `${label}: ${why}`)
    return true
  }

  #restart(process: Process): void {
    const { driver, divergence } = this.#options
    const { id } = process.options
    driver.boot(process, this.#nowMicros)
    if (this.atlas.isDamaged(id)) this.atlas.restarted(id, divergence.lost(process))
  }

  step(step: Step, nowMicros: number): void {
    this.#nowMicros = nowMicros
    const { run } = step
    step.run = null
    run?.()
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
    const entry = this.#entries[index]
    if (entry !== undefined) this.#tellOfEdge(entry, 'ended')
  }

  /** The clients' time is over: every fault ends, none begins any more. */
  healAll(nowMicros: number): void {
    this.#closed = true
    for (const index of [...this.#active.keys()].sort((a, b) => a - b)) this.end(index, nowMicros)
  }

  #later(delayMicros: number, run: () => void): Undo {
    const step: Step = { run }
    const atMicros = this.#nowMicros + delayMicros
    this.#options.queue.schedule(atMicros, kindOf.fault_step, 0, step)
    return () => {
      step.run = null
    }
  }

  #tellOfEdge({ fault }: TimelineEntry, edge: 'started' | 'ended'): void {
    const name = this.#options.scenario.faults[fault]?.name ?? null
    if (name !== null) this.#reach(this.#milestones.fault(name, edge), this.#nowMicros)
  }
}

function nodesOf(entry: TimelineEntry): readonly string[] {
  const { action } = entry
  switch (action.kind) {
    case 'partition':
      return action.groups.flat()
    case 'partition_one_way':
    case 'clog':
    case 'link':
      return [...action.from, ...action.to]
    default:
      return action.nodes
  }
}
