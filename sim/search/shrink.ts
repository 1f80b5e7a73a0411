/**
 * Makes a failing scenario smaller while it fails in the same way: fewer faults, operations,
 * clients, keys and nodes, lower rates, a shorter run, a calmer world, rounder numbers.
 *
 * What the store promises stays as it is: copies, quorums, repair, buckets and expectations are
 * the terms of the failure, and a failure under weaker terms would be another one.
 *
 * Taking an operation away shifts what the network draws for the messages after it, so a candidate
 * may stop failing for no reason of its own. Two remedies: a network without chance is tried first
 * of all, and in later rounds a candidate may have the network drawn anew, a few times.
 */
import type { FaultModel, Scenario, ScriptedOperation } from '../../scenarios/model.js'
import { Trace } from '../trace.js'
import { calmer, hasFixedNetwork } from './calm.js'
import { type Change, operationsOf, withFaults, within, withOperations } from './change.js'
import { lighter } from './lighter.js'
import { withoutNode, withPlainNames } from './node.js'
import { reduce, type Trials } from './reduce.js'
import { rounder } from './round.js'
import { isSayable } from './sayable.js'
import { atLeisure, sooner } from './sooner.js'
import { mostRead, shorter } from './time.js'

/** A search for something smaller: whoever drives it says of each candidate whether it fails. */
export interface Search {
  /** The smallest so far that fails. */
  readonly smallest: Scenario
  run(): Trials<Scenario, void>
}

export interface ShrinkOptions {
  readonly search: Search
  readonly fails: (candidate: Scenario) => boolean
  readonly mostTrials: number
}

/** Where the failure showed: on which key, and by when it had happened. */
export interface Hint {
  readonly key: string
  readonly toMicros: number
}

export interface Shrunk {
  readonly scenario: Scenario
  readonly trials: number
  /** False: `mostTrials` came first. */
  readonly finished: boolean
}

/** All at once, for callers without a clock. The same arguments give the same answer. */
export function shrink({ search, fails, mostTrials }: ShrinkOptions): Shrunk {
  const trials = search.run()
  let made = 0
  for (let next = trials.next(); ; next = trials.next(fails(next.value))) {
    if (next.done === true) return { scenario: search.smallest, trials: made, finished: true }
    if (made++ === mostTrials) break
  }
  return { scenario: search.smallest, trials: mostTrials, finished: false }
}

/** How often a candidate that does not fail has its network drawn anew, by round. */
const redraws = [0, 2, 8, 24] as const

/** Of longer lists whole parts go first. */
const coarsely = [8, 64] as const

export class Shrinker implements Search {
  #smallest: Scenario
  readonly #hints: readonly Hint[]
  #redraws = 0
  readonly #tried = new Set<string>()

  /** It fails. Of operations that are written out one can go without moving the others. */
  constructor(scenario: Scenario, hints: readonly Hint[] = []) {
    this.#smallest = scenario
    this.#hints = [...hints].sort((left, right) => left.toMicros - right.toMicros)
  }

  get smallest(): Scenario {
    return this.#smallest
  }

  *run(): Trials<Scenario, void> {
    yield* this.follow()
    yield* this.rounds()
  }

