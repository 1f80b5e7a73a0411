/**
 * Swarm testing (Groce and others 2012): a cluster, a network, a workload, options and faults, all
 * drawn from one seed, each scenario with a few kinds of faults rather than a little of all.
 *
 * Two phases. First anything goes, and nothing may be lost: safety. Then every fault ends, but only
 * a random core of the nodes comes back; the others stay dead or cut off. The core must make
 * progress: liveness (as TigerBeetle's simulator does). At last all are healed and become equal.
 */
import { assert } from '../../core/assert.js'
import { loadScenario } from '../../scenarios/load.js'
import { type FaultModel, pickKinds, type Scenario } from '../../scenarios/model.js'
import { needsNodes } from '../../scenarios/resolve/fault.js'
import { formatProblem } from '../../scenarios/problem.js'
import { writeScenario } from '../../scenarios/write.js'
import { explicitFaults } from './explicit.js'
import { sayable } from './sayable.js'
import { Dice } from './dice.js'

export interface SwarmScenario {
  readonly scenario: Scenario
  /** Nodes that are whole from `coreFromMicros` to the end of the clients' time. */
  readonly core: readonly string[]
  readonly coreFromMicros: number
}

const safetyMicros = 5_000_000
const livenessMicros = 6_000_000

/** The same seed, the same scenario. */
export function drawSwarm(seed: number): SwarmScenario {
  const dice = new Dice(seed)
  const nodes = dice.between(3, 7)
  const wild = loaded({ ...drawWorld(dice, seed, nodes), faults: drawFaults(dice, nodes) })
  const ids = wild.cluster.nodes.map(({ id }) => id)
  const core = dice.some(ids, dice.between(Math.ceil(ids.length / 2), ids.length))
  const others = ids.filter((id) => !core.includes(id))
  const faults = explicitFaults(wild).map((fault) => ended(fault))
  const durationMicros = safetyMicros + livenessMicros
  const calm = { ...wild, durationMicros, faults }
  const gone = others.length === 0 ? [] : [away(core, others, dice.maybe(50))]
  const scenario = loaded(writeScenario(sayable({ ...calm, faults: [...gone, ...faults] })))
  return { scenario, core: core.toSorted((a, b) => (a < b ? -1 : 1)), coreFromMicros: safetyMicros }
}

function loaded(source: string | object): Scenario {
  const text = typeof source === 'string' ? source : JSON.stringify(source)
  const { scenario, problems } = loadScenario({ text, file: 'swarm' })
  assert(problems === undefined, `swarm: ${problems?.map(formatProblem).join('; ') ?? ''}`)
  return scenario
}

/** Whatever was to last until the heal ends with the first phase. */
function ended(fault: FaultModel): FaultModel {
  const { trigger, duration } = fault
  assert(trigger.kind === 'at', 'what is drawn has its time')
  const left = safetyMicros - trigger.atMicros
  const micros = duration?.kind === 'constant' ? Math.min(duration.micros, left) : left
  return { ...fault, duration: { kind: 'constant', micros } }
}

function away(core: readonly string[], others: readonly string[], isDead: boolean): FaultModel {
  return {
    name: 'core',
    trigger: { kind: 'at', atMicros: safetyMicros },
    duration: null,
    action: isDead
      ? { kind: 'crash', nodes: others }
      : { kind: 'partition', groups: [core, others] },
    pick: [],
    line: 0,
  }
}

/** In the words of a scenario file. */
function drawWorld(dice: Dice, seed: number, nodes: number): Readonly<Record<string, unknown>> {
  const antiEntropy = dice.maybe(50)
  return {
    name: `swarm-${String(seed)}`,
    about: 'Drawn by sim swarm.',
    seed,
    duration: `${String(safetyMicros)}us`,
    settle: '60s',
    cluster: drawCluster(dice, nodes, antiEntropy),
    network: drawNetwork(dice),
    disk: {
      fsync: dice.one([{ constant: '200us' }, { exponential: { min: '1ms', mean: '8ms' } }]),
    },
    cpu: { per_message: dice.one(['5us', '50us', '400us']) },
    clocks: { offset: { uniform: { min: '-50ms', max: '50ms' } }, drift_ppm: dice.between(0, 200) },
    workload: drawWorkload(dice),
    expect: {
      durability: true,
      siblings: true,
      // Without it nobody looks for what nobody was told of.
      convergence: antiEntropy,
    },
  }
}

function drawCluster(dice: Dice, nodes: number, antiEntropy: boolean): object {
  const n = dice.between(2, 3)
  return {
    nodes,
    partitions: 16,
    ...(dice.maybe(30) ? { zones: ['a', 'b', 'c'] } : {}),
    replication: {
      n,
      r: dice.between(1, n),
      w: dice.between(1, n),
      sloppy: dice.maybe(80),
      hedge: dice.maybe(30),
    },
    handoff: true,
    read_repair: dice.maybe(80),
    anti_entropy: antiEntropy ? { every: '2s' } : false,
  }
}

function drawNetwork(dice: Dice): object {
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

function drawWorkload(dice: Dice): object {
  return {
    clients: dice.between(2, 8),
    think: dice.one(['5ms', '20ms', '80ms']),
    keys: { count: dice.one([1, 3, 20]), distribution: 'uniform' },
    mix: dice.one<object>([
      { get: '50%', put: '50%' },
      { get: '30%', put: '60%', delete: '10%' },
      { get: '40%', put: '30%', append: '30%' },
      { get: '5%', put: '95%' },
    ]),
    contexts: dice.one(['session', 'session', 'none']),
    timeout: dice.one(['200ms', '1s']),
  }
}

/** A few kinds each, so that every pair of kinds meets in some seed without the others. */
function drawFaults(dice: Dice, nodes: number): readonly object[] {
  const kinds = pickKinds.filter((kind) => needsNodes(kind).least <= nodes)
  return Array.from({ length: dice.between(1, 3) }, () => ({
    every: `${String(dice.between(200, 1_500))}ms`,
    pick: dice.some(kinds, dice.between(1, 3)),
    for: { uniform: { min: '50ms', max: dice.one(['300ms', '2s']) } },
  }))
}
