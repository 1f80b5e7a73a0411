/** Stands between a world and its end: runs it until an invariant breaks, and remembers which. */
import type { Network } from '../network.js'
import type { Process } from '../process.js'
import type { SimEvent } from '../queue.js'
import { Invariants } from './invariants.js'
import { SimulatedReality } from './reality.js'
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
  readonly #isOn: boolean
  readonly #reality: SimulatedReality
  #ticks = 0
  #violation: InvariantViolation | null = null

  constructor(processes: readonly Process[], times: Times, isOn: boolean) {
    this.#isOn = isOn
    this.#reality = new SimulatedReality(processes, () => times.nowMicros())
    const around = {
      nodes: processes.map(({ options }) => options),
      reality: this.#reality,
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

  /** Before the first event. */
  watch(network: Network): void {
    this.#reality.network = network
  }

  /** What ended the run before its time. */
  get violation(): InvariantViolation | null {
    return this.#violation
  }

  /** An event is about to happen. */
  before(event: SimEvent): void {
    if (this.#isOn) this.recent.add(event)
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
