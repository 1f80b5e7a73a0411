/**
 * The session guarantees of one key in a history that knows values only. A guarantee holds if the
 * values of the key can be put in one order that agrees with what sessions did:
 *
 * - nothing comes before the initial value; a session's writes come in its order; a write comes
 *   after what its session had read;
 * - monotonic reads: what a session reads next is not older; read your writes: nor older than what
 *   it wrote itself.
 *
 * Such an order exists exactly if these "before" edges make no circle. Needs writes that are all
 * different. Circles with reads count against the reads' guarantee; monotonic writes alone can
 * never be told apart from them.
 */
import type { SessionGuarantee } from '../../../scenarios/model.js'
import { NULL, OK, READ, SEVERAL, isWrite } from '../history.js'
import type { History } from '../history.js'
import type { Groups } from '../group.js'
import { components } from './component.js'
import type { Subject } from '../subject.js'
import type { Report } from './vector.js'

/**
 * False where the values do not tell writes apart (repeats, deletes, siblings): nothing was
 * decided.
 */
export const checkSessionsByOrder = (
  { history, groups }: Subject,
  key: number,
  report: Report,
): boolean => {
  const versions = versionsOf(history, groups.operations(key))
  if (versions === null) return false
  const edges = collect(history, groups, key, versions)
  judge(versions.length, edges, report)
  return true
}

/** Version 0 is the initial value; the others stand for the writes. */
interface Versions {
  readonly length: number
  readonly of: ReadonlyMap<number, number>
}

const versionsOf = (history: History, operations: Int32Array): Versions | null => {
  const of = new Map<number, number>([[NULL, 0]])
  for (const operation of operations) {
    const value = history.value[operation] as number
    if (value === SEVERAL) return null
    const kind = history.kind[operation] as number
    if (kind === READ) continue
    if (!isWrite(kind) || of.has(value)) return null
    of.set(value, of.size)
  }
  return { length: of.size, of }
}

/** `from` comes before `to`: says `earlier` (what the session did first) and `operation`. */
interface Edge {
  readonly from: number
  readonly to: number
  readonly guarantee: SessionGuarantee
  readonly earlier: number
  readonly operation: number
}

interface SessionState {
  /** The last completed of each, as operations; -1: none. */
  write: number
  read: number
  /** All answered reads of the session, and how many of them an acknowledged write has followed. */
  readonly reads: number[]
  followed: number
}

/** What an operation found when it began. */
interface Before {
  readonly write: number
  readonly read: number
  readonly reads: number
}

const collect = (
  history: History,
  groups: Groups,
  key: number,
  versions: Versions,
): readonly Edge[] => {
  const edges: Edge[] = []
  const sessions = new Map<number, SessionState>()
  const found = new Map<number, Before>()
  const versionOf = (operation: number): number =>
    versions.of.get(history.value[operation] as number) ?? -1
  const link = (guarantee: SessionGuarantee, earlier: number, operation: number): void => {
    const from = earlier < 0 ? 0 : versionOf(earlier)
    const to = versionOf(operation)
    // Reading the same again is fine; a write that comes after its own value was read is a circle
    // of one.
    const isSame = from === to && history.kind[operation] === READ
    if (from >= 0 && to >= 0 && !isSame) edges.push({ from, to, guarantee, earlier, operation })
  }
  for (const event of groups.events(key)) {
    const operation = event >> 1
    const isRead = history.kind[operation] === READ
    const session = history.session[operation] as number
    let state = sessions.get(session)
    if (state === undefined)
      sessions.set(session, (state = { write: -1, read: -1, reads: [], followed: 0 }))
    if ((event & 1) === 0) {
      found.set(operation, { write: state.write, read: state.read, reads: state.reads.length })
      if (isRead) continue
      link('monotonic_writes', state.write, operation)
      for (let at = state.followed; at < state.reads.length; at++) {
        link('writes_follow_reads', state.reads[at] as number, operation)
      }
    } else if (history.outcome[operation] === OK) {
      learn(history, state, found.get(operation) as Before, operation, link)
    }
  }
  return edges
}

/**
 * An operation was answered: what it says about those before it, and what it changes for those
 * after it.
 */
const learn = (
  history: History,
  state: SessionState,
  before: Before,
  operation: number,
  link: (guarantee: SessionGuarantee, earlier: number, operation: number) => void,
): void => {
  if (history.kind[operation] !== READ) {
    // What it follows, later writes follow through it.
    state.write = operation
    state.followed = Math.max(state.followed, before.reads)
    return
  }
  if (before.write >= 0) link('read_your_writes', before.write, operation)
  if (before.read >= 0) link('monotonic_reads', before.read, operation)
  const previous = state.reads.at(-1)
  const isRepeat = previous !== undefined && history.value[previous] === history.value[operation]
  if (!isRepeat) state.reads.push(operation)
  state.read = operation
}

const judge = (versions: number, edges: readonly Edge[], report: Report): void => {
  const isBase = (edge: Edge): boolean =>
    edge.guarantee === 'monotonic_writes' || edge.guarantee === 'writes_follow_reads'
  const base = edges.filter(isBase)
  const rounds: readonly SessionGuarantee[] = [
    'writes_follow_reads',
    'read_your_writes',
    'monotonic_reads',
  ]
  for (const guarantee of rounds) {
    const extra = isBase({ guarantee } as Edge)
      ? []
      : edges.filter((e) => e.guarantee === guarantee)
    const all = [...base, ...extra]
    const component = components(versions, all)
    for (const edge of all) {
      if (edge.guarantee !== guarantee || component[edge.from] !== component[edge.to]) continue
      report({ guarantee, before: [edge.earlier], read: edge.operation })
    }
  }
}
