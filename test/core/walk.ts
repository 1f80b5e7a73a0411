/**
 * Random walks over a test cluster: a list of small numbers becomes operations, faults and
 * deliveries, in that order.
 */
import * as fc from 'fast-check'
import type { ClientRequest, Context, QuorumOptions, VersionVector } from '../../core/index.js'
import { emptyVector, mergeVectors, withDot } from '../../core/index.js'
import type { ClusterOptions, Flight, OperationOf } from './cluster.js'
import { TestCluster } from './cluster.js'
import { Oracle } from './oracle.js'

const weights = {
  put: 8,
  delete: 1,
  get: 4,
  retry: 2,
  deliver: 30,
  deliver_late: 3,
  drop: 2,
  duplicate: 4,
  sync: 12,
  crash: 2,
  boot: 3,
  isolate: 1,
  cut: 2,
  heal: 1,
  advance: 8,
  settle: 1,
  clock: 2,
} as const
type Verb = keyof typeof weights

/** A verb and three numbers that choose who, what and how much. */
export type Move = readonly [Verb, number, number, number]

const verbs = Object.keys(weights) as Verb[]

export const moves = (most: number): fc.Arbitrary<readonly Move[]> =>
  fc.array(
    fc.tuple(
      fc.oneof(...verbs.map((verb) => ({ weight: weights[verb], arbitrary: fc.constant(verb) }))),
      fc.nat(1_000),
      fc.nat(1_000),
      fc.nat(1_000),
    ),
    { maxLength: most, size: 'max' },
  )

export interface WalkOptions extends ClusterOptions {
  readonly bucket?: string
  readonly keys?: number
  /** The configuration promises that reads see acknowledged writes. */
  readonly strict?: boolean
  readonly monotonic?: boolean
}

/** Small times: a walk is short, and every timer should have its turn in it. */
const timing = {
  probeMicros: 100_000,
  probeTimeoutMicros: 40_000,
  gossipMicros: 20_000,
  suspectTimeouts: 2,
  fallbackAfterMicros: 50_000,
  handoffEveryMicros: 100_000,
  handoffRetryMicros: 200_000,
}

const timeoutMicros = 400_000

/** A client: what it has seen of each key, and the last thing it asked. */
interface Session {
  readonly seen: Map<string, VersionVector>
  readonly minimum: Map<string, VersionVector>
  readonly open: Map<number, string>
  last: Asked | null
}

interface Asked {
  readonly operation: OperationOf<ClientRequest>
  readonly node: string
  /** The life of the node that was asked. */
  readonly incarnation: number
  readonly request: number
}