  /** Each round until nothing gets smaller any more, then with more patience. */
  *rounds(): Trials<Scenario, void> {
    yield* this.#calm()
    if (operationsOf(this.#smallest).length > mostRead) yield* this.#coarse()
    for (const count of redraws) {
      this.#redraws = count
      this.#tried.clear()
      yield* this.#untilSmallest(() => this.#round())
      if (hasFixedNetwork(this.#smallest) || !this.#isShort) return
    }
  }

  /** The same failure of less work, wherever in the run it comes. */
  *lighten(): Trials<Scenario, void> {
    yield* this.#each(sooner)
    yield* this.#coarse()
  }

  /** Back to the pace that it had, where that does not matter. */
  *relax(before: Scenario): Trials<Scenario, void> {
    yield* this.#each(() => atLeisure(before))
  }

  /** Of work that is drawn another network is nothing new, and of a long list too slow. */
  get #isShort(): boolean {
    const { operations } = this.#smallest.workload
    return operations !== null && operations.length <= mostRead
  }

  *#untilSmallest(round: () => Trials<Scenario, void>): Trials<Scenario, void> {
    for (;;) {
      const before = this.#smallest
      yield* round()
      if (this.#smallest === before) return
    }
  }

  *#coarse(): Trials<Scenario, void> {
    for (const pieces of coarsely) yield* this.#untilSmallest(() => this.#less(pieces))
  }

  /**
   * Nothing before the failure changes if the run ends right after it, and most other keys have no
   * part in it: from thousands of operations to some in a few trials.
   */
  *follow(): Trials<Scenario, void> {
    const all = this.#smallest
    for (const { key, toMicros } of this.#hints) {
      const ending = toMicros < all.durationMicros ? within(all, toMicros + 1) : all
      const ofKey = operationsOf(ending).filter((one) => one.key === key)
      if (yield* this.#try(withOperations(ending, ofKey))) return
      if (!(yield* this.#try(ending))) continue
      yield* this.#try(withOperations(ending, ofKey))
      return
    }
  }

  *#round(): Trials<Scenario, void> {
    yield* this.#less(Infinity)
    yield* this.#faults(Infinity)
    yield* this.#nodes()
    yield* this.#calm()
    yield* this.#each(shorter)
    yield* this.#each(rounder)
    yield* this.#firstOf(withPlainNames(this.#smallest))
  }

  /** In so many pieces of each list at most. */
  *#less(pieces: number): Trials<Scenario, void> {
    yield* this.#cut()
    yield* this.#each(lighter)
    yield* this.#faults(pieces)
    yield* this.#groups(({ client }) => client, pieces)
    yield* this.#groups(({ key }) => key, pieces)
    yield* this.#operations(pieces)
  }

  *#try(candidate: Scenario): Trials<Scenario, boolean> {
    if (!this.#isNew(candidate)) return false
    // A surge that is asked for may be cut away; the text of what is drawn is short.
    if (candidate.workload.operations === null && !isSayable(candidate)) return false
    if (yield candidate) return this.#keep(candidate)
    if (hasFixedNetwork(candidate)) return false
    const network = candidate.seeds.network ?? candidate.seed
    for (let i = 1; i <= this.#redraws; i++) {
      const redrawn = { ...candidate, seeds: { ...candidate.seeds, network: network + i } }
      if (yield redrawn) return this.#keep(redrawn)
    }
    return false
  }

  /** Asked once a round: a search comes by the same candidate on many ways. */
  #isNew(candidate: Scenario): boolean {
    const trace = new Trace()
    trace.mixText(JSON.stringify(candidate))
    if (this.#tried.has(trace.digest)) return false
    this.#tried.add(trace.digest)
    return true
  }

  #keep(scenario: Scenario): true {
    this.#smallest = scenario
    return true
  }

  /** What comes after the failure goes at once: the clients' time is halved as long as it fails. */
  *#cut(): Trials<Scenario, void> {
    for (const share of [0.5, 0.75, 0.9]) {
      const cut = (): Trials<Scenario, boolean> =>
        this.#try(within(this.#smallest, Math.ceil(this.#smallest.durationMicros * share)))
      while (this.#smallest.durationMicros > 1 && (yield* cut()));
    }
  }

  *#faults(pieces: number): Trials<Scenario, void> {
    const attempt = (kept: readonly FaultModel[]): Trials<Scenario, boolean> =>
      this.#try(withFaults(this.#smallest, kept))
    yield* reduce(this.#smallest.faults, attempt, pieces)
  }

  *#operations(pieces: number): Trials<Scenario, void> {
    const attempt = (kept: readonly ScriptedOperation[]): Trials<Scenario, boolean> =>
      this.#try(withOperations(this.#smallest, kept))
    yield* reduce(operationsOf(this.#smallest), attempt, pieces)
  }

  /** All operations of a client, or on a key, at once. */
  *#groups(
    nameOf: (operation: ScriptedOperation) => string,
    pieces: number,
  ): Trials<Scenario, void> {
    const groups = [...new Set(operationsOf(this.#smallest).map(nameOf))]
    const attempt = (kept: readonly string[]): Trials<Scenario, boolean> => {
      const names = new Set(kept)
      const rest = operationsOf(this.#smallest).filter((one) => names.has(nameOf(one)))
      return this.#try(withOperations(this.#smallest, rest))
    }
    yield* reduce(groups, attempt, pieces)
  }

  *#nodes(): Trials<Scenario, void> {
    for (const { id } of this.#smallest.cluster.nodes.toReversed()) {
      yield* this.#firstOf(withoutNode(this.#smallest, id))
    }
  }

  *#firstOf(candidates: readonly Scenario[]): Trials<Scenario, void> {
    for (const candidate of candidates) if (yield* this.#try(candidate)) return
  }

  *#calm(): Trials<Scenario, void> {
    yield* this.#each(calmer)
  }

  /** Small changes, each on top of those that were kept. Moved in time, faults may collide. */
  *#each(changes: (scenario: Scenario) => Iterable<Change>): Trials<Scenario, void> {
    for (const change of changes(this.#smallest)) {
      const candidate = change(this.#smallest)
      if (candidate !== null && isSayable(candidate)) yield* this.#try(candidate)
    }
  }
}
