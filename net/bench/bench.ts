/**
 * Load on a live cluster, as many clients: the keys are written, the cluster warms up, then it is
 * measured.
 *
 * Closed loop: each worker asks, waits, asks again. Open loop: operations are due at drawn times,
 * whatever became of the earlier ones; one that finds all workers busy waits, and its wait counts
 * (no coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { drawExponential, type RandomStream } from '../../scenarios/stream.js'
import { createKeys, type Keys } from '../../scenarios/workload.js'
import type { Client } from '../client/index.js'
import type { BenchCounts, BenchPlan, BenchSink } from './plan.js'
import type { FinalRead } from './final.js'
import { Recording, Worker, type Ending, type Job } from './worker.js'

type Choose = (number: number, worker: Worker) => Job

export class Bench {
  readonly counts: BenchCounts = { loaded: 0, warmUp: 0, measured: 0, ok: 0, fail: 0, info: 0 }
  /** Of the history's time; null: it never came to that. */
  measuredFromNanos: number | null = null
  measuredToNanos = 0
  readonly #plan: BenchPlan
  readonly #recording: Recording
  readonly #workers: readonly Worker[]
  readonly #keys: Keys
  readonly #stream: RandomStream
  readonly #arrivals: RandomStream
  /** Of `write`: what each worker has read last, and not written yet. */
  readonly #read = new Map<Worker, string>()
  #stopped = false
  /** Nobody stops at the number of operations. */
  #held = false

  constructor(client: Client, plan: BenchPlan, sink: BenchSink) {
    this.#plan = plan
    this.#recording = new Recording(sink)
    this.#workers = Array.from(
      { length: plan.workers },
      (_, index) => new Worker(index + 1, client, plan, this.#recording),
    )
    this.#keys = createKeys(plan.distribution, plan.keyCount)
    this.#stream = plan.stream('operation')
    this.#arrivals = plan.stream('arrival')
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get merges(): number {
    return this.#recording.merges
  }

  /** What the owners hold in the end: the last events of the history. */
  finals(reads: readonly FinalRead[]): void {
    const { bucket } = this.#plan
    const where = bucket === 'default' ? {} : { bucket }
    const time = this.#recording.nowNanos()
    for (const { key, value, ...held } of reads) {
      const event = { process: -1, type: 'ok', f: 'final', ...where, key, value, time } as const
      this.#recording.write({ ...event, ...held })
    }
  }

  /** Nothing more is begun; what is under way ends. */
  stop(): void {
    this.#stopped = true
  }

  /** Of the history. */
  nowNanos(): number {
    return this.#recording.nowNanos()
  }

  /**
   * `beside` begins with measuring, and the load goes on at least until it ends, however many
   * operations that takes.
   */
  async run(beside: (() => Promise<void>) | null = null): Promise<void> {
    const { type, keyCount, warmUp, operations } = this.#plan
    if (type !== 'put') {
      const load: Choose = (number) => ({ kind: 'write', key: this.#name(number) })
      await this.#phase(keyCount, null, load, () => this.counts.loaded++)
    }
    const { perSecond } = this.#plan
    await this.#phase(warmUp, perSecond, this.#choose, () => this.counts.warmUp++)
    if (this.#stopped) return
    this.measuredFromNanos = this.#recording.nowNanos()
    const going = beside?.().finally(() => {
      this.#held = false
    })
    this.#held = going !== undefined
    await this.#phase(operations, perSecond, this.#choose, (ending) => {
      this.counts.measured++
      this.counts[ending]++
    })
    await going
    this.measuredToNanos = this.#recording.nowNanos()
  }

  async #phase(
    total: number,
    perSecond: number | null,
    choose: Choose,
    done: (ending: Ending) => void,
  ): Promise<void> {
    let begun = 0
    let dueNanos = this.#recording.nowNanos()
    const work = async (worker: Worker): Promise<void> => {
      while ((begun < total || this.#held) && !this.#stopped) {
        const number = begun++
        let due: number | null = null
        if (perSecond !== null) {
          dueNanos += Math.round((drawExponential(this.#arrivals) / perSecond) * 1e9)
          due = dueNanos
          await this.#until(due)
          if (this.#stopped) return
        }
        done(await worker.run(choose(number, worker), due))
        await worker.mend()
      }
    }
    await Promise.all(this.#workers.map(work))
  }

  /** Timers are late by up to a millisecond: the last one is waited for turn by turn. */
  async #until(dueNanos: number): Promise<void> {
    for (;;) {
      const millis = (dueNanos - this.#recording.nowNanos()) / 1e6
      if (millis <= 0 || this.#stopped) return
      // Not for long at once, so that a stop is noticed.
      if (millis >= 1) await sleep(Math.min(100, Math.floor(millis)))
      else await new Promise((resolve) => setImmediate(resolve))
    }
  }

  readonly #choose: Choose = (_, worker) => {
    const { type } = this.#plan
    if (type === 'txn') return { kind: 'txn', keys: this.#several() }
    if (type === 'write') return this.#alternate(worker)
    const isRead = type === 'mixed' ? this.#drawsRead() : type !== 'put'
    const kind = isRead ? 'read' : 'write'
    return { kind, key: this.#draw(kind) }
  }

  /** Read, change, write: what a worker has read it writes next. */
  #alternate(worker: Worker): Job {
    const read = this.#read.get(worker)
    if (read !== undefined) {
      this.#read.delete(worker)
      return { kind: 'write', key: read }
    }
    const key = this.#draw('read')
    this.#read.set(worker, key)
    return { kind: 'read', key }
  }

  /** No key twice: one that was drawn before gives way to the next that was not. */
  #several(): readonly string[] {
    const { txnKeys, keyCount } = this.#plan
    const drawn = new Set<number>()
    while (drawn.size < txnKeys) {
      let index = this.#keys.choose(this.#stream, 'get')
      while (drawn.has(index)) index = (index + 1) % keyCount
      drawn.add(index)
    }
    return [...drawn].map((index) => this.#name(index))
  }

  #drawsRead(): boolean {
    return this.#stream.next() * 100 < this.#plan.readPercent
  }

  #draw(kind: 'read' | 'write'): string {
    return this.#name(this.#keys.choose(this.#stream, kind === 'read' ? 'get' : 'put'))
  }

  #name(index: number): string {
    return `${this.#plan.keyPrefix}k${String(index + 1)}`
  }
}
