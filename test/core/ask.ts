/** Short forms of what the tests of nodes ask and look for. */
import type {
  Context,
  GetOk,
  GetRequest,
  Outcome,
  PutOk,
  PutRequest,
  QuorumOptions,
} from '../../core/index.js'
import { keyRef } from '../../core/index.js'
import type { TestCluster } from './cluster.js'

const anyQuorum: QuorumOptions = { r: null, w: null, pr: null, pw: null, monotonic: false }

export interface PutChoice {
  readonly opId?: string
  readonly bucket?: string
  readonly context?: Context | null
  readonly quorum?: Partial<QuorumOptions>
  readonly timeoutMicros?: number
}
export interface GetChoice extends Omit<PutChoice, 'context'> {
  readonly minimum?: GetRequest['minimum']
}

/** `value: null` deletes. The operation's id is the value, unless one is given. */
export function put(
  key: string,
  value: string | null,
  choice: PutChoice = {},
): Omit<PutRequest, 'request'> {
  return {
    kind: 'put',
    opId: choice.opId ?? `put ${key} ${value ?? 'nothing'}`,
    bucket: choice.bucket ?? 'default',
    key,
    value,
    context: choice.context ?? null,
    quorum: { ...anyQuorum, ...choice.quorum },
    timeoutMicros: choice.timeoutMicros ?? 1_000_000,
  }
}

export function get(key: string, choice: GetChoice = {}): Omit<GetRequest, 'request'> {
  return {
    kind: 'get',
    opId: choice.opId ?? `get ${key}`,
    bucket: choice.bucket ?? 'default',
    key,
    minimum: choice.minimum ?? null,
    quorum: { ...anyQuorum, ...choice.quorum },
    timeoutMicros: choice.timeoutMicros ?? 1_000_000,
  }
}

/** Of a key: its owners in order, then the other nodes in the order in which they stand in. */
export function rolesOf(
  cluster: TestCluster,
  key: string,
  bucket = 'default',
): { readonly id: string; readonly owners: readonly string[]; readonly others: readonly string[] } {
  const { ring } = cluster.placement
  const { id, partition } = keyRef(bucket, key, ring.partitions)
  const owners = cluster.placement.owners(partition)
  const others = cluster.placement.preference(partition).slice(owners.length)
  return { id, owners, others }
}

/** A key of which these are the first owners, in this order. */
export function keyOwnedBy(cluster: TestCluster, ...wanted: readonly string[]): string {
  for (let i = 0; i < 10_000; i++) {
    const key = `key${String(i)}`
    const { owners } = rolesOf(cluster, key)
    if (wanted.every((node, at) => owners[at] === node)) return key
  }
  throw new Error(`no key is owned by ${wanted.join(', ')}`)
}

export function putOk(outcome: Outcome | null): PutOk {
  if (outcome?.kind === 'ok' && outcome.f === 'put') return outcome
  throw new Error(`no ok of a put: ${JSON.stringify(outcome)}`)
}

export function getOk(outcome: Outcome | null): GetOk {
  if (outcome?.kind === 'ok' && outcome.f === 'get') return outcome
  throw new Error(`no ok of a get: ${JSON.stringify(outcome)}`)
}

/** Values in the order of their dots. */
export const valuesOf = (outcome: Outcome | null): readonly (string | null)[] =>
  getOk(outcome).values.map(({ value }) => value)

/** What a node holds of a key as its owner: the values, tombstones as null. */
export function heldBy(cluster: TestCluster, node: string, id: string): readonly (string | null)[] {
  const state = cluster.box(node).node?.stateOf(id)
  return state?.siblings.map(({ value }) => value) ?? []
}

/** `kind` and `code` of an outcome, for one comparison. */
export function endOf(outcome: Outcome | null): string {
  if (outcome === null) return 'open'
  return outcome.kind === 'ok' ? 'ok' : `${outcome.kind} ${outcome.code}`
}

/**
 * As long as it takes until everybody suspects who is silent: a node that is alone waits longest,
 * for it may be the slow one.
 */
export function lookLong(cluster: TestCluster): void {
  cluster.run(60 * (cluster.boxes[0]?.options.timing.probeMicros ?? 0))
}

/** Every peer has heard of every other's life: each has probed all others. */
export function acquaint(cluster: TestCluster): void {
  cluster.settle()
  const probeMicros = cluster.boxes[0]?.options.timing.probeMicros ?? 0
  cluster.run(cluster.boxes.length * probeMicros)
}
