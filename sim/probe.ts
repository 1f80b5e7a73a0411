/**
 * t-visibility and latency for every R and W at once (PBS, Bailis et al., VLDB'12, section 5).
 *
 * A put goes to all N owners and a get asks all N, whatever R and W are; they only say for how many
 * answers a client waits. So one write and one read tell, for each R and W, how long either would
 * have taken, and the least t at which the read, begun t after the write's commit, would have seen
 * the write: with write i durable at D_i, commit C_W, and the read at replica i after A_i,
 *
 *   t(R, W) = min over the R replicas that answer first of (D_i - C_W - A_i), or 0 if that is less.
 *
 * The write's and the read's delays are drawn independently, so when the read really began does not
 * bias t; it decides what the client really saw, and that is compared with what the delays say.
 */
import type { Message } from '../core/index.js'
import type { Scenario } from '../scenarios/model.js'
import type { ProbeCell, ProbeLatency, ProbeQuantile, ProbeReport } from '../scenarios/probe.js'

/** One write, and the read that looks for it. */
interface Probe {
  /** Numbers of the replicas, in the order in which they acknowledged. */
  readonly replicas: number[]
  /** By place in `replicas`. */
  readonly durableMicros: number[]
  /** Ascending. */
  readonly ackedMicros: number[]
  readonly writtenMicros: number
  readMicros: number
  readonly arrivals: Map<number, number>
  /** Who answered the read, and when that came back. */
  readonly answers: { readonly replica: number; readonly atMicros: number }[]
  /** What the client's read said; null: not yet, or it failed. */
  seen: boolean | null
}

export class Probes {
  readonly #n: number
  /** The run's own R: what its clients waited for. */
  readonly #r: number
  /** By key: the write that the next read looks for. */
  readonly #latest = new Map<string, Probe>()
  /** By coordinator and request, until all N have answered. */
  readonly #writes = new Map<number, Probe>()
  readonly #reads = new Map<number, Probe>()
  readonly #readLatency: Samples[]
  readonly #writeLatency: Samples[]
  /** By (r - 1) * n + (w - 1). */
  readonly #visibility: Samples[]
  #begun = 0
  #complete = 0
  #compared = 0
  #contradicted = 0

  /** Null where the clients do not probe. */
  static of({ cluster, workload }: Scenario): Probes | null {
    return workload.probe === null ? null : new Probes(cluster.n, workload.quorum.r ?? cluster.r)
  }

  constructor(n: number, r: number) {
    this.#n = n
    this.#r = r
    const samples = (count: number) => Array.from({ length: count }, () => new Samples())
    this.#readLatency = samples(n)
    this.#writeLatency = samples(n)
    this.#visibility = samples(n * n)
  }

  /** Every message between nodes. `atMicros` below zero: it does not arrive. */
  sent(from: number, to: number, message: Message, nowMicros: number, atMicros: number): void {
    if (atMicros < 0) return
    switch (message.kind) {
      case 'replicate':
        this.#replicate(requestOf(from, message.request), message.key.key, nowMicros)
        return
      case 'replicate_ok':
        this.#acked(requestOf(to, message.request), from, nowMicros, atMicros)
        return
      case 'read':
        this.#read(requestOf(from, message.request), message.key.key, to, nowMicros, atMicros)
        return
      case 'read_ok':
        this.#answered(requestOf(to, message.request), from, atMicros)
        return
      default:
        return
    }
  }

  /** A client's read has succeeded: did it see the latest write of its key? */
  saw(key: string, seen: boolean): void {
    const probe = this.#latest.get(key)
    if (probe === undefined) return
    probe.seen = seen
    this.#finish(probe)
  }

  #replicate(request: number, key: string, nowMicros: number): void {
    if (this.#writes.has(request)) return
    const probe: Probe = {
      replicas: [],
      durableMicros: [],
      ackedMicros: [],
      writtenMicros: nowMicros,
      readMicros: -1,
      arrivals: new Map(),
      answers: [],
      seen: null,
    }
    this.#writes.set(request, probe)
    this.#latest.set(key, probe)
    this.#begun++
  }

  #acked(request: number, replica: number, durableMicros: number, atMicros: number): void {
    const probe = this.#writes.get(request)
    if (probe === undefined || probe.replicas.includes(replica)) return
    probe.replicas.push(replica)
    probe.durableMicros.push(durableMicros)
    probe.ackedMicros.push(atMicros)
    if (probe.replicas.length < this.#n) return
    this.#writes.delete(request)
    probe.ackedMicros.sort((a, b) => a - b)
    this.#finish(probe)
  }

