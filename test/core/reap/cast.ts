/** Who takes part in the exploration of reaping, what there is, and what is under way. */
import type {
  GetRequest,
  KeyState,
  LogRecord,
  Message,
  NodeId,
  VersionVector,
} from '../../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../../core/index.js'

export const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map(nodeId) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
]
export const owners = [n1, n2, n3]
const key = keyRef('default', 'k', 1)
const a = actorOf(n1, 0)
export const value: KeyState = {
  vv: [{ actor: a, n: 1 }],
  siblings: [{ actor: a, n: 1, value: 'v', hlc: 1 }],
}
export const deleted: KeyState = {
  vv: [{ actor: a, n: 2 }],
  siblings: [{ actor: a, n: 2, value: null, hlc: 2 }],
}

const header = { clusterId: 'test', incarnation: 1, ringEpoch: 1 }
const asking = { request: 900, opId: 'o', budgetMicros: 9e9 }

export const late = (to: NodeId): readonly [NodeId, Message] => [
  to,
  {
    kind: 'replicate',
    ...header,
    ...asking,
    from: n1,
    key,
    state: value,
    reapEpoch: 0,
    hintFor: null,
  },
]
export const repair = (to: NodeId): readonly [NodeId, Message] => [
  to,
  { kind: 'repair', ...header, from: n4, key, state: value, reapEpoch: 0 },
]
export const tombstone = (to: NodeId): readonly [NodeId, Message] => [
  to,
  {
    kind: 'replicate',
    ...header,
    ...asking,
    request: 901,
    from: n1,
    key,
    state: deleted,
    reapEpoch: 0,
    hintFor: null,
  },
]

export const getOf = (minimum: VersionVector | null): Omit<GetRequest, 'request'> => ({
  kind: 'get',
  opId: 'g',
  bucket: 'default',
  key: 'k',
  minimum,
  quorum: { r: 2, w: null, pr: null, pw: null, monotonic: false },
  timeoutMicros: 9e9,
})

export const hintOf = (state: KeyState): LogRecord => ({ type: 'hint', target: n3, key, state })

export const recordOf = (state: KeyState): LogRecord => ({ type: 'key_state', key, state })
