/**
 * What clients do next, drawn from streams that the caller passes in: which operation on which
 * key, when an open loop's next request arrives, and values that are unique, so that a history
 * tells which write a read saw.
 */
import {
  type KeyDistribution,
  type OperationKind,
  operationKinds,
  type WorkloadModel,
} from './model.js'
import { drawExponential, drawIndex, type RandomStream } from './stream.js'
import { createZipf } from './zipf.js'

export interface Workload {
  chooseOperation(stream: RandomStream): OperationKind
  /** An index, from 0. */
  chooseKey(stream: RandomStream, kind: OperationKind): number
  /** Of that index: `k1`, `k2`, ... */
  keyName(index: number): string
  /** When the request after the one at `nowMicros` arrives; Infinity if never (a closed loop). */
  nextArrivalMicros(nowMicros: number, stream: RandomStream): number
  /** The value on the wire: as long as the scenario says. */
  pad(tag: string): string
}

/** One for all clients of a run: `sequential` and `latest` remember where they are. */
export function createWorkload(model: WorkloadModel): Workload {
  const keys = createKeys(model.keyDistribution, model.keyCount)
  const arrivals = new Arrivals(model)
  const shares = operationKinds.map((kind) => model.mixPpm[kind])
  return {
    chooseOperation: (stream) => chooseOperation(shares, stream),
    chooseKey: (stream, kind) => keys.choose(stream, kind),
    keyName: keyNames(model.keyCount),
    nextArrivalMicros: (nowMicros, stream) => arrivals.next(nowMicros, stream),
    pad: (tag) => padValue(tag, model.valueBytes),
  }
}

/** Compared as integers: a share of 25% is 25% on every machine. */
function chooseOperation(sharesPpm: readonly number[], stream: RandomStream): OperationKind {
  let left = Math.floor(stream.next() * 1_000_000)
  for (let i = 0; i < sharesPpm.length; i++) {
    left -= sharesPpm[i] as number
    if (left < 0) return operationKinds[i] as OperationKind
  }
  return 'get'
}

/** Indices 0..count-1; the order of popularity, where there is one, is the order of the index. */
export interface Keys {
  choose(stream: RandomStream, kind: OperationKind): number
}

export function createKeys(distribution: KeyDistribution, count: number): Keys {
  switch (distribution.kind) {
    case 'uniform':
      return { choose: (stream) => drawIndex(stream, count) }
    case 'zipfian': {
      const ranks = createZipf(count, distribution.exponent)
      return { choose: (stream) => ranks.draw(stream) - 1 }
    }
    case 'latest':
      return new LatestKeys(count)
    case 'sequential':
      return new SequentialKeys(count)
  }
}

/**
 * Writes walk through the keys in order, over and over; reads and deletes prefer the newest:
 * the key written r writes ago with the probability of rank r in Zipf's law of exponent 0.99
 * (YCSB's `latest`).
 */
class LatestKeys implements Keys {
  readonly #count: number
  readonly #ages: ReturnType<typeof createZipf>
  #newest = 0

  constructor(count: number) {
    this.#count = count
    this.#ages = createZipf(count, 0.99)
  }

  choose(stream: RandomStream, kind: OperationKind): number {
    if (kind === 'put' || kind === 'append') {
      this.#newest = (this.#newest + 1) % this.#count
      return this.#newest
    }
    const age = this.#ages.draw(stream) - 1
    return (this.#newest - age + this.#count) % this.#count
  }
}

/** Every operation takes the next key, whoever asks. */
class SequentialKeys implements Keys {
  readonly #count: number
  #next = 0

  constructor(count: number) {
    this.#count = count
  }

  choose(): number {
    const index = this.#next
    this.#next = (this.#next + 1) % this.#count
    return index
  }
}

/** Names are kept while there are few; each is made anew where they would fill the memory. */
function keyNames(count: number): (index: number) => string {
  if (count > 100_000) return keyName
  const names: string[] = []
  return (index) => (names[index] ??= keyName(index))
}

function keyName(index: number): string {
  return `k${String(index + 1)}`
}

/**
 * Poisson arrivals at a rate that surges change. Exact across the changes: a standard
 * exponential is spent at the rate that holds at each moment, piece by piece.
 */
class Arrivals {
  readonly #perSecond: number
  readonly #surges: WorkloadModel['surges']
  /** What rounding the last arrival left over, so that rounding does not change the rate. */
  #remainderMicros = 0

  constructor({ perSecond, surges }: WorkloadModel) {
    this.#perSecond = perSecond ?? 0
    this.#surges = surges
  }

  next(nowMicros: number, stream: RandomStream): number {
    let left = drawExponential(stream)
    let at = nowMicros + this.#remainderMicros
    for (const [untilMicros, perSecond] of this.#piecesFrom(at)) {
      const capacity = ((untilMicros - at) * perSecond) / 1_000_000
      if (left > capacity || perSecond === 0) {
        left -= capacity
        at = untilMicros
        continue
      }
      at += (left * 1_000_000) / perSecond
      const whole = Math.max(nowMicros, Math.round(at))
      this.#remainderMicros = at - whole
      return whole
    }
    return Infinity
  }

  /** Until when which rate holds, from `fromMicros` on. Surges are in order and do not overlap. */
  *#piecesFrom(fromMicros: number): Generator<readonly [untilMicros: number, perSecond: number]> {
    for (const { atMicros, forMicros, perSecond } of this.#surges) {
      const endMicros = atMicros + forMicros
      if (endMicros <= fromMicros) continue
      if (atMicros > fromMicros) yield [atMicros, this.#perSecond]
      yield [endMicros, perSecond]
    }
    yield [Infinity, this.#perSecond]
  }
}

const padding = '~'
const paddingCode = padding.charCodeAt(0)

/** `c3.17` -> `c3.17~~~~`. A tag that is already as long stays as it is. */
function padValue(tag: string, bytes: number): string {
  return tag.padEnd(bytes, padding)
}

/** The value without its padding: what histories record. */
export function tagOf(value: string): string {
  return value.slice(0, tagLength(value))
}

/** No tag holds the character that pads it. */
export function tagLength(value: string): number {
  // A tag is a few characters long: a loop has found its end before a search is set up.
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) === paddingCode) return i
  return value.length
}
