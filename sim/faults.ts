/**
 * Makes a scenario's faults happen, and ends them. Faults of one kind may overlap: a node restarts
 * when the last crash that holds it down has ended.
 */
import { assert, never } from '../core/index.js'
import type { FaultAction, LinkEnds } from '../scenarios/model.js'
import { shuffled } from '../scenarios/stream.js'
import type { PowerCut } from './disk/folder.js'
import type { Network } from './network.js'
import { DiskFaults } from './faults/disk.js'
import { ClockOffsets } from './faults/offset.js'
import type { Process } from './process.js'
import type { RandomStream } from './random.js'
import type { Undo } from './undo.js'

/** What the faults need of the world. */
export interface Ground {
  readonly network: Network
  readonly processes: readonly Process[]
  readonly nowMicros: () => number
  readonly endpoint: (name: string) => number
  readonly crash: (process: Process) => void
  readonly restart: (process: Process) => void
  readonly pause: (process: Process) => void
  readonly resume: (process: Process) => void
  /** It becomes slow, or is so no longer. */
  readonly hindered: (process: Process) => void
  /** Links may be open again. */
  readonly unclog: () => void
  /** Carries a change of the clock's pace over to the process's timers. */
  readonly retime: (process: Process, change: () => void) => void
  /** `step` is called then, unless what is returned is called before. */
  readonly later: (delayMicros: number, step: () => void) => Undo
  /** A disk has become full, or has room again: its node is told. */
  readonly space: (process: Process) => void
  /** What a fault does in its course, for people. */
  readonly tell: (node: string, detail: string) => void
}

/** One occurrence of a fault. */
export interface Occurrence {
  readonly action: FaultAction
  /** null: until all faults are healed, `leftMicros` from now. */
  readonly durationMicros: number | null
  readonly leftMicros: number
  /** Its own, so that no other draw shifts. */
  readonly random: RandomStream
}

const nothing: Undo = () => undefined

export class Faults {
  readonly #ground: Ground
  readonly #crashes = new Map<Process, number>()
  readonly #pauses = new Map<Process, number>()
  readonly #slowness = new Map<Process, number[]>()
  readonly #diskSlowness = new Map<Process, number[]>()
  readonly #offsets: ClockOffsets
  readonly #disks: DiskFaults

