/** What the machines of one request are given in their tests. */
import type { KeyRef, NodeId, Sibling } from '../../../core/index.js'
import { actorOf, nodeId } from '../../../core/index.js'
import type { Origin, Self } from '../../../core/coordinate/quorum.js'

export const self: Self = {
  clusterId: 'test',
  from: nodeId('n1'),
  incarnation: 1,
  ringEpoch: 1,
}
export const key: KeyRef = { bucket: 'default', key: 'k', id: 'default\0k', hash: 7, partition: 0 }
export const origin: Origin = { kind: 'client', request: 9 }
export const quorum = { r: null, w: null, pr: null, pw: null, monotonic: false }

export const startMicros = 1_000
export const deadlineMicros = 100_000

/** n1, n2, ... */
export const names = (count: number): readonly NodeId[] =>
  Array.from({ length: count }, (_, i) => nodeId(`n${String(i + 1)}`))

export const sibling = (node: string, n: number): Sibling => ({
  actor: actorOf(nodeId(node), 0),
  n,
  value: `${node}#${String(n)}`,
  hlc: n,
})
