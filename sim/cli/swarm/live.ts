/**
 * Liveness of a healed core: in the last part of its phase, clients that ask it are answered. Where
 * nothing could be answered by rights, as with fewer owners alive than a strict quorum needs, the
 * cluster is stuck legitimately, and it is said why.
 */
import { READ, FINAL, OK } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'
import type { SwarmScenario } from '../../search/swarm.js'
import type { World } from '../../world.js'

export type Progress =
  | { readonly kind: 'made'; readonly ok: number; readonly asked: number }
  /** Nothing was asked that could have been answered. */
  | { readonly kind: 'stuck'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string }

/** From the end of the first phase: for suspicions to end, clients to move, hints to go home. */
const graceMicros = 3_000_000

export function judgeProgress(history: History, swarm: SwarmScenario, world: World): Progress {
  const { scenario, core, coreFromMicros } = swarm
  const fromNanos = (coreFromMicros + graceMicros) * 1_000
  const toNanos = (scenario.durationMicros - scenario.workload.timeoutMicros) * 1_000
  let [asked, ok, refused, full] = [0, 0, 0, 0]
  for (let row = 0; row < history.size; row++) {
    const atNanos = history.startNanos[row] as number
    if (history.kind[row] === FINAL || atNanos < fromNanos || atNanos > toNanos) continue
    const node = history.nodes[history.node[row] as number] ?? ''
    if (!core.includes(node)) continue
    if (!canAnswer(history, row, swarm, world)) refused++
    else if (history.codes[history.code[row] as number] === 'too_many_siblings') full++
    else {
      asked++
      if (history.outcome[row] === OK) ok++
    }
  }
  if (ok > 0) return { kind: 'made', ok, asked }
  if (asked > 0) {
    const why = `none of ${String(asked)} operations that the core ${core.join(' ')} could answer was answered`
    return { kind: 'none', why }
  }
  const { r, w } = scenario.cluster
  const alive = `${String(core.length)} of ${String(scenario.cluster.nodes.length)} nodes alive`
  if (full > 0) return { kind: 'stuck', why: 'what was asked holds as many siblings as may be' }
  if (refused === 0) return { kind: 'stuck', why: `nobody asked the core (${alive})` }
  const quorums = `R=${String(r)}, W=${String(w)}`
  return { kind: 'stuck', why: `${alive}, of no key that was asked enough owners: ${quorums}` }
}

/** Enough of those who may answer are in the core: owners, or with a sloppy quorum anybody. */
function canAnswer(history: History, row: number, swarm: SwarmScenario, world: World): boolean {
  const { scenario, core } = swarm
  const { r, w, sloppy } = scenario.cluster
  const need = history.kind[row] === READ ? r : Math.max(r, w)
  if (sloppy) return core.length >= need
  const { bucket, key } = history.keys[history.key[row] as number] as History['keys'][number]
  const owners = world.placement.owners(world.placement.keyRef(bucket, key).partition)
  return owners.filter((owner) => core.includes(owner)).length >= need
}
