/** Invariants that a test tells by hand what three nodes do. */
import type {
  KeyState,
  LogRecord,
  Message,
  NodeOptions,
  Sibling,
  Standing,
} from '../../../core/index.js'
import {
  actorOf,
  createRing,
  defaultLimits,
  defaultTiming,
  nodeId,
  Placement,
} from '../../../core/index.js'
import type { InvariantName } from '../../../sim/invariant/name.js'
import { Invariants } from '../../../sim/invariant/invariants.js'
import { InvariantViolation } from '../../../sim/invariant/violation.js'
import * as assert from 'uvu/assert'

export const ids = ['n1', 'n2', 'n3'].map(nodeId)

const { ring } = createRing({
  members: ids.map((id) => ({ id, zone: id, weight: 1 })),
  partitions: 8,
  replicas: 3,
})
export const placement = new Placement(ring)
export const key = placement.keyRef('default', 'k1')
export const latestKey = placement.keyRef('latest', 'k1')

export const optionsOf = (index: number): NodeOptions => ({
  clusterId: 'test',
  id: ids[index] ?? nodeId('n0'),
  placement,
  buckets: new Map([
    ['default', { name: 'default', conflict: 'siblings' }],
    ['latest', { name: 'latest', conflict: 'lww' }],
  ]),
  replication: { n: 3, r: 2, w: 2, pr: 0, pw: 0, sloppy: true, hedge: false, coordinator: 'owner' },
  handoff: true,
  readRepair: true,
  antiEntropyMicros: null,
  reap: null,
  timing: defaultTiming,
  limits: defaultLimits,
  seed: 1,
  plant: null,
})

export interface Hand {
  readonly invariants: Invariants
  readonly held: Map<string, KeyState>
  /** Persisted and at once durable. */
  readonly store: (node: number, ...records: LogRecord[]) => void
  nowMicros: number
  /** At every node. */
  tombstones: number
  hints: number
  /** Since everything healed; null: not yet. */
  healedForMicros: number | null
  /** `node/member` -> what it holds of it; else alive, in its first life. */
  readonly standings: Map<string, Standing>
  readonly down: Set<number>
  /** Of each node: partitions that it has lost its memory of. */
  readonly doubtful: readonly Set<number>[]
  readonly hindered: Set<number>
  /** Whose disks do not take what they are given. */
  readonly stuck: Set<number>
  /** `from/to`, and how often that has changed. */
  readonly cuts: Set<string>
  networkChanges: number
  lossPpm: number
  /** Of every way. */
  latestMicros: number
  /** How far the clock of each node is ahead. */
  readonly aheadMicros: number[]
  health: number
}

const firstLife: Standing = { state: 'alive', incarnation: 1, refutation: 0 }

export function hand(options: (index: number) => NodeOptions = optionsOf): Hand {
  const held = new Map<string, KeyState>()
  const scene = {
    ...{ nowMicros: 0, tombstones: 0, hints: 0, networkChanges: 0, lossPpm: 0, health: 0 },
    healedForMicros: 60_000_000 as number | null,
    standings: new Map<string, Standing>(),
    doubtful: ids.map(() => new Set<number>()),
    ...{ down: new Set<number>(), hindered: new Set<number>(), cuts: new Set<string>() },
    ...{ stuck: new Set<number>(), latestMicros: 1_000, aheadMicros: ids.map(() => 0) },
  }
  const invariants = new Invariants({
    nodes: ids.map((_, index) => options(index)),
    reality: {
      isHindered: (index) => scene.hindered.has(index),
      isPaused: () => false,
      stores: (index) => !scene.stuck.has(index),
      reachesUntilMicros: () => 0,
      monoMicros: () => scene.nowMicros,
      wakesAtMonoMicros: () => scene.nowMicros,
      networkChanges: () => scene.networkChanges,
      isOpen: (from, to) => !scene.cuts.has(`${String(from)}/${String(to)}`),
      way: () => ({ lossPpm: scene.lossPpm, latestMicros: scene.latestMicros }),
    },
    node: (index) =>
      scene.down.has(index)
        ? null
        : {
            hintCount: scene.hints,
            tombstoneCount: scene.tombstones,
            isReady: true,
            localHealth: scene.health,
            doubtful: scene.doubtful[index] ?? new Set<number>(),
            standingOf: (id) => scene.standings.get(`${String(index)}/${id}`) ?? firstLife,
            stateOf: (id) => held.get(`${String(index)}/${id}`) ?? null,
            treeDrift: () => [],
          },
    durablePersists: () => 0,
    nowMicros: () => scene.nowMicros,
    wallMicros: (index) => scene.nowMicros + (scene.aheadMicros[index] ?? 0),
    healedForMicros: () => scene.healedForMicros,
  })
  const store = (node: number, ...records: LogRecord[]): void => {
    invariants.persisted(node, records)
    invariants.durable(node)
  }
  return Object.assign(scene, { invariants, held, store })
}

export const actor = (node: number) => actorOf(ids[node] ?? nodeId('n0'), 0)

export const sibling = (node: number, n: number, value: string | null, hlc = n): Sibling => ({
  actor: actor(node),
  n,
  value,
  hlc,
})

/** Covers its siblings, and what else is named. */
export function stateOf(siblings: readonly Sibling[], more: readonly Sibling[] = []): KeyState {
  const vv = new Map<string, Sibling>()
  for (const one of [...siblings, ...more]) {
    const known = vv.get(one.actor)
    if (known === undefined || known.n < one.n) vv.set(one.actor, one)
  }
  const entries = [...vv.values()].sort((a, b) => (a.actor < b.actor ? -1 : 1))
  return { vv: entries.map(({ actor: by, n }) => ({ actor: by, n })), siblings }
}

export const held = (state: KeyState, at = key): LogRecord => ({
  type: 'key_state',
  key: at,
  state,
})

export const header = (node: number) => ({
  clusterId: 'test',
  from: ids[node] ?? nodeId('n0'),
  incarnation: 1,
  ringEpoch: ring.epoch,
})

export const readOk = (node: number, state: KeyState): Message => ({
  kind: 'read_ok',
  ...header(node),
  request: 1,
  asked: 1,
  state,
  reapEpoch: 0,
  owner: true,
})

/** It must end the run, by this name. */
export function breaks(name: InvariantName, work: () => void): InvariantViolation {
  try {
    work()
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error
    assert.is(error.invariant, name, error.message)
    return error
  }
  throw new Error(`${name} was not noticed`)
}
