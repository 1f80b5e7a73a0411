/** Whom a fault hits: names as they stand, everybody, or everybody in some zones. */
import type { Problems } from '../decode.js'
import { all, closest } from '../problem.js'
import type { Path } from '../source.js'
import { quote } from '../unit.js'
import { checkNames, type Names } from './name.js'

export type Victims =
  | { readonly names: readonly string[]; readonly zone?: undefined }
  | { readonly zone: readonly string[]; readonly names?: undefined }

/** The nodes (and clients, where those may be named). What is no node is reported. */
export function nodesOf(
  victims: Victims,
  path: Path,
  names: Names,
  problems: Problems,
  clientsToo = false,
): readonly string[] {
  if (victims.zone !== undefined) return nodesOfZones(victims.zone, path, names, problems)
  const list = victims.names
  // A cluster may have a node of that name; then it is meant.
  if (list.length === 1 && list[0] === 'all' && !names.nodeSet.has('all')) return names.nodes ?? []
  checkNames(list, path, names, problems, clientsToo)
  return list
}

function nodesOfZones(
  zones: readonly string[],
  path: Path,
  { zones: known, nodes }: Names,
  problems: Problems,
): readonly string[] {
  const found = new Set<string>()
  for (const [index, zone] of zones.entries()) {
    const members = known.get(zone)
    if (members === undefined && nodes !== null) {
      const near = closest(zone, known.keys())
      const zones = `the zones are ${all([...known.keys()])}`
      const list = near === null ? zones : `did you mean ${near}? (${zones})`
      problems.add([...path, 'zone', index], `no zone ${quote(zone)}: ${list}`)
    }
    for (const member of members ?? []) found.add(member)
  }
  return [...found]
}
