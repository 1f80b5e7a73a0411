/** Which nodes and clients a scenario has: what faults and links may name. */
import type { Problems } from '../decode.js'
import { closest, all } from '../problem.js'
import type { Path } from '../source.js'
import { quote } from '../unit.js'

export interface Names {
  /**
   * In the order of the file; null if the file got them wrong, so that nothing can be said of a
   * name.
   */
  readonly nodes: readonly string[] | null
  readonly nodeSet: ReadonlySet<string>
  /** Zone -> its nodes. */
  readonly zones: ReadonlyMap<string, readonly string[]>
  /** c1..cN; null if the file got it wrong. */
  readonly clients: number | null
}

export function nodesByZone(
  nodes: readonly { readonly id: string; readonly zone: string }[],
): ReadonlyMap<string, readonly string[]> {
  const zones = new Map<string, string[]>()
  for (const { id, zone } of nodes) zones.set(zone, [...(zones.get(zone) ?? []), id])
  return zones
}

/** `c1`, `c2`, ...: no node may be called so. */
export const clientName = /^c[1-9]\d*$/

/** Reports each name that is no node (nor client, where those may be named). */
export function checkNames(
  list: readonly string[],
  path: Path,
  names: Names,
  problems: Problems,
  clientsToo = false,
): void {
  const seen = new Set<string>()
  for (const [index, name] of list.entries()) {
    const at = [...path, index]
    if (seen.has(name)) problems.add(at, `${name} stands here twice`)
    seen.add(name)
    const wrong = complaint(name, names, clientsToo)
    if (wrong !== null) problems.add(at, wrong)
  }
}

function complaint(name: string, names: Names, clientsToo: boolean): string | null {
  if (names.nodes === null || names.nodeSet.has(name)) return null
  if (clientName.test(name)) {
    if (!clientsToo) return `${name} is a client: only nodes can be named here`
    if (names.clients === null || Number(name.slice(1)) <= names.clients) return null
    return `no client ${name}: the clients are c1 to c${String(names.clients)}`
  }
  const near = names.nodes.length > 200 ? null : closest(name, names.nodes)
  const known = `the nodes are ${all(names.nodes)}`
  return `no node ${quote(name)}: ${near === null ? known : `did you mean ${near}? (${known})`}`
}
