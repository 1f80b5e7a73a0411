/**
 * How a failure is made small, whatever it is of. Most show on one key: its operations up to then,
 * written out, are few at once. Where they are not (a snapshot is due after thousands of records,
 * exchanges meet many writes in flight), the work is first made less while it is still drawn, and
 * what comes up by itself sooner. A failure of rates, which no list of operations shows, stays
 * drawn to the end; so does one whose list stays too long to be read.
 */
import type { Plant } from '../../core/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { operationsOf } from './change.js'
import { explicitFaults, explicitOf, recordScript } from './explicit.js'
import { onTime } from './ontime.js'
import type { Trials } from './reduce.js'
import { sayable } from './sayable.js'
import { type Hint, type Search, Shrinker } from './shrink.js'
import { mostRead } from './time.js'

export interface StagesOptions {
  /** As it was run; `start` is what became of it. */
  readonly scenario: Scenario
  /** It fails: see `startsOf`. */
  readonly start: Scenario
  readonly plant: Plant | null
  readonly hints: readonly Hint[]
  /** Of a run that fails in this way: where it shows. */
  readonly hintsOf: (scenario: Scenario) => readonly Hint[]
}

/** More than that are made less while they are drawn. */
const mostFollowed = 60

export class StagedSearch implements Search {
  readonly #options: StagesOptions
  #stage: Shrinker
  /** Its work, drawn; null: nobody has looked, or its operations were written out to begin with. */
  #drawn: Shrinker | null = null

  constructor(options: StagesOptions) {
    this.#options = options
    this.#stage = new Shrinker(options.start, options.hints)
  }

  get smallest(): Scenario {
    return this.#stage.smallest
  }

  *run(): Trials<Scenario, void> {
    const { start, plant, hintsOf } = this.#options
    const timed = onTime(start, plant)
    if (timed !== null && (yield timed)) this.#stage = new Shrinker(timed, hintsOf(timed))
    yield* this.#stage.follow()
    if (operationsOf(this.smallest).length > mostFollowed) yield* this.#lighten()
    yield* this.#stage.rounds()
    if (this.#drawn !== null && operationsOf(this.smallest).length > mostRead) {
      this.#stage = this.#drawn
      yield* this.#stage.rounds()
    }
  }

  *#lighten(): Trials<Scenario, void> {
    const drawn = drawnOf(this.#options.scenario)
    const light = new Shrinker((yield drawn) ? drawn : this.smallest)
    yield* light.lighten()
    yield* light.relax(this.#options.scenario)
    const listed = listedOf(light.smallest, this.#options.plant)
    if (listed !== light.smallest) this.#drawn = light
    if (operationsOf(listed).length >= operationsOf(this.smallest).length) return
    if (listed !== light.smallest && !(yield listed)) return
    this.#stage = new Shrinker(listed, this.#options.hintsOf(listed))
    yield* this.#stage.follow()
  }
}

const listedOf = (scenario: Scenario, plant: Plant | null): Scenario =>
  scenario.workload.operations === null
    ? explicitOf(scenario, recordScript(scenario, plant))
    : scenario

/** Its faults written out one by one, and nothing else. */
const drawnOf = (scenario: Scenario): Scenario =>
  sayable({ ...scenario, faults: explicitFaults(scenario) })

/** What a search may start with, if it fails; the first is the easiest to make smaller. */
export function* startsOf(
  scenario: Scenario,
  plant: Plant | null,
  isOfRates: boolean,
): Generator<Scenario> {
  if (isOfRates) {
    yield drawnOf(scenario)
    yield scenario
    return
  }
  const explicit = explicitOf(scenario, recordScript(scenario, plant))
  yield sayable(explicit)
  yield explicit
}
