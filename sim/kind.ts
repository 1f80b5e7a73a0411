import type { SimEvent } from './queue.js'

/** Kinds of events; they are mixed into the trace, so append only. */
export const eventKinds = [
  'deliver',
  'serve',
  'timer',
  'disk',
  'client_wake',
  'client_arrival',
  'client_request',
  'client_reply',
  'client_timeout',
  'fault_start',
  'fault_end',
  'tick',
  'heal',
  'deliver_corrupted',
  'fault_step',
] as const

export const kindOf = {
  deliver: 0,
  serve: 1,
  timer: 2,
  disk: 3,
  client_wake: 4,
  client_arrival: 5,
  client_request: 6,
  client_reply: 7,
  client_timeout: 8,
  fault_start: 9,
  fault_end: 10,
  tick: 11,
  heal: 12,
  deliver_corrupted: 13,
  fault_step: 14,
} as const

/** What an event was, for people. */
export function describeEvent(event: SimEvent): string {
  const kind = eventKinds[event.kind] ?? 'unknown'
  const payload = event.payload
  const message =
    typeof payload === 'object' && payload !== null && 'kind' in payload
      ? ` ${String(payload.kind)}`
      : ''
  return `${kind}${message} at ${String(event.atMicros)} us, target ${String(event.target)}`
}
