/** Faults of disks: what begins with each, and what its end undoes. */
import { assert, never } from '../../core/index.js'
import type { DiskFault, DiskStop } from '../../scenarios/model.js'
import type { PowerCut } from '../disk/folder.js'
import type { Process } from '../process.js'
import type { Undo } from '../undo.js'

/** What they need of the other faults. */
export interface DiskGround {
  /** Takes the power from a node, and gives it back. */
  readonly down: (process: Process, cut: PowerCut) => Undo
  /** Tells a node whether its disk is full. */
  readonly space: (process: Process) => void
}

const nothing: Undo = () => undefined

export class DiskFaults {
  readonly #ground: DiskGround
  readonly #full = new Map<Process, number>()
  /** Faults that wait for an fsync to fail; what undoes them once it has. */
  readonly #armed = new Map<Process, { undo: Undo }[]>()

  constructor(ground: DiskGround) {
    this.#ground = ground
  }

  start(process: Process, fault: Exclude<DiskFault, { kind: 'slow' }>, untilMicros: number): Undo {
    const { disk } = process
    switch (fault.kind) {
      case 'corrupt':
        disk.rot(fault.count)
        return nothing
      case 'misdirected':
        disk.misdirect(fault.count)
        return nothing
      case 'full':
        return this.#fill(process)
      case 'stall':
        disk.stall(untilMicros)
        return nothing
      case 'lying_fsync':
        disk.setLying(true)
        return () => disk.setLying(false)
      case 'rename_lost':
        disk.setLosesNames(true)
        return () => disk.setLosesNames(false)
      default:
        return this.#stop(process, fault)
    }
  }

  failed(process: Process): void {
    const armed = this.#armed.get(process)?.shift()
    assert(armed !== undefined, 'an fsync fails only by a fault')
    armed.undo = this.#ground.down(process, 'unsynced_lost')
  }

  #stop(process: Process, fault: DiskStop): Undo {
    const { disk } = process
    switch (fault.kind) {
      case 'unsynced_lost':
      case 'torn':
      case 'reordered':
        return this.#ground.down(process, fault.kind)
      case 'wipe': {
        const undo = this.#ground.down(process, 'unsynced_lost')
        disk.wipe()
        return undo
      }
      case 'fsync_fails':
        return this.#arm(process)
      default:
        return never(fault)
    }
  }

  #arm(process: Process): Undo {
    const armed = { undo: nothing }
    const waiting = [...(this.#armed.get(process) ?? []), armed]
    this.#armed.set(process, waiting)
    process.disk.setFailing(waiting.length)
    return () => {
      const left = (this.#armed.get(process) ?? []).filter((other) => other !== armed)
      this.#armed.set(process, left)
      process.disk.setFailing(left.length)
      armed.undo()
    }
  }

  #fill(process: Process): Undo {
    const add = (change: number): void => {
      const count = (this.#full.get(process) ?? 0) + change
      this.#full.set(process, count)
      process.disk.setFull(count > 0)
      this.#ground.space(process)
    }
    add(1)
    return () => add(-1)
  }
}
