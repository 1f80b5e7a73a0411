/**
 * How two nodes begin to talk: one `GET` with `Upgrade: dynamo-sim` and its answer.
 *
 *   dialler                                   receiver
 *   upgrade, who I am, nonce D      ---->     checks cluster, ring, name
 *            <----  101, nonce R, proof(D, R, 'receiver')
 *   first frame: proof(D, R, 'dialler')  ->   checks it; then frames count
 *
 * Each side proves that it knows a secret, over what the other has just made up: nothing of a
 * recorded handshake is of use in another. The bytes after it are sealed by TLS where there is
 * TLS, and by nothing where there is none; which is why other addresses than loopback need it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { NodeId } from '../core/index.js'
import { nodeId } from '../core/index.js'
import type { Identity } from './identity.js'
import type { Secret } from './secret.js'
import { proof } from './secret.js'

/** Small messages that somebody waits for, or everything else. */
export type LinkClass = 'urgent' | 'bulk'
export const linkClasses: readonly LinkClass[] = ['urgent', 'bulk']

export const protocolName = 'dynamo-sim'
export const linkPath = '/link'
/** Of handshake and frames; messages carry a format of their own. */
export const linkFormat = '1'

export interface Hello {
  readonly clusterId: string
  readonly ringDigest: string
  readonly from: NodeId
  readonly to: NodeId
  readonly linkClass: LinkClass
  /** Of the secret that the dialler proves. */
  readonly label: string
  readonly nonce: string
}

export function helloHeaders(hello: Hello): Record<string, string> {
  return {
    connection: 'Upgrade',
    upgrade: protocolName,
    'x-link-format': linkFormat,
    'x-cluster': hello.clusterId,
    'x-ring': hello.ringDigest,
    'x-from': hello.from,
    'x-to': hello.to,
    'x-class': hello.linkClass,
    'x-secret': hello.label,
    'x-nonce': hello.nonce,
  }
}

export function helloOf(headers: IncomingHttpHeaders): Hello | null {
  const texts = ['x-cluster', 'x-ring', 'x-from', 'x-to', 'x-secret', 'x-nonce'].map((name) => {
    const value = headers[name]
    return typeof value === 'string' && value.length <= 128 ? value : null
  })
  const linkClass = linkClasses.find((name) => name === headers['x-class'])
  if (linkClass === undefined || texts.includes(null)) return null
  const [clusterId, digest, from, to, label, nonce] = texts as string[]
  return {
    clusterId: clusterId as string,
    ringDigest: digest as string,
    from: nodeId(from as string),
    to: nodeId(to as string),
    linkClass,
    label: label as string,
    nonce: nonce as string,
  }
}

export interface Refusal {
  readonly status: number
  /** For the log of the other side: says what to mend, and nothing secret. */
  readonly reason: string
}

/** What must be the same on both sides; null: all of it is. */
export function refuseHello(
  hello: Hello,
  identity: Identity,
  members: ReadonlySet<NodeId>,
): Refusal | null {
  const { clusterId, ringDigest, node } = identity
  const refused = (reason: string): Refusal => ({ status: 403, reason })
  if (hello.clusterId !== clusterId) return refused(`this is cluster ${clusterId}`)
  if (hello.to !== node) return refused(`this is node ${node}`)
  if (hello.from === node) return refused(`${node} is this node itself: two nodes have one name`)
  if (!members.has(hello.from)) return refused(`${hello.from} is not a member here`)
  if (hello.ringDigest === ringDigest) return null
  return refused('members, partitions, n or buckets differ between the two configurations')
}

export function proofOf(
  side: 'dialler' | 'receiver',
  secret: Secret,
  hello: Hello,
  receiverNonce: string,
): Buffer {
  const { clusterId, from, to, linkClass, nonce } = hello
  return proof(secret, [side, clusterId, from, to, linkClass, nonce, receiverNonce])
}
