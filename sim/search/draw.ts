/** What a swarm's seed draws, in the words of a scenario file. */
import { needsNodes } from '../../scenarios/chance.js'
import { type PickKind, pickKinds } from '../../scenarios/model.js'
import type { Dice } from './dice.js'

export const safetyMicros = 5_000_000
export const livenessMicros = 6_000_000
/** For a few rounds of anti-entropy over a network that loses messages. */
export const quietMicros = 20_000_000

type Drawn = Readonly<Record<string, unknown>>

/** What of a scenario the rest of it depends on. */
interface Frame {
  readonly nodes: number
  readonly n: number
  readonly isLatest: boolean
  /** All clocks are right. */
  readonly isExact: boolean
  readonly hasAntiEntropy: boolean
  /** Kinds that random faults are picked from. */
  readonly kinds: readonly PickKind[]
}

export function drawWorld(dice: Dice, seed: number): Drawn {
  const frame = drawFrame(dice)
  const { hasAntiEntropy, isLatest, isExact } = frame
  return {
    name: `swarm-${String(seed)}`,
    about: 'Drawn by sim swarm.',
    seed,
    duration: `${String(safetyMicros)}us`,
    settle: '60s',
    cluster: drawCluster(dice, frame),
    network: drawNetwork(dice),
    disk: {
      fsync: dice.one([{ constant: '200us' }, { exponential: { min: '1ms', mean: '8ms' } }]),
    },
    cpu: { per_message: dice.one(['5us', '50us', '400us']) },
    clocks: isExact
      ? { offset: { uniform: { min: '0us', max: '0us' } }, drift_ppm: 0 }
      : { offset: { uniform: { min: '-50ms', max: '50ms' } }, drift_ppm: dice.between(0, 200) },
    workload: drawWorkload(dice, frame),
    faults: [...drawFaults(dice, frame), ...drawMilestones(dice, frame)],
    expect: {
      // Where the last write wins, nobody promises a write that was stamped by a slow clock.
      durability: !isLatest || isExact,
      siblings: !isLatest,
      // Without it nobody looks for what nobody was told of.
      convergence: hasAntiEntropy,
    },
  }
}

function drawFrame(dice: Dice): Frame {
  const nodes = dice.between(3, 7)
  const possible = pickKinds.filter((kind) => needsNodes(kind).least <= nodes)
  const isLatest = dice.maybe(20)
  const isExact = isLatest && dice.maybe(50)
  // A stamp from the future is refused until clocks have come so far; its owners stay unequal.
  const kinds = isLatest ? possible.filter((kind) => !kind.startsWith('clock')) : possible
  return {
    nodes,
    n: dice.between(2, 3),
    isLatest,
    isExact,
    hasAntiEntropy: dice.maybe(60),
    kinds: dice.some(kinds, dice.between(1, 6)),
  }
}

function drawCluster(dice: Dice, { nodes, n, isLatest, hasAntiEntropy }: Frame): Drawn {
  const [r, w] = [dice.between(1, n), dice.between(1, n)]
  const ofOwners = dice.maybe(20)
  const isAny = isLatest && dice.maybe(30)
  const reaps = !isAny && dice.maybe(30)
  return {
    nodes,
    partitions: 16,
    ...(dice.maybe(30) ? { zones: ['a', 'b', 'c'] } : {}),
    replication: {
      ...{ n, r, w },
      ...(ofOwners ? { pr: dice.between(0, r), pw: dice.between(0, w) } : {}),
      sloppy: dice.maybe(80),
      hedge: dice.maybe(30),
    },
    buckets: { latest: { conflict: 'lww' } },
    coordinator: isAny ? 'any' : 'owner',
    handoff: true,
    read_repair: dice.maybe(80),
    anti_entropy: hasAntiEntropy ? { every: '2s' } : false,
    reap: reaps ? { every: dice.one(['500ms', '2s']), after: dice.one(['0s', '1s']) } : false,
  }
}

function drawNetwork(dice: Dice): Drawn {
  return {
    latency: dice.one<object>([
      { constant: '1ms' },
      { exponential: { min: '200us', mean: '2ms' } },
      { uniform: { min: '100us', max: '20ms' } },
      { pareto: { min: '300us', alpha: 1.5 } },
    ]),
    loss: dice.one(['0%', '0.1%', '2%', '10%']),
    duplicate: dice.one(['0%', '1%', '20%']),
    reorder: dice.one(['0%', '5%']),
  }
}

function drawWorkload(dice: Dice, { isLatest }: Frame): Drawn {
  return {
    clients: dice.between(2, 8),
    think: dice.one(['5ms', '20ms', '80ms']),
    bucket: isLatest ? 'latest' : 'default',
    keys: { count: dice.one([1, 3, 20]), distribution: 'uniform' },
    mix: dice.one<object>([
      { get: '50%', put: '50%' },
      { get: '30%', put: '60%', delete: '10%' },
      { get: '30%', put: '30%', delete: '40%' },
      { get: '40%', put: '30%', append: '30%' },
      { get: '5%', put: '95%' },
    ]),
    ...(dice.maybe(20) ? { consistency: 'monotonic' } : {}),
    contexts: dice.one(['session', 'session', 'none']),
    timeout: dice.one(['200ms', '1s']),
  }
}

/** A few kinds each, so that every pair of kinds meets in some seed without the others. */
function drawFaults(dice: Dice, { kinds }: Frame): readonly Drawn[] {
  return Array.from({ length: dice.between(1, 3) }, () => ({
    every: `${String(dice.between(200, 1_500))}ms`,
    pick: dice.some(kinds, dice.between(1, 3)),
    for: { uniform: { min: '50ms', max: dice.one(['300ms', '2s']) } },
  }))
}

/** Faults at the worst moments: in the middle of what a node does, not of what the clock says. */
function drawMilestones(dice: Dice, { nodes }: Frame): readonly Drawn[] {
  if (!dice.maybe(40)) return []
  const node = `n${String(dice.between(1, nodes))}`
  const when = dice.one<Drawn>([
    { node, acked: dice.between(1, 60) },
    { node, hints: dice.between(1, 10) },
    { operations: dice.between(5, 150) },
  ])
  const what = dice.one<Drawn>([
    { crash: node },
    { pause: node },
    { disk: node, torn: true },
    { disk: node, fsync_fails: true },
    { disk: node, reordered: true },
    { partition: { from: node, to: `n${String(1 + (Number(node.slice(1)) % nodes))}` } },
  ])
  const lasts = `${String(dice.between(50, 1_000))}ms`
  return [{ name: 'milestone', when, for: lasts, ...what }]
}
