/**
 * One probe of one peer (SWIM section 4.1, Lifeguard IV-A): a ping; if that is not answered in
 * time, the same through others; at the end of the interval a verdict, on the peer and on this
 * node.
 */
import type { Micros, NodeId } from '../types.js'

export interface Probe {
  readonly request: number
  readonly target: NodeId
  readonly sentMicros: Micros
  /** Asked to ask the target. */
  readonly relays: readonly NodeId[]
  /** Of those, who has said that the target does not answer them either. */
  readonly nacks: readonly NodeId[]
  readonly answered: 'no' | 'directly' | 'through another'
}

export interface ProbeEnd {
  readonly alive: boolean
  /** The peer did not answer this node itself, whatever it said to others. */
  readonly missed: boolean
  /** How this node's own health changes. */
  readonly health: number
}

export function probeStart(request: number, target: NodeId, nowMicros: Micros): Probe {
  return { request, target, sentMicros: nowMicros, relays: [], nacks: [], answered: 'no' }
}

export function probeRelayed(probe: Probe, relays: readonly NodeId[]): Probe {
  return { ...probe, relays }
}

/** The same object where that is no news. */
export function probeAcked(probe: Probe, from: NodeId): Probe {
  const answered = from === probe.target ? 'directly' : 'through another'
  if (probe.answered === 'directly' || probe.answered === answered) return probe
  return { ...probe, answered }
}

export function probeNacked(probe: Probe, from: NodeId): Probe {
  const { relays, nacks } = probe
  return !relays.includes(from) || nacks.includes(from)
    ? probe
    : { ...probe, nacks: [...nacks, from] }
}

/**
 * The interval is over. Any word from the peer since the ping was sent is as good as an answer. Who
 * hears from neither the peer nor those asked to help has reason to doubt itself.
 */
export function probeEnd(probe: Probe, heardMicros: Micros): ProbeEnd {
  const { answered, sentMicros, relays, nacks } = probe
  const missed = answered !== 'directly' && heardMicros < sentMicros
  if (answered !== 'no' || !missed) return { alive: true, missed, health: -1 }
  const health = relays.length === 0 ? 1 : relays.length - nacks.length
  return { alive: false, missed, health }
}
