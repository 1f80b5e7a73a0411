/**
 * What one node knows of a peer at first hand: when it last heard from it, how long that usually
 * takes (phi-accrual, Hayashibara et al. 2004), how fast it answers, and how often it has not.
 *
 * Phi says how unlikely a silence of this length is, as a power of ten. Intervals are taken to be
 * exponential around a running mean, as Cassandra does: one division, and no window to keep.
 */
import type { Micros } from '../types.js'

export interface Contact {
  /** 0: never. */
  readonly heardMicros: Micros
  /** Running mean of the time between two words; 0: not known. */
  readonly intervalMicros: Micros
  /** Running mean of the time until an answer; 0: not known. */
  readonly latencyMicros: Micros
  /** Requests and pings in a row that it left unanswered. */
  readonly misses: number
}

export const noContact: Contact = {
  heardMicros: 0,
  intervalMicros: 0,
  latencyMicros: 0,
  misses: 0,
}

/** Weight of the newest sample: an eighth, as of TCP's round-trip times. */
const weight = 8

const averaged = (mean: Micros, sample: Micros): Micros =>
  mean === 0 ? sample : Math.round(mean + (sample - mean) / weight)

/** Hearing again within this does not change anything, so that most messages copy nothing. */
export const freshMicros = 10_000

export function contactHeard(contact: Contact, nowMicros: Micros): Contact {
  const { heardMicros, latencyMicros } = contact
  const passed = nowMicros - heardMicros
  const intervalMicros =
    heardMicros === 0 || passed < freshMicros
      ? contact.intervalMicros
      : averaged(contact.intervalMicros, passed)
  return { heardMicros: nowMicros, intervalMicros, latencyMicros, misses: 0 }
}

export function contactMissed(contact: Contact): Contact {
  return { ...contact, misses: contact.misses + 1 }
}

export function contactAnswered(contact: Contact, latencyMicros: Micros): Contact {
  return { ...contact, latencyMicros: averaged(contact.latencyMicros, Math.max(1, latencyMicros)) }
}

/** A peer that speaks more often than this is not expected to. */
const leastIntervalMicros = 100_000

export function phi(contact: Contact, nowMicros: Micros): number {
  if (contact.heardMicros === 0 || contact.intervalMicros === 0) return 0
  const silence = Math.max(0, nowMicros - contact.heardMicros)
  return (silence / Math.max(leastIntervalMicros, contact.intervalMicros)) * Math.LOG10E
}
