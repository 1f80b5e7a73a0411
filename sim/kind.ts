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
} as const
