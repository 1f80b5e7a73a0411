/**
 * Swarm testing (Groce and others 2012): a cluster, a network, a workload, options and faults, all
 * drawn from one seed, each scenario with a few kinds of faults rather than a little of all.
 *
 * Two phases. First anything goes, and nothing may be lost: safety. Then every fault ends, but only
 * a random core of the nodes comes back; the others stay dead or cut off. The core must make
 * progress: liveness (as TigerBeetle's simulator does); and once its clients are quiet, its nodes
 * must become equal by themselves. At last all are healed and become equal.
 */
import { assert } from '../../core/assert.js'
import { loadScenario } from '../../scenarios/load.js'
import { type FaultModel, type Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { writeScenario } from '../../scenarios/write.js'
import { explicitFaults } from './explicit.js'
import { sayable } from './sayable.js'
import { Dice } from './dice.js'
import { drawWorld, livenessMicros, quietMicros, safetyMicros } from './draw.js'

export interface SwarmScenario {
  readonly scenario: Scenario
  /** Nodes that are whole from `coreFromMicros` to the end of the scenario's duration. */
  readonly core: readonly string[]
  readonly coreFromMicros: number
  /** From then on nobody asks anything. */
  readonly quietFromMicros: number
}

/** The same seed, the same scenario. */
export function drawSwarm(seed: number): SwarmScenario {
  const dice = new Dice(seed)
  const wild = loaded(drawWorld(dice, seed))
  const ids = wild.cluster.nodes.map(({ id }) => id)
  const core = dice.some(ids, dice.between(Math.ceil(ids.length / 2), ids.length))
  const others = ids.filter((id) => !core.includes(id))
  const faults = explicitFaults(wild).map((fault) => ended(fault))
  const quietFromMicros = safetyMicros + livenessMicros
  const calm = {
    ...wild,
    durationMicros: quietFromMicros + quietMicros,
    workload: { ...wild.workload, forMicros: quietFromMicros },
    faults,
  }
  const clients = Array.from({ length: wild.workload.clients }, (_, i) => `c${String(i + 1)}`)
  const gone = others.length === 0 ? [] : [away([...core, ...clients], others, dice.maybe(50))]
  const scenario = loaded(writeScenario(sayable({ ...calm, faults: [...gone, ...faults] })))
  const sorted = core.toSorted((a, b) => (a < b ? -1 : 1))
  return { scenario, core: sorted, coreFromMicros: safetyMicros, quietFromMicros }
}

function loaded(source: string | object): Scenario {
  const text = typeof source === 'string' ? source : JSON.stringify(source)
  const { scenario, problems } = loadScenario({ text, file: 'swarm' })
  assert(problems === undefined, `swarm: ${problems?.map(formatProblem).join('; ') ?? ''}`)
  return scenario
}

/**
 * Whatever was to last until the heal ends with the first phase. When a milestone comes nobody
 * knows; its fault is short.
 */
function ended(fault: FaultModel): FaultModel {
  const { trigger, duration } = fault
  if (trigger.kind !== 'at') return fault
  const left = safetyMicros - trigger.atMicros
  const micros = duration?.kind === 'constant' ? Math.min(duration.micros, left) : left
  return { ...fault, duration: { kind: 'constant', micros } }
}

/** The clients are on the side of the core, or nobody might ask it. */
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