export class Walk {
  readonly cluster: TestCluster
  readonly oracle: Oracle
  readonly #options: WalkOptions
  readonly #sessions: Session[] = [0, 1].map(() => {
    return { seen: new Map(), minimum: new Map(), open: new Map(), last: null }
  })
  #operations = 0

  constructor(options: WalkOptions) {
    this.#options = options
    this.cluster = new TestCluster({ timing, limits: { leaseBlock: 5 }, ...options })
    this.oracle = new Oracle(this.cluster, options.strict ?? false)
    this.cluster.start()
    this.cluster.settle()
    this.cluster.autoSync = false
  }

  move([verb, a, b, c]: Move): void {
    const { cluster } = this
    const node = this.#node(a)
    switch (verb) {
      case 'put':
      case 'delete':
        this.#write(node, verb, b, c)
        break
      case 'get':
        this.#read(node, b, c)
        break
      case 'retry':
        this.#retry(node, b)
        break
      case 'deliver':
        this.#onFlight(a % 3 === 0 ? b : 0, (flight) => {
          cluster.deliver(flight)
        })
        break
      case 'deliver_late':
        this.#onFlight(a, (flight) => {
          cluster.deliver(flight, (b % 5) * 100_000)
        })
        break
      case 'drop':
        this.#onFlight(a, (flight) => {
          cluster.drop(flight)
        })
        break
      case 'duplicate':
        this.#onFlight(a, (flight) => {
          cluster.duplicate(flight)
        })
        break
      case 'sync':
        cluster.sync(node, b % 4 === 0 ? 1 : 100)
        break
      case 'crash':
        cluster.crash(node, b % 4)
        break
      case 'boot':
        this.#boot(b)
        break
      case 'isolate':
        cluster.isolate(node)
        break
      case 'cut':
        cluster.cuts.add(`${node}>${this.#node(b)}`)
        break
      case 'heal':
        cluster.heal()
        break
      case 'advance':
        cluster.advance([1_000, 20_000, 60_000, 150_000][b % 4] as number)
        break
      case 'settle':
        cluster.settle()
        break
      case 'clock':
        cluster.box(node).wallOffsetMicros = [0, 0, -100_000, 100_000, 700_000][b % 5] as number
        break
    }
    this.#remember()
  }

  #node(pick: number): string {
    return this.cluster.boxes[pick % this.cluster.boxes.length]?.id ?? ''
  }

  #onFlight(pick: number, act: (flight: Flight) => void): void {
    const { flights } = this.cluster
    const flight = flights[pick % Math.max(1, flights.length)]
    if (flight !== undefined) act(flight)
  }

  #boot(pick: number): void {
    const down = this.cluster.boxes.filter((box) => box.node === null)
    const box = down[pick % Math.max(1, down.length)]
    if (box !== undefined) this.cluster.boot(box.id)
  }

  // --- clients

  get #quorum(): QuorumOptions {
    const monotonic = this.#options.monotonic ?? false
    return { r: null, w: null, pr: null, pw: null, monotonic }
  }

  #session(pick: number): Session {
    return this.#sessions[pick % this.#sessions.length] as Session
  }

  #key(pick: number): string {
    return `k${String(pick % (this.#options.keys ?? 2))}`
  }

  #write(node: string, verb: 'put' | 'delete', b: number, c: number): void {
    const session = this.#session(c)
    const key = this.#key(b)
    const bucket = this.#options.bucket ?? 'default'
    const number = ++this.#operations
    const seen = session.seen.get(key)
    const { hash } = this.oracle.keyRef(bucket, key)
    const context: Context | null =
      seen === undefined || c % 3 === 0 ? null : { keyHash: hash, vv: seen }
    this.#submit(session, node, {
      kind: 'put',
      opId: `o${String(number)}`,
      bucket,
      key,
      value: verb === 'delete' ? null : `v${String(number)}`,
      context,
      quorum: { ...this.#quorum, monotonic: false },
      timeoutMicros,
    })
  }

  #read(node: string, b: number, c: number): void {
    const session = this.#session(c)
    const key = this.#key(b)
    this.#submit(session, node, {
      kind: 'get',
      opId: `o${String(++this.#operations)}`,
      bucket: this.#options.bucket ?? 'default',
      key,
      minimum: c % 2 === 0 ? (session.minimum.get(key) ?? null) : null,
      quorum: this.#quorum,
      timeoutMicros,
    })
  }

  /**
   * The same operation once more. Anywhere, if it was rejected; while it is under way, or its end
   * is unknown, only at the same node in the same life: nobody else can know that it is a retry.
   */
  #retry(node: string, b: number): void {
    const session = this.#session(b)
    if (session.last === null) return
    const { last } = session
    const rejected = this.cluster.outcome(last.request)?.kind === 'rejected'
    const sameLife = this.cluster.box(last.node).node?.incarnation === last.incarnation
    if (rejected) this.#submit(session, node, last.operation)
    else if (sameLife) this.#submit(session, last.node, last.operation)
  }

  #submit(session: Session, node: string, operation: OperationOf<ClientRequest>): void {
    const running = this.cluster.box(node).node
    if (running === null) return
    const request = this.cluster.nextRequest
    session.last = { operation, node, incarnation: running.incarnation, request }
    session.open.set(request, operation.key)
    this.oracle.submit(node, operation)
  }

  /** Takes in the answers that have come. */
  #remember(): void {
    for (const session of this.#sessions) {
      for (const [request, key] of session.open) {
        const outcome = this.cluster.outcome(request)
        if (outcome === null) continue
        session.open.delete(request)
        if (outcome.kind !== 'ok') continue
        const { vv } = outcome.context
        session.seen.set(key, mergeVectors(session.seen.get(key) ?? emptyVector, vv))
        const least = outcome.f === 'put' ? withDot(vv, outcome.dot) : vv
        session.minimum.set(key, mergeVectors(session.minimum.get(key) ?? emptyVector, least))
      }
    }
  }

  // --- the end

  /** Heals everything, lets every timer run, reads every key twice, and asks the oracle. */
  rest(): void {
    const { cluster } = this
    cluster.heal()
    for (const box of cluster.boxes) {
      box.wallOffsetMicros = 0
      if (box.node === null) cluster.boot(box.id)
    }
    cluster.autoSync = true
    cluster.run(3_000_000)
    for (const round of [1, 2]) {
      for (let i = 0; i < (this.#options.keys ?? 2); i++) this.#finalRead(i, round)
      cluster.run(1_000_000)
    }
    this.oracle.atRest()
  }

  #finalRead(key: number, round: number): void {
    const bucket = this.#options.bucket ?? 'default'
    const { n } = this.cluster.boxes[0]?.options.replication ?? { n: 1 }
    this.oracle.submit(this.#node(round), {
      kind: 'get',
      opId: `final${String(round)}.${String(key)}`,
      bucket,
      key: `k${String(key)}`,
      minimum: null,
      quorum: { r: n, w: null, pr: n, pw: null, monotonic: false },
      timeoutMicros,
    })
  }
}

/** The whole walk; throws where an invariant breaks. */
export function walk(options: WalkOptions, taken: readonly Move[]): Walk {
  const run = new Walk(options)
  for (const move of taken) run.move(move)
  run.rest()
  return run
}
