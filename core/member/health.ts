/**
 * How well this node itself is doing (Lifeguard, section IV-A): 0 is well, 7 is worst. A node that
 * gets no answers may be the one that is slow, so it waits longer before it accuses others, and
 * asks less often.
 */
import type { Micros } from '../types.js'

export const worstHealth = 7

export function healthAfter(health: number, change: number): number {
  return Math.min(worstHealth, Math.max(0, health + change))
}

export const scaled = (micros: Micros, health: number): Micros => micros * (health + 1)
