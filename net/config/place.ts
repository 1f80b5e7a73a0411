/** Who listens where. */
import { nodeId } from '../../core/index.js'
import type { Problems } from '../../scenarios/decode.js'
import type { Path } from '../../scenarios/source.js'
import type { Address } from '../address.js'
import { formatAddress } from '../address.js'
import type { NodeDraft, Places } from './draft.js'
import type { KnownMember } from '../seed.js'
import type { Listen, PeerConfig } from './model.js'

/**
 * Where only the public port is said, the link's port is a thousand above it, or below where there
 * is nothing above; packets take the number of the link's port, for TCP and UDP do not share them.
 */
export const linkPortOf = (port: number): number => (port <= 64_535 ? port + 1_000 : port - 1_000)

export interface PlacedPeer extends PeerConfig {
  readonly zone: string
  readonly weight: number
}

interface ListenDraft {
  readonly http?: Address | undefined
  readonly peer?: Address | undefined
  readonly udp?: Address | undefined
}

export function resolveListen(
  draft: ListenDraft | undefined,
  path: Path,
  problems: Problems,
): Listen | null {
  const { http } = draft ?? {}
  if (http === undefined) return null
  const peer = draft?.peer ?? { host: http.host, port: linkPortOf(http.port) }
  const udp = draft?.udp ?? peer
  if (sameAddress(http, peer)) {
    problems.add(path, `two services on ${formatAddress(http)}: give http and peer two ports`)
  }
  return { http, peer, udp }
}

export function resolvePeers(
  draft: NodeDraft,
  places: Places,
  problems: Problems,
): readonly PlacedPeer[] {
  if (draft.peers !== undefined && draft.seeds !== undefined) {
    problems.add(['seeds'], 'peers are said as well: give peers or seeds, not both')
  }
  const self = resolveListen(draft.listen, places.listen, problems)
  const seen = new Map<string, string>()
  const taken = new Map<string, string>()
  if (draft.id !== undefined) seen.set(draft.id, 'this node')
  if (self !== null) takeAll(self, 'this node', taken)
  return (draft.peers ?? []).flatMap((peer, index) => {
    const at = ['peers', index]
    const listen = resolveListen(peer, [...at, places.peerAddress], problems)
    if (peer?.id === undefined || listen === null) return []
    if (seen.has(peer.id)) {
      const other = seen.get(peer.id) === 'this node' ? 'this node has' : 'another peer has'
      problems.add([...at, places.peerId], `${peer.id} is the name that ${other}`)
    }
    seen.set(peer.id, 'a peer')
    const clash = takeAll(listen, peer.id, taken)
    if (clash !== null) problems.add([...at, places.peerAddress], clash)
    const { zone = peer.id, weight = 1 } = peer
    return [{ id: nodeId(peer.id), ...listen, zone, weight }]
  })
}

/** Of all members that a seed knows, those that are not this node. */
export function peersOf(
  members: readonly KnownMember[],
  self: string,
  problems: Problems,
): readonly PlacedPeer[] {
  if (!members.some(({ id }) => id === self)) {
    const names = members.map(({ id }) => id).join(', ')
    const fix = 'nodes cannot join yet, so name it among the peers of every other node first'
    problems.add(['seeds'], `${self} is not a member there (${names}): ${fix}`)
  }
  return members
    .filter(({ id }) => id !== self)
    .map((member) => ({ ...member, id: nodeId(member.id) }))
}

/** What is wrong, or null: two nodes cannot listen in one place. */
function takeAll(listen: Listen, owner: string, taken: Map<string, string>): string | null {
  let clash: string | null = null
  for (const [protocol, address] of [
    ['tcp', listen.http],
    ['tcp', listen.peer],
    ['udp', listen.udp],
  ] as const) {
    const name = `${protocol} ${formatAddress(address)}`
    const other = taken.get(name)
    if (other !== undefined && other !== owner) {
      clash ??= `${formatAddress(address)} is where ${other} listens`
    }
    taken.set(name, owner)
  }
  return clash
}

const sameAddress = (a: Address, b: Address): boolean =>
  a.host === b.host && a.port === b.port && a.port !== 0
