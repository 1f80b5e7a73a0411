/**
 * Makes a scenario's faults happen, and ends them. Faults of one kind may overlap: a node restarts
 * when the last crash that holds it down has ended.
 */
import { assert, never } from '../core/index.js'
import type { FaultAction } from '../scenarios/model.js'
import type { Network } from './network.js'
import type { Process } from './process.js'

/** What the faults need of the world. */
export interface Ground {
  readonly network: Network
  readonly processes: readonly Process[]
  endpoint(name: string): number
  crash(process: Process): void
  restart(process: Process): void
  pause(process: Process): void
  resume(process: Process): void
}

/** Undoes a fault. */
export type Undo = () => void

export class Faults {
  readonly #ground: Ground
  readonly #crashes = new Map<Process, number>()
  readonly #pauses = new Map<Process, number>()
  readonly #slowness = new Map<Process, number[]>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  start(action: FaultAction): Undo {
    const { network } = this.#ground
    switch (action.kind) {
      case 'partition': {
        const token = network.partition(action.groups.map((group) => this.#endpoints(group)))
        return () => network.heal(token)
      }
      case 'partition_one_way': {
        const token = network.cut(this.#endpoints(action.from), this.#endpoints(action.to))
        return () => network.heal(token)
      }
      case 'link': {
        const { from, to, bothWays, lossPpm, duplicatePpm, reorderPpm, latency } = action
        const fault = { lossPpm, duplicatePpm, reorderPpm, latency }
        const ends = [this.#endpoints(from), this.#endpoints(to)] as const
        const token = network.addLinkFault(ends[0], ends[1], bothWays, fault)
        return () => network.removeLinkFault(token)
      }
      case 'crash':
        return this.#counted(this.#crashes, action.nodes, 'crash', 'restart')
      case 'pause':
        return this.#counted(this.#pauses, action.nodes, 'pause', 'resume')
      case 'slow':
        return this.#slow(action.nodes, action.factor)
      case 'clock_jump':
        return this.#jump(action.nodes, action.byMicros)
      default:
        return never(action)
    }
  }

  #counted(
    counts: Map<Process, number>,
    nodes: readonly string[],
    begin: 'crash' | 'pause',
    end: 'restart' | 'resume',
  ): Undo {
    const ground = this.#ground
    const victims = nodes.map((node) => this.#process(node))
    for (const victim of victims) {
      const count = counts.get(victim) ?? 0
      counts.set(victim, count + 1)
      if (count === 0) ground[begin](victim)
    }
    return () => {
      for (const victim of victims) {
        const count = (counts.get(victim) ?? 1) - 1
        counts.set(victim, count)
        if (count === 0) ground[end](victim)
      }
    }
  }

  #slow(nodes: readonly string[], factor: number): Undo {
    const victims = nodes.map((node) => this.#process(node))
    for (const victim of victims) {
      this.#slowness.set(victim, [...(this.#slowness.get(victim) ?? []), factor])
      this.#applySlowness(victim)
    }
    return () => {
      for (const victim of victims) {
        const factors = [...(this.#slowness.get(victim) ?? [])]
        factors.splice(factors.indexOf(factor), 1)
        this.#slowness.set(victim, factors)
        this.#applySlowness(victim)
      }
    }
  }

  #applySlowness(victim: Process): void {
    const factor = Math.max(1, ...(this.#slowness.get(victim) ?? []))
    victim.slowness = factor
    victim.disk.setSlowness(factor)
    this.#ground.network.setSlowness(victim.index, factor)
  }

  #jump(nodes: readonly string[], byMicros: number): Undo {
    const victims = nodes.map((node) => this.#process(node))
    for (const victim of victims) victim.clock.jump(byMicros)
    return () => {
      for (const victim of victims) victim.clock.jump(-byMicros)
    }
  }

  #endpoints(names: readonly string[]): readonly number[] {
    return names.map((name) => this.#ground.endpoint(name))
  }

  #process(node: string): Process {
    const process = this.#ground.processes[this.#ground.endpoint(node)]
    assert(process !== undefined, `${node} is no node`)
    return process
  }
}
