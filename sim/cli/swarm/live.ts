/**
 * Liveness of a healed core: in the last part of its phase, clients that ask it are answered. Where
 * nothing could be answered by rights, as with fewer owners alive than a strict quorum needs, the
 * cluster is stuck legitimately, and it is said why.
 */
import { READ, FINAL, OK } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'
import type { KeyRef } from '../../../core/index.js'
import { sameState } from '../../../core/version/siblings.js'
import type { SwarmScenario } from '../../search/swarm.js'
import type { World } from '../../world.js'

export type Progress =
  | { readonly kind: 'made'; readonly ok: number; readonly asked: number }
  /** Nothing was asked that could have been answered. */
  | { readonly kind: 'stuck'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string }

/** From the end of the first phase: for suspicions to end, clients to move, hints to go home. */
const graceMicros = 3_000_000

/** Whether the nodes of the core have become equal by themselves, before the others came back. */
export type CoreState =
  | { readonly kind: 'equal'; readonly keys: number }
  | { readonly kind: 'not_judged'; readonly why: string }
  | { readonly kind: 'differs'; readonly why: string }

/** To be asked when the core has been quiet, just before everything heals. */
export function judgeCore(
  { scenario, core, coreFromMicros }: SwarmScenario,
  world: World,
): CoreState {
  const doubt = inDoubt(core, world)
  if (doubt !== null) return { kind: 'not_judged', why: doubt }
  const { antiEntropyMicros } = scenario.cluster
  if (antiEntropyMicros === null) return { kind: 'not_judged', why: 'nobody compares' }
  if (isDisturbed(world, coreFromMicros)) return { kind: 'not_judged', why: lateMilestone }
  const whole = world.processes.filter(({ options: { id } }) => core.includes(id))
  const keys = new Map<string, KeyRef>()
  for (const { node } of whole) {
    for (const { key } of node?.entries() ?? []) keys.set(key.id, key)
  }
  const differing: string[] = []
  for (const [id, { partition, key }] of keys) {
    const owners = world.placement.owners(partition)
    const held = whole
      .filter(({ options }) => owners.includes(options.id))
      .map(({ node }) => node?.stateOf(id) ?? null)
    const [first = null] = held
    const isEqual = held.every((state) =>
      state === null || first === null ? state === first : sameState(state, first),
    )
    if (!isEqual) differing.push(key)
  }
  if (differing.length === 0) return { kind: 'equal', keys: keys.size }
  const some = differing.sort((a, b) => (a < b ? -1 : 1)).slice(0, 3)
  const of = `${String(differing.length)} of ${String(keys.size)} keys`
  const why = `the core ${core.join(' ')} has not become equal by itself: ${of}, ${some.join(', ')}`
  return { kind: 'differs', why }
}

/** Who lost its disk asks the other owners how far reaping has come, and one of them is gone. */
function inDoubt(core: readonly string[], world: World): string | null {
  const waiting = world.processes.filter(({ options, node }) => {
    return core.includes(options.id) && node?.isInDoubt === true
  })
  const names = waiting.map(({ options }) => options.id).join(' ')
  return names === ''
    ? null
    : `${names} lost a disk, and waits for the word of owners that are gone`
}

const lateMilestone = 'a milestone was reached, or its fault lasted, after the core was to be whole'

function isDisturbed({ drama }: World, coreFromMicros: number): boolean {
  return drama.records.some(({ fromMicros, toMicros, isMilestone }) => {
    return isMilestone && (toMicros ?? fromMicros) > coreFromMicros
  })
}

/** A message between a client and a node is not sent again: by chance a few all go unanswered. */
const leastAsked = 15

export function judgeProgress(history: History, swarm: SwarmScenario, world: World): Progress {
  const { scenario, core, coreFromMicros } = swarm
  const fromNanos = (coreFromMicros + graceMicros) * 1_000
  const toNanos = (swarm.quietFromMicros - scenario.workload.timeoutMicros) * 1_000
  const isFull = (row: number): boolean =>
    history.codes[history.code[row] as number] === 'too_many_siblings'
  const rows: number[] = []
  const fullKeys = new Set<number>()
  for (let row = 0; row < history.size; row++) {
    const atNanos = history.startNanos[row] as number
    if (history.kind[row] === FINAL || atNanos < fromNanos || atNanos > toNanos) continue
    rows.push(row)
    if (isFull(row)) fullKeys.add(history.key[row] as number)
  }
  let [asked, ok, refused, full] = [0, 0, 0, 0]
  for (const row of rows) {
    const node = history.nodes[history.node[row] as number] ?? ''
    if (!core.includes(node)) continue
    // By whatever stand-ins: it was answered.
    if (history.outcome[row] === OK) {
      asked++
      ok++
    } else if (!canAnswer(history, row, swarm, world)) refused++
    // One whose answer was lost would have been told the same.
    else if (
      isFull(row) ||
      (history.kind[row] !== READ && fullKeys.has(history.key[row] as number))
    )
      full++
    else asked++
  }
  if (ok > 0) return { kind: 'made', ok, asked }
  if (isDisturbed(world, coreFromMicros)) return { kind: 'stuck', why: lateMilestone }
  const { lossPpm } = scenario.network
  if (asked > 0 && asked < leastAsked && lossPpm > 0) {
    const why = `${String(asked)} operations that the core could answer are too few to tell`
    return { kind: 'stuck', why: `${why}, over a network that loses messages` }
  }
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
  const { r, w, pr, pw, sloppy } = scenario.cluster
  const isRead = history.kind[row] === READ
  const { quorum, mixPpm } = scenario.workload
  // A read that is monotonic writes back; a delete or an append may have to read first.
  const writes = !isRead || quorum.monotonic
  const reads = isRead || mixPpm.delete + mixPpm.append > 0
  const need = Math.max(reads ? r : 0, writes ? w : 0)
  // "Nothing here" counts from owners alone, so only they are sure to answer a read.
  const needOwners = Math.max(reads ? Math.max(r, pr) : 0, writes ? pw : 0)
  if (sloppy && needOwners === 0) return core.length >= need
  const { bucket, key } = history.keys[history.key[row] as number] as History['keys'][number]
  const owners = world.placement.owners(world.placement.keyRef(bucket, key).partition)
  const whole = owners.filter((owner) => core.includes(owner)).length
  return sloppy ? core.length >= need && whole >= needOwners : whole >= Math.max(need, needOwners)
}
