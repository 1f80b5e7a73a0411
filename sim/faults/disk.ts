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

/** How many faults of one kind hold at a time: the disk is well again after the last. */
class Count {
  readonly #counts = new Map<Process, number>()

  /** `apply` hears at every beginning and every end whether any holds. */
  held(process: Process, apply: (holds: boolean) => void): Undo {
    this.#add(process, 1, apply)
    return () => this.#add(process, -1, apply)
  }

  #add(process: Process, change: number, apply: (holds: boolean) => void): void {
    const count = (this.#counts.get(process) ?? 0) + change
    this.#counts.set(process, count)
    apply(count > 0)
  }
}

export class DiskFaults {
  readonly #ground: DiskGround
  readonly #full = new Count()
  readonly #lying = new Count()
  readonly #losingNames = new Count()
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
        return this.#full.held(process, (isFull) => {
          disk.setFull(isFull)
          this.#ground.space(process)
        })
      case 'stall':
        disk.stall(untilMicros)
        return nothing
      case 'lying_fsync':
        return this.#lying.held(process, (isLying) => disk.setLying(isLying))
      case 'rename_lost':
        return this.#losingNames.held(process, (loses) => disk.setLosesNames(loses))
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
}
