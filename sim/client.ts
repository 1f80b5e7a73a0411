/**
 * Simulated clients: what they ask, of whom, and what they remember.
 *
 * Closed loop: a client asks, waits, thinks, asks again. Open loop: requests start at their drawn
 * times whatever became of the earlier ones, and latency counts from that time (no coordinated
 * omission).
 */
import type {
  ClientRequest,
  Context,
  Micros,
  Outcome,
  QuorumOptions,
  Sibling,
  VersionVector,
} from '../core/index.js'
import { covers, mergeVectors, withDot } from '../core/version/dotted.js'
import type { WorkloadModel } from '../scenarios/model.js'
import { tagOf } from '../scenarios/workload.js'
import type { SimEvent } from './queue.js'
import type { RandomStream } from './random.js'
import { forkStream } from './random.js'
import type { Operation } from './record.js'

/** One operation under way, over all its attempts. */
export interface Call {
  readonly client: Client
  readonly operation: Operation
  /** As sent last. */
  request: ClientRequest
  /** Number of the request whose answer is waited for; 0: none any more. */
  waitingFor: number
  /** Number of the node asked. */
  node: number
  attempts: number
  timeout: SimEvent | null
  readonly deadlineMicros: Micros
  /** After this read, write the cart it found with one item more. */
  readonly thenAppend: boolean
}

/** An answer on its way, to one attempt of a call. */
export interface Reply {
  readonly call: Call
  readonly request: number
  readonly outcome: Outcome
}

/** More indices than these have no place of their own. */
const mostPlaces = 100_000

/**
 * Numbers of keys in the order of their first use, the same for all clients: small enough to stay
 * near the processor.
 */
export class KeyNumbers {
  readonly #numbers = new Map<string, number>()
  /** By the workload's index: the key's number and one; 0: not used yet. */
  readonly #places: Int32Array
  /** What the nodes call each key in a context, by its number. */
  readonly hashes: Context['keyHash'][] = []

  /** `count`: how many keys the workload draws from. */
  constructor(count: number) {
    this.#places = new Int32Array(Math.min(count, mostPlaces))
  }

  /** Of the key that the workload has drawn. */
  at(index: number, key: string): number {
    const place = this.#places[index]
    if (place !== undefined && place > 0) return place - 1
    const number = this.of(key)
    if (place !== undefined) this.#places[index] = number + 1
    return number
  }

  of(key: string): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(key, number)
    return number
  }
}

/** What of a key is ever asked for. */
export interface Memory {
  readonly contexts: boolean
  readonly minimum: boolean
}

export class Client {
  readonly index: number
  readonly id: string
  /** A stream per concern: a draw more for one does not shift another. */
  readonly operationStream: RandomStream
  readonly keyStream: RandomStream
  readonly thinkStream: RandomStream
  /** Of probes: which node, and how long after the write. */
  readonly probeStream: RandomStream
  /** A probing client: the write that its next operation, a read, looks for. */
  written: string | null = null
  /** Number of the node it is connected to. */
  home: number
  /**
   * From one node to the next, past all of them: those who leave a node that fails do not march on
   * together, and overload one node after the other.
   */
  readonly #stride: number
  process: number
  #operations = 0
  readonly #memory: Memory
  readonly #keys: KeyNumbers
  /** By the key's number; undefined where nothing was seen. */
  readonly #seen: (VersionVector | undefined)[] = []
  readonly #minimum: (VersionVector | undefined)[] = []

  constructor(index: number, nodes: number, seed: number, memory: Memory, keys: KeyNumbers) {
    this.#memory = memory
    this.#keys = keys
    this.index = index
    this.id = `c${String(index + 1)}`
    this.home = index % nodes
    this.#stride = strideOf(index, nodes)
    this.process = index
    this.operationStream = forkStream(seed, `client_operation/${this.id}`)
    this.keyStream = forkStream(seed, `client_key/${this.id}`)
    this.thinkStream = forkStream(seed, `client_think/${this.id}`)
    this.probeStream = forkStream(seed, `client_probe/${this.id}`)
  }