  #read(request: number, key: string, to: number, nowMicros: number, atMicros: number): void {
    let probe = this.#reads.get(request)
    if (probe === undefined) {
      probe = this.#latest.get(key)
      if (probe === undefined || probe.readMicros >= 0) return
      probe.readMicros = nowMicros
      this.#reads.set(request, probe)
    }
    probe.arrivals.set(to, atMicros)
  }

  #answered(request: number, replica: number, atMicros: number): void {
    const probe = this.#reads.get(request)
    if (probe === undefined) return
    probe.answers.push({ replica, atMicros })
    if (probe.answers.length < this.#n) return
    this.#reads.delete(request)
    probe.answers.sort((a, b) => a.atMicros - b.atMicros)
    this.#finish(probe)
  }

  #finish(probe: Probe): void {
    const whole = probe.replicas.length === this.#n && probe.answers.length === this.#n
    if (!whole || probe.seen === null) return
    this.#complete++
    this.#compare(probe, probe.seen)
    for (let i = 0; i < this.#n; i++) {
      const acked = probe.ackedMicros[i] as number
      this.#writeLatency[i]?.add(acked - probe.writtenMicros)
      this.#readLatency[i]?.add((probe.answers[i]?.atMicros ?? 0) - probe.readMicros)
    }
    let firstSeen = Infinity
    for (let r = 0; r < this.#n; r++) {
      firstSeen = Math.min(firstSeen, this.#leadOf(probe, r))
      for (let w = 0; w < this.#n; w++) {
        const t = firstSeen - (probe.ackedMicros[w] as number)
        this.#visibility[r * this.#n + w]?.add(Math.max(0, t))
      }
    }
  }

  /** D_i - A_i of the replica that answered in this place. */
  #leadOf(probe: Probe, place: number): number {
    const replica = probe.answers[place]?.replica ?? -1
    const durable = probe.durableMicros[probe.replicas.indexOf(replica)] as number
    return durable - ((probe.arrivals.get(replica) as number) - probe.readMicros)
  }

  /** Ties may fall either way, so they say nothing. */
  #compare(probe: Probe, seen: boolean): void {
    const last = probe.answers[this.#r - 1]?.atMicros
    if (probe.answers[this.#r]?.atMicros === last) return
    let lead = Infinity
    for (let place = 0; place < this.#r; place++) lead = Math.min(lead, this.#leadOf(probe, place))
    if (lead === probe.readMicros) return
    this.#compared++
    if (lead < probe.readMicros !== seen) this.#contradicted++
  }

  report(): ProbeReport {
    const n = this.#n
    const cells = this.#visibility.map((samples, index): ProbeCell => {
      const r = Math.floor(index / n)
      const w = index % n
      return {
        r: r + 1,
        w: w + 1,
        read: latencyOf(this.#readLatency[r] as Samples),
        write: latencyOf(this.#writeLatency[w] as Samples),
        atOnce: samples.shareUpTo(0),
        t99: samples.quantile(0.99),
        t999: samples.quantile(0.999),
        curve: samples.curve(),
      }
    })
    return {
      probes: this.#complete,
      incomplete: this.#begun - this.#complete,
      compared: this.#compared,
      contradicted: this.#contradicted,
      cells,
    }
  }
}

/** Requests count from 1 at each node, and stay far below 2^40. */
const requestOf = (coordinator: number, request: number): number => coordinator * 2 ** 40 + request

function latencyOf(samples: Samples): ProbeLatency {
  return {
    p50: samples.quantile(0.5),
    p99: samples.quantile(0.99),
    p999: samples.quantile(0.999),
  }
}

const mostPoints = 120

/** All values, as they are: a tail of one in a thousand leaves nothing to round away. */
class Samples {
  #values = new Int32Array(1_024)
  #count = 0
  #sorted = true

  /** `micros`: up to half an hour; more counts as that. */
  add(micros: number): void {
    if (this.#count === this.#values.length) {
      const longer = new Int32Array(this.#count * 2)
      longer.set(this.#values)
      this.#values = longer
    }
    this.#values[this.#count++] = Math.min(micros, 0x7fffffff)
    this.#sorted = false
  }

  #inOrder(): Int32Array {
    const values = this.#values.subarray(0, this.#count)
    // Numbers of a typed array sort as numbers; a comparator would take ten times as long.
    // eslint-disable-next-line no-restricted-syntax -- typed arrays sort by value
    if (!this.#sorted) values.sort()
    this.#sorted = true
    return values
  }

  #at(rank: number): number {
    if (this.#count === 0) return 0
    return this.#inOrder()[Math.min(this.#count - 1, Math.max(0, rank))] as number
  }

  /** With the ranks between which the true quantile lies in 95 of 100 runs (binomial). */
  quantile(q: number): ProbeQuantile {
    const spread = 1.96 * Math.sqrt(this.#count * q * (1 - q))
    const rank = Math.ceil(q * this.#count) - 1
    return {
      micros: this.#at(rank),
      lowMicros: this.#at(Math.floor(rank - spread)),
      highMicros: this.#at(Math.ceil(rank + spread)),
    }
  }

  shareUpTo(micros: number): number {
    return this.#count === 0 ? 0 : this.#rankAbove(micros) / this.#count
  }

  #rankAbove(micros: number): number {
    const values = this.#inOrder()
    let low = 0
    let high = values.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((values[middle] as number) <= micros) low = middle + 1
      else high = middle
    }
    return low
  }

  /** P(visible | t): even steps of t up to where 99.99% see it, so that the tail is not crowded. */
  curve(): ProbeCell['curve'] {
    const last = this.#at(Math.ceil(0.9999 * this.#count) - 1)
    const step = Math.max(1, Math.ceil(last / mostPoints))
    const points: { micros: number; visible: number }[] = []
    for (let micros = 0; micros < last + step; micros += step) {
      points.push({ micros, visible: this.shareUpTo(micros) })
    }
    return points
  }
}
