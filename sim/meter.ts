/**
 * Counts what happens between two ticks, and writes one row of metrics.csv per tick
 * (docs/results.md).
 */
import type { MessageKind } from '../core/index.js'
import { messageKinds } from '../core/index.js'
import type { Sink } from './sink.js'

export const metricsHeader =
  'time_ms,reads_ok,reads_fail,reads_info,writes_ok,writes_fail,writes_info,' +
  'read_p50_us,read_p99_us,read_p999_us,read_max_us,' +
  'write_p50_us,write_p99_us,write_p999_us,write_max_us,' +
  'messages_sent,messages_lost,divergent_keys,hints,tombstones,siblings_max,' +
  'nodes_up,requests_open,input_queue_max'

export interface MessageTotals {
  readonly kind: MessageKind
  sent: number
  delivered: number
  lost: number
  cut: number
  duplicated: number
  bytes: number
}

/** State of the cluster when a tick ends. */
export interface Gauges {
  readonly divergentKeys: number
  readonly hints: number
  readonly tombstones: number
  readonly nodesUp: number
  readonly requestsOpen: number
  readonly inputQueueMax: number
}

class Latencies {
  #values = new Int32Array(256)
  #count = 0
  ok = 0
  fail = 0
  info = 0

  add(latencyMicros: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Int32Array(this.#count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = latencyMicros
  }

  /** Four cells: p50, p99, p99.9 (nearest rank) and the maximum. */
  cells(): string {
    if (this.#count === 0) return ',,,'
    // eslint-disable-next-line no-restricted-syntax -- a typed array sorts by value, and faster so
    const sorted = this.#values.subarray(0, this.#count).sort()
    const rank = (quantile: number): string =>
      String(sorted[Math.ceil(quantile * this.#count) - 1] ?? 0)
    return `${rank(0.5)},${rank(0.99)},${rank(0.999)},${rank(1)}`
  }

  counts(): string {
    return `${String(this.ok)},${String(this.fail)},${String(this.info)}`
  }

  clear(): void {
    this.#count = 0
    this.ok = 0
    this.fail = 0
    this.info = 0
  }
}

export class Meter {
  readonly messages: readonly MessageTotals[] = messageKinds.map((kind) => ({
    kind,
    sent: 0,
    delivered: 0,
    lost: 0,
    cut: 0,
    duplicated: 0,
    bytes: 0,
  }))
  readonly #sink: Sink
  readonly #reads = new Latencies()
  readonly #writes = new Latencies()
  #sent = 0
  #lost = 0
  #siblingsMax = 0

  constructor(sink: Sink) {
    this.#sink = sink
    sink.metrics(metricsHeader)
  }

  operation(isRead: boolean, type: 'ok' | 'fail' | 'info', latencyMicros: number): void {
    const latencies = isRead ? this.#reads : this.#writes
    latencies[type]++
    latencies.add(latencyMicros)
  }

  siblings(count: number): void {
    if (count > this.#siblingsMax) this.#siblingsMax = count
  }

  sent(): void {
    this.#sent++
  }

  lost(): void {
    this.#lost++
  }

  tick(atMicros: number, gauges: Gauges): void {
    const { divergentKeys, hints, tombstones, nodesUp, requestsOpen, inputQueueMax } = gauges
    this.#sink.metrics(
      `${String(atMicros / 1_000)},${this.#reads.counts()},${this.#writes.counts()},` +
        `${this.#reads.cells()},${this.#writes.cells()},${String(this.#sent)},${String(this.#lost)},` +
        `${String(divergentKeys)},${String(hints)},${String(tombstones)},${String(this.#siblingsMax)},` +
        `${String(nodesUp)},${String(requestsOpen)},${String(inputQueueMax)}`,
    )
    this.#reads.clear()
    this.#writes.clear()
    this.#sent = 0
    this.#lost = 0
    this.#siblingsMax = 0
  }
}
