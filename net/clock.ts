/** The two clocks of a live node. */
import type { Micros } from '../core/index.js'

/**
 * Since this process began. Never set back, not even by a change of the machine's date; it stands
 * still while the machine sleeps.
 */
export const monoMicros = (): Micros => Math.floor(performance.now() * 1_000)

/** What the machine believes the time of day to be; may jump either way. */
export const wallMicros = (): Micros => Date.now() * 1_000
