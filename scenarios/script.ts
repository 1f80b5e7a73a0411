/**
 * A workload that is written down, operation by operation, instead of drawn: what a person types
 * to show one case, and what a recorded run is turned into before it is made smaller. Contexts stay
 * symbolic: a write carries what its session has seen of the key by then, whatever that is.
 */
import type { WorkloadModel } from './model.js'

type Drawn = Pick<
  WorkloadModel,
  'think' | 'perSecond' | 'surges' | 'keyCount' | 'keyDistribution' | 'mixPpm'
>

/** What the model says of draws where there are none, so that equal scripts are equal models. */
export const notDrawn: Drawn = {
  think: { kind: 'constant', micros: 5_000 },
  perSecond: null,
  surges: [],
  keyCount: 100,
  keyDistribution: { kind: 'zipfian', exponent: 0.99 },
  mixPpm: { get: 700_000, put: 250_000, delete: 50_000, append: 0 },
}

/** From 0. */
export const clientIndex = (client: string): number => Number(client.slice(1)) - 1