  constructor(ground: Ground) {
    this.#ground = ground
    this.#offsets = new ClockOffsets(ground.nowMicros)
    this.#disks = new DiskFaults({
      down: (process, cut) => this.#down(process, cut),
      space: ground.space,
    })
  }

  /** An fsync of this node's disk has failed: it stops, until that fault ends. */
  diskFailed(process: Process): void {
    this.#disks.failed(process)
  }

  start(occurrence: Occurrence): Undo {
    const { action } = occurrence
    switch (action.kind) {
      case 'partition':
        return this.#partition(action.groups)
      case 'bridge':
        return this.#partition(action.sides)
      case 'partition_one_way':
        return this.#cut(action.from, action.to)
      case 'majorities_ring':
        return this.#ring(action.nodes)
      case 'swizzle':
        return this.#swizzle(action.nodes, occurrence)
      case 'clog':
        return this.#clog(action)
      case 'link':
        return this.#link(action)
      case 'crash':
        return this.#counted(this.#crashes, action.nodes, 'crash', 'restart')
      case 'crash_loop':
        return this.#crashLoop(action)
      case 'pause':
        return this.#counted(this.#pauses, action.nodes, 'pause', 'resume')
      case 'slow':
        return this.#slow(action.nodes, action.factor)
      case 'disk':
        return this.#disk(action, occurrence)
      case 'clock_jump':
        return this.#jump(action.nodes, () => action.byMicros)
      case 'clock_offset':
        return this.#offset(action.nodes, action.offsetMicros)
      case 'clock_drift':
        return this.#drift(action.nodes, action.driftPpm)
      case 'clock_strobe':
        return this.#strobe(action)
      default:
        return never(action)
    }
  }

  #partition(groups: readonly (readonly string[])[]): Undo {
    const { network } = this.#ground
    const token = network.partition(groups.map((group) => this.#endpoints(group)))
    return () => network.heal(token)
  }

  #cut(from: readonly string[], to: readonly string[]): Undo {
    const { network } = this.#ground
    const token = network.cut(this.#endpoints(from), this.#endpoints(to))
    return () => network.heal(token)
  }

  /** Every node is cut off from those that are far from it on the ring. */
  #ring(nodes: readonly string[]): Undo {
    const reach = ringReach(nodes.length)
    return together(
      nodes.map((node, place) => {
        const far = nodes.filter((_, other) => {
          const steps = Math.abs(other - place)
          return Math.min(steps, nodes.length - steps) > reach
        })
        return this.#cut([node], far)
      }),
    )
  }

  /** The first half of the time goes in cutting nodes off, the second in bringing them back. */
  #swizzle(nodes: readonly string[], occurrence: Occurrence): Undo {
    const { later, tell, processes } = this.#ground
    const { durationMicros, leftMicros, random } = occurrence
    const halfMicros = Math.floor((durationMicros ?? leftMicros) / 2)
    const stepMicros = halfMicros / nodes.length
    const everybody = processes.map((process) => process.options.id)
    const cuts = new Map<string, Undo>()
    const steps = shuffled(nodes, random).map((node, place) => {
      const cutOff = (): void => {
        const others = everybody.filter((other) => other !== node)
        cuts.set(node, together([this.#cut([node], others), this.#cut(others, [node])]))
        tell(node, `swizzle cuts ${node} off`)
      }
      return later(Math.floor(place * stepMicros), cutOff)
    })
    const returns = shuffled(nodes, random).map((node, place) => {
      const comeBack = (): void => {
        cuts.get(node)?.()
        cuts.delete(node)
        tell(node, `swizzle brings ${node} back`)
      }
      return later(halfMicros + Math.floor(place * stepMicros), comeBack)
    })
    return () => {
      together([...steps, ...returns])()
      for (const heal of cuts.values()) heal()
    }
  }

  #clog({ from, to, bothWays }: LinkEnds): Undo {
    const { network, unclog } = this.#ground
    const token = network.clog(this.#endpoints(from), this.#endpoints(to), bothWays)
    return () => {
      network.heal(token)
      unclog()
    }
  }

  #link(action: Extract<FaultAction, { kind: 'link' }>): Undo {
    const { network } = this.#ground
    const ends = [this.#endpoints(action.from), this.#endpoints(action.to)] as const
    const token = network.addLinkFault(ends[0], ends[1], action.bothWays, action)
    return () => network.removeLinkFault(token)
  }

  #crashLoop(action: Extract<FaultAction, { kind: 'crash_loop' }>): Undo {
    const { nodes, periodMicros, upMicros } = action
    const down = (): Undo => this.#counted(this.#crashes, nodes, 'crash', 'restart')
    return this.#alternating(down, periodMicros - upMicros, upMicros)
  }

  /** On for a while, off for a while, on again; ends off. */
  #alternating(on: () => Undo, onMicros: number, offMicros: number): Undo {
    const { later } = this.#ground
    let off: Undo = nothing
    let cancel: Undo = nothing
    const turnOff = (): void => {
      off()
      off = nothing
      cancel = later(offMicros, turnOn)
    }
    const turnOn = (): void => {
      off = on()
      cancel = later(onMicros, turnOff)
    }
    turnOn()
    return () => {
      cancel()
      off()
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

  #disk(action: Extract<FaultAction, { kind: 'disk' }>, occurrence: Occurrence): Undo {
    const { fault, nodes } = action
    const victims = nodes.map((node) => this.#process(node))
    if (fault.kind === 'slow') return this.#slowed(victims, this.#diskSlowness, fault.factor)
    const untilMicros =
      this.#ground.nowMicros() + (occurrence.durationMicros ?? occurrence.leftMicros)
    return together(victims.map((victim) => this.#disks.start(victim, fault, untilMicros)))
  }

  #down(victim: Process, cut: PowerCut): Undo {
    // Of one that is down already nothing is left to lose, and its next crash is another matter.
    if ((this.#crashes.get(victim) ?? 0) === 0) victim.nextCut = cut
    return this.#counted(this.#crashes, [victim.options.id], 'crash', 'restart')
  }

  #slow(nodes: readonly string[], factor: number): Undo {
    const victims = nodes.map((node) => this.#process(node))
    return this.#slowed(victims, this.#slowness, factor)
  }

  #slowed(victims: readonly Process[], by: Map<Process, number[]>, factor: number): Undo {
    for (const victim of victims) {
      by.set(victim, [...(by.get(victim) ?? []), factor])
      this.#applySlowness(victim)
    }
    return () => {
      for (const victim of victims) {
        const factors = [...(by.get(victim) ?? [])]
        factors.splice(factors.indexOf(factor), 1)
        by.set(victim, factors)
        this.#applySlowness(victim)
      }
    }
  }

  #applySlowness(victim: Process): void {
    const factor = Math.max(1, ...(this.#slowness.get(victim) ?? []))
    this.#ground.hindered(victim)
    victim.slowness = factor
    victim.disk.setSlowness(Math.max(factor, ...(this.#diskSlowness.get(victim) ?? [])))
    this.#ground.network.setSlowness(victim.index, factor)
  }

  #jump(nodes: readonly string[], by: (victim: Process) => number): Undo {
    const jumps = nodes.map((node) => {
      const victim = this.#process(node)
      return { victim, byMicros: by(victim) }
    })
    for (const { victim, byMicros } of jumps) victim.clock.jump(byMicros)
    return () => {
      for (const { victim, byMicros } of jumps) victim.clock.jump(-byMicros)
    }
  }

  #offset(nodes: readonly string[], offsetMicros: number): Undo {
    const victims = nodes.map((node) => this.#process(node))
    return together(victims.map(({ clock }) => this.#offsets.start(clock, offsetMicros)))
  }

  #strobe(action: Extract<FaultAction, { kind: 'clock_strobe' }>): Undo {
    const { nodes, byMicros, periodMicros } = action
    const there = (): Undo => this.#jump(nodes, () => byMicros)
    return this.#alternating(there, periodMicros, periodMicros)
  }

  #drift(nodes: readonly string[], driftPpm: number): Undo {
    const { retime, nowMicros } = this.#ground
    const victims = nodes.map((node) => this.#process(node))
    const add = (byPpm: number): void => {
      for (const victim of victims) {
        retime(victim, () => victim.clock.addDrift(byPpm, nowMicros()))
      }
    }
    add(driftPpm)
    return () => add(-driftPpm)
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

function together(undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of undos) undo()
  }
}

/** How many steps along the ring a node reaches, so that with it there is a majority of all. */
function ringReach(nodes: number): number {
  return Math.ceil(Math.floor(nodes / 2) / 2)
}
