/**
 * Random small scenarios: a cluster, a network, a workload and a mix of faults, all drawn from one
 * seed.
 */
import { Dice } from '../../sim/search/dice.js'

const durationMillis = 5_000

/** The object that a scenario file would say. */
export function swarmScenario(seed: number): Record<string, unknown> {
  const dice = new Dice(seed)
  const nodes = dice.between(3, 6)
  const names = Array.from({ length: nodes }, (_, i) => `n${String(i + 1)}`)
  const n = dice.between(2, 3)
  return {
    name: `swarm-${String(seed)}`,
    seed,
    duration: `${String(durationMillis)}ms`,
    settle: '15s',
    cluster: {
      nodes,
      partitions: 16,
      replication: {
        n,
        r: dice.between(1, n),
        w: dice.between(1, n),
        sloppy: dice.maybe(80),
        hedge: dice.maybe(30),
      },
      buckets: { latest: { kind: 'eventual', conflict: 'lww' } },
      handoff: true,
      read_repair: dice.maybe(80),
      anti_entropy: dice.maybe(30) ? { every: '2s' } : false,
    },
    network: {
      latency: dice.one([
        { constant: '1ms' },
        { exponential: { min: '0.2ms', mean: '2ms' } },
        { uniform: { min: '0.1ms', max: '20ms' } },
        { pareto: { min: '0.3ms', alpha: 1.5 } },
      ]),
      loss: dice.one(['0%', '0.1%', '2%', '10%']),
      duplicate: dice.one(['0%', '1%', '20%']),
      reorder: dice.one(['0%', '5%']),
    },
    disk: {
      fsync: dice.one([{ constant: '0.2ms' }, { exponential: { min: '1ms', mean: '8ms' } }]),
    },
    cpu: { per_message: dice.one(['5us', '50us', '400us']) },
    clocks: { offset: { uniform: { min: '-50ms', max: '50ms' } }, drift_ppm: dice.between(0, 200) },
    workload: {
      clients: dice.between(2, 8),
      think: dice.one(['1ms', '10ms', '40ms']),
      bucket: seed % 5 === 0 ? 'latest' : 'default',
      keys: { count: dice.one([1, 3, 20]), distribution: 'uniform' },
      mix: dice.one([
        { get: '50%', put: '50%' },
        { get: '30%', put: '60%', delete: '10%' },
        { put: '100%' },
      ]),
      contexts: dice.one(['session', 'session', 'none']),
      timeout: dice.one(['200ms', '1s']),
    },
    faults: faultsOf(dice, names),
  }
}

/** A node is struck by one of these at most: the loader refuses a crash of what is down already. */
function faultsOf(dice: Dice, names: readonly string[]): readonly unknown[] {
  const struck = new Set<string>()
  const strike = (count: number): readonly string[] => {
    const free = names.filter((name) => !struck.has(name))
    const victims = dice.some(free.length > 0 ? free : [names[0] ?? ''], count)
    for (const victim of victims) struck.add(victim)
    return victims
  }
  const links = names.flatMap((from) =>
    names.filter((to) => to !== from).map((to) => [from, to] as const),
  )
  return Array.from({ length: dice.between(1, 5) }, () => {
    const at = dice.between(0, durationMillis - 1_500)
    const span = dice.between(50, Math.min(2_500, durationMillis - at - 1))
    const when = { at: `${String(at)}ms`, for: `${String(span)}ms` }
    const kind = struck.size === names.length ? 7 : dice.between(0, 8)
    switch (kind) {
      case 0:
      case 1:
        return { ...when, crash: strike(dice.between(1, 2)) }
      case 2: {
        const side = dice.some(names, dice.between(1, names.length - 1))
        return { ...when, partition: [side, names.filter((name) => !side.includes(name))] }
      }
      case 3: {
        const [from = '', to = ''] = dice.some(names, 2)
        return { ...when, partition: { from, to } }
      }
      case 4:
        return { ...when, pause: strike(dice.between(1, 2)) }
      case 5:
        return { ...when, slow: strike(1), factor: dice.between(2, 50) }
      case 6: {
        const { for: lasting } = when
        const [node = ''] = strike(1)
        return { when: { node, acked: dice.between(1, 60) }, for: lasting, crash: node }
      }
      case 7: {
        const [from = '', to = ''] = dice.some(links, 1)[0] ?? []
        links.splice(
          links.findIndex((link) => link[0] === from && link[1] === to),
          1,
        )
        return { ...when, loss: '40%', link: { from, to } }
      }
      default:
        return {
          every: '600ms',
          pick: dice.some(['crash', 'partition', 'pause', 'slow'], dice.between(1, 4)),
          for: { uniform: { min: '50ms', max: '800ms' } },
        }
    }
  })
}