  /** Where it goes from there. */
  nodeAfter(node: number, nodes: number): number {
    return (node + this.#stride) % nodes
  }

  /** The id of its next operation, `c3.17`. */
  nextOperation(): string {
    return `${this.id}.${String(++this.#operations)}`
  }

  /** null where there is nothing to say; that may be because nothing is remembered. */
  context(number: number): Context | null {
    if (!this.#memory.contexts) return null
    const vv = this.#seen[number]
    if (vv === undefined || vv.length === 0) return null
    return { keyHash: this.#keys.hashes[number]!, vv }
  }

  minimum(number: number): VersionVector | null {
    return this.#memory.minimum ? (this.#minimum[number] ?? null) : null
  }

  /**
   * What was seen is added to, never replaced: a stale read does not unsee what came before.
   * `asked`: the minimum of the read. What of it an ok does not show was reaped: it is forgotten.
   */
  remember(number: number, outcome: Outcome, asked: VersionVector | null = null): void {
    const { contexts, minimum } = this.#memory
    if (outcome.kind !== 'ok' || !(contexts || minimum)) return
    const { context } = outcome
    if (contexts) {
      const known = this.#seen[number]
      this.#keys.hashes[number] = context.keyHash
      // The new one first: it nearly always descends the other, and is then kept as it is.
      this.#seen[number] = known === undefined ? context.vv : mergeVectors(context.vv, known)
    }
    if (!minimum) return
    const gone = (asked ?? []).filter(({ actor, n }) => !covers(context.vv, actor, n))
    const known = this.#minimum[number]?.filter((one) => !covers(gone, one.actor, one.n))
    const seen = minimumOf(outcome, context.vv)
    this.#minimum[number] = known === undefined ? seen : mergeVectors(seen, known)
  }
}

/** A session must read its own write even where that write left siblings it has not seen. */
function minimumOf(outcome: Outcome & { kind: 'ok' }, vv: VersionVector): VersionVector {
  return outcome.f === 'put' ? withDot(vv, outcome.dot) : vv
}

/**
 * Nodes get a little less time than the client waits, so that their reasons arrive before it gives
 * up.
 */
export const nodeBudget = (timeoutMicros: Micros): Micros => Math.floor(timeoutMicros * 0.9)

export function quorumOf(model: WorkloadModel): QuorumOptions {
  const { r, w, monotonic } = model.quorum
  return { r, w, pr: null, pw: null, monotonic }
}

/** The cart with all siblings' items and one more, each once, in order. */
export function appendTo(values: readonly Sibling[], item: string): string {
  const items = new Set<string>()
  for (const { value } of values) {
    if (value !== null) for (const one of tagOf(value).split(',')) items.add(one)
  }
  items.delete('')
  items.add(item)
  return [...items].join(',')
}

/**
 * Answers after which the same operation may be tried elsewhere: nothing has happened, and another
 * node may do better.
 */
export function worthRetrying(outcome: Outcome): boolean {
  if (outcome.kind !== 'rejected') return false
  switch (outcome.code) {
    case 'unreachable':
    case 'not_ready':
    case 'no_reachable_owner':
    case 'r_unsatisfied':
    case 'pr_unsatisfied':
    case 'w_unsatisfied':
    case 'pw_unsatisfied':
      return true
    default:
      // Trying an overloaded cluster again at once is how an overload outlives its cause (planted
      // bug 34).
      return false
  }
}

/** The same operation for another node. Spelled out: a copy by spread is of a shape of its own. */
export function askedAgain(
  asked: ClientRequest,
  request: number,
  timeoutMicros: Micros,
): ClientRequest {
  const { opId, bucket, key, quorum } = asked
  if (asked.kind === 'get') {
    const { minimum } = asked
    return { kind: 'get', request, opId, bucket, key, quorum, timeoutMicros, minimum }
  }
  const { value, context } = asked
  return { kind: 'put', request, opId, bucket, key, quorum, timeoutMicros, value, context }
}

/** Answers after which a client with failover connects elsewhere for its next operation. */
export const disappointing = (outcome: Outcome): boolean => outcome.kind !== 'ok'

/** Nobody listened: nothing has happened. */
export const unreachable: Outcome = { kind: 'rejected', code: 'unreachable', need: 1, got: 0 }

/** The client's own patience is at its end: a write may have happened all the same. */
export function timedOut({ operation }: Call): Outcome {
  if (operation.f === 'read') return { kind: 'rejected', code: 'timeout', need: 1, got: 0 }
  return { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }
}

/** Clients of one home take the strides in turn that lead to every node. */
function strideOf(index: number, nodes: number): number {
  const round = Math.floor(index / nodes)
  const strides: number[] = []
  for (let stride = 1; stride < nodes && strides.length <= round; stride++) {
    if (commonDivisor(stride, nodes) === 1) strides.push(stride)
  }
  return strides[round % Math.max(1, strides.length)] ?? 0
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))
