/**
 * The invariants of protocol.md that a run asserts, by their names there. docs/invariants.md says
 * of each what it means, where it is looked at and when not; a test compares the two.
 */
export const invariantNames = [
  'RING-1',
  'RING-2',
  'RING-3',
  'RING-4',
  'RING-5',
  'RING-6',
  'DVV-1',
  'DVV-2',
  'DVV-3',
  'DVV-4',
  'DVV-5',
  'RW-1',
  'RW-2',
  'RW-3',
  'RW-4',
  'RW-5',
  'HINT-1',
  'HINT-2',
  'HINT-3',
  'HINT-4',
  'AE-1',
  'AE-2',
  'AE-3',
  'DEL-1',
  'DEL-2',
  'FD-1',
  'FD-2',
  'FD-3',
  'FD-4',
  'WAL-1',
  'WAL-2',
  'WAL-3',
  'WAL-4',
  'WAL-5',
  'WAL-6',
] as const

export type InvariantName = (typeof invariantNames)[number]

/** How often each was looked at and held. */
export type Tally = Record<InvariantName, number>

export const emptyTally = (): Tally =>
  Object.fromEntries(invariantNames.map((name) => [name, 0])) as Tally
