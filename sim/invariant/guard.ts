/** Stands between a world and its end: runs it until an invariant breaks, and remembers which. */
import type { Process } from '../process.js'
import { Invariants } from './invariants.js'
import { Recent } from './recent.js'
import { InvariantViolation } from './violation.js'

/** Between two looks at everything that a run holds. */
const ticksPerSweep = 100

export interface Times {
  nowMicros(): number
  /** Null before all faults have ended. */
  healedAtMicros(): number | null
}

export class Guard {
  readonly invariants: Invariants
  readonly recent = new Recent()
  #ticks = 0
  #violation: InvariantViolation | null = null

  constructor(processes: readonly Process[], times: Times, isOn: boolean) {
    const around = {
      nodes: processes.map(({ options }) => options),
      node: (index: number) => processes[index]?.node ?? null,
      durablePersists: (index: number) => processes[index]?.durablePersists ?? 0,
      nowMicros: () => times.nowMicros(),
      wallMicros: (index: number) => processes[index]?.clock.wallMicros(times.nowMicros()) ?? 0,
      healedForMicros: () => {
        const healed = times.healedAtMicros()
        return healed === null ? null : times.nowMicros() - healed
      },
    }
    this.invariants = new Invariants(around, isOn)
  }

  /** What ended the run before its time. */
  get violation(): InvariantViolation | null {
    return this.#violation
  }

  tick(): void {
    this.invariants.checkpoint()
    if (++this.#ticks % ticksPerSweep === 0) this.invariants.sweep()
  }

  /** A broken invariant is a result, not a failure of the program. */
  run(work: () => boolean): boolean {
    try {
      return this.#violation === null && work()
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error
      this.#violation = error
      return false
    }
  }
}
