/**
 * How often a coordinator may ask again those that are silent. Asking again mends what was lost;
 * where nothing was lost and all are late, it is more work for those who have too much already, and
 * the overload feeds itself after its cause is gone. So it may be done for a share of the requests
 * only, as by a client's retry budget (Beyer et al., Site Reliability Engineering, 2016, ch. 22).
 *
 * One message lost of twenty makes one request in ten want to ask again, which this allows; a node
 * that crashes is relied on no more long before the reserve is spent. What may not be asked again
 * ends as if nobody had been left to ask: with a hint here, or a note that its owner needs repair.
 */

import type { Micros } from '../types.js'

/** Of so many requests one may ask again. */
const requestsPerRetry = 4
const reserve = 256

export class Patience {
  #retries = reserve

  /** A request begins: may it ask again, when its time comes? */
  begin(): boolean {
    this.#retries = Math.min(reserve, this.#retries + 1 / requestsPerRetry)
    return this.#retries > 0
  }

  /** It does. Those that have begun may, too: below zero it is paid back later. */
  spend(): void {
    this.#retries--
  }
}

/**
 * Later than now, be there ever so little left of a forwarded write's time: a timer that is set for
 * the moment in which it fires would fire for ever.
 */
export const firstLookMicros = (fallbackAfterMicros: Micros, budgetMicros: Micros): Micros =>
  Math.min(fallbackAfterMicros, Math.max(1, Math.floor(budgetMicros / 4)))
