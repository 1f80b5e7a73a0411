/** Drives a search for a smaller scenario: against the clock, with a line of progress. */
import type { Scenario } from '../../../scenarios/model.js'
import { StagedSearch } from '../../search/stages.js'
import { nextTurn } from '../turn.js'
import { type Failure, failsByPlant, hintsOf } from './failure.js'
import type { ShrinkProgress } from './progress.js'
import type { Target } from './target.js'

export interface SearchOptions {
  readonly target: Target
  /** What became of its scenario, to begin with; it fails. */
  readonly start: Scenario
  readonly failure: Failure
  readonly budgetMillis: number
  readonly progress: ShrinkProgress
}

export interface Searched {
  readonly scenario: Scenario
  readonly trials: number
  readonly wallMillis: number
  /** Why it ended: nothing gets smaller any more, the time is over, somebody stopped it. */
  readonly end: 'smallest' | 'budget' | 'interrupted'
}

/** Between two looks at the keyboard. */
const sliceMillis = 50

export async function search(options: SearchOptions): Promise<Searched> {
  const { target, start, failure, budgetMillis, progress } = options
  const { plant } = target
  const startedMillis = performance.now()
  const shrinker = new StagedSearch({
    ...{ scenario: { ...target.scenario, name: start.name, expect: start.expect } },
    ...{ start, plant, hints: failure.hints },
    hintsOf: (scenario) => hintsOf(failure, scenario, plant),
  })
  const steps = shrinker.run()
  let interrupted = false
  let trials = 0
  let pausedMillis = startedMillis
  const stop = (): void => {
    interrupted = true
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const finished = (end: Searched['end']): Searched => {
    const wallMillis = Math.round(performance.now() - startedMillis)
    return { scenario: shrinker.smallest, trials, wallMillis, end }
  }
  try {
    let step = steps.next()
    while (step.done !== true) {
      const nowMillis = performance.now()
      if (interrupted) return finished('interrupted')
      if (nowMillis - startedMillis > budgetMillis) return finished('budget')
      trials++
      step = steps.next(failsByPlant(failure, step.value, plant))
      if (performance.now() - pausedMillis < sliceMillis) continue
      progress.update(shrinker.smallest, trials)
      await nextTurn()
      pausedMillis = performance.now()
    }
    return finished('smallest')
  } finally {
    progress.stop()
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}
