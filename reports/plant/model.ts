/** What `sim plant` leaves behind: plant.json, and what its table and page show. */

/** Something that was noticed in one run: an invariant or a check, and what it said. */
export interface Alarm {
  readonly seed: number
  readonly fired: string
  readonly summary: string
}

/** The smallest scenario with the same failure that was found; the correct code is quiet in it. */
export interface Shrunk {
  readonly faults: number
  /** Asked in its run. */
  readonly operations: number
  /** They are drawn, of a failure of rates, and not written out one by one. */
  readonly isDrawn: boolean
  readonly nodes: number
  readonly durationMicros: number
  readonly trials: number
  /** False: so many events were played that it was left at that. */
  readonly isFinished: boolean
  /** The scenario file, and the command that runs it. */
  readonly text: string
  readonly command: string
}

/** One planted bug, hunted. */
export interface Hunt {
  readonly plant: string
  readonly row: number
  readonly title: string
  readonly seen: string
  /** Any of these must fire for it to count as found. */
  readonly mustFire: readonly string[]
  readonly scenario: string
  /** Null: not within the seeds. */
  readonly found: Alarm | null
  /** Runs made up to there, that one included. */
  readonly seedsNeeded: number
  /** Events of the run that found it, up to the violation. */
  readonly events: number
  /** What else fired in earlier runs, which does not count. */
  readonly others: readonly Alarm[]
  /** The correct code on the same scenario and seeds: how many runs, and what must not be. */
  readonly cleanRuns: number
  readonly falseAlarms: readonly Alarm[]
  /** What was found, made small; null: not shrunk. */
  readonly shrunk: Shrunk | null
  /** Why not, where it was tried. */
  readonly notShrunk: string | null
  readonly command: string
}

export interface PlantFile {
  readonly format: 1
  readonly version: string
  readonly command: string
  /** A bug was looked for in seeds 1 to this. */
  readonly seeds: number
  readonly wallMillis: number
  readonly interrupted: boolean
  readonly planned: number
  readonly hunts: readonly Hunt[]
}

export const isGood = ({ found, falseAlarms }: Hunt): boolean =>
  found !== null && falseAlarms.length === 0
