/**
 * Faults of real processes while a benchmark runs: at its time each node is killed, stopped or
 * paused, and brought back after a while; then it is watched until it holds what it has missed.
 */
import type { HistoryEvent } from '../../core/index.js'
import type { SupervisedNode } from '../door.js'
import { Missed } from './missed.js'
import type { Site } from './site.js'
import { SiteError } from './site.js'

export const faultActs = ['kill', 'stop', 'pause'] as const
export type FaultAct = (typeof faultActs)[number]

export interface FaultPlan {
  readonly act: FaultAct
  readonly nodes: readonly string[]
  /** Since measuring began. */
  readonly atMillis: number
  readonly lastsMillis: number
}

/** Who can do that to the nodes of a local cluster. */
export interface Controller {
  nodes(): Promise<readonly SupervisedNode[]>
  act(node: string, act: string): Promise<void>
}

/** What has happened, in the history's time. */
export interface FaultRecord {
  readonly act: FaultAct
  readonly nodes: readonly string[]
  readonly fromNanos: number
  /** When bringing back began; null: the run ended before. */
  toNanos: number | null
  /** When all of them served again. */
  backNanos: number | null
  /** Of the keys last written while they were away: how many there were. */
  missedKeys: number
  /** From `backNanos` until the last of them was found where it belongs; null: not in time. */
  lagNanos: number | null
  problem: string | null
}

export interface FaultSurroundings {
  readonly controller: Controller
  readonly site: Site
  readonly bucket: string
  readonly nowNanos: () => number
  /** Load goes on for so long after a node is back, so that its recovery is seen. */
  readonly tailMillis?: number
}

const usualTailMillis = 5_000
const longestLagMillis = 60_000
const lookMillis = 20

const backBy: Readonly<Record<FaultAct, string>> = { kill: 'start', stop: 'start', pause: 'resume' }

export class Faults {
  readonly records: FaultRecord[] = []
  readonly #plans: readonly FaultPlan[]
  readonly #around: FaultSurroundings
  readonly #missed = new Set<Missed>()
  readonly #cancel = new AbortController()

  constructor(plans: readonly FaultPlan[], around: FaultSurroundings) {
    this.#plans = plans
    this.#around = around
  }

  /** Every event of the history comes by here. */
  event(event: Omit<HistoryEvent, 'index'>): void {
    for (const missed of this.#missed) missed.event(event)
  }

  /** Begins with measuring; ends when all nodes are back and have been watched for a while. */
  async run(): Promise<void> {
    await Promise.all(this.#plans.map((plan) => this.#one(plan)))
  }

  /** Nodes that are away are brought back at once, and nothing more is done to any. */
  stop(): void {
    this.#cancel.abort()
  }

  async #one(plan: FaultPlan): Promise<void> {
    await this.#wait(plan.atMillis)
    if (this.#cancel.signal.aborted) return
    const { act, nodes } = plan
    const record: FaultRecord = {
      ...{ act, nodes, fromNanos: this.#around.nowNanos(), toNanos: null, backNanos: null },
      ...{ missedKeys: 0, lagNanos: null, problem: null },
    }
    this.records.push(record)
    const missed = new Missed()
    this.#missed.add(missed)
    const begun = performance.now()
    try {
      await this.#all(nodes, act)
      await this.#wait(plan.lastsMillis - (performance.now() - begun))
    } catch (error) {
      record.problem = messageOf(error)
    }
    await this.#bringBack(record, missed)
  }

  async #bringBack(record: FaultRecord, missed: Missed): Promise<void> {
    const { nowNanos } = this.#around
    record.toNanos = nowNanos()
    try {
      await this.#all(record.nodes, backBy[record.act])
      record.backNanos = nowNanos()
    } catch (error) {
      record.problem ??= messageOf(error)
    }
    this.#missed.delete(missed)
    if (record.backNanos === null) return
    const tail = this.#wait(this.#around.tailMillis ?? usualTailMillis)
    await Promise.all([this.#watch(record, record.backNanos, missed), tail])
  }

  #all(nodes: readonly string[], act: string): Promise<unknown> {
    return Promise.all(nodes.map((node) => this.#around.controller.act(node, act)))
  }

  /** Looks again and again at what is not there yet. */
  async #watch(record: FaultRecord, backNanos: number, missed: Missed): Promise<void> {
    const urls = await this.#urlsOf(record.nodes)
    const keys = missed.keys()
    record.missedKeys = keys.length
    const end = performance.now() + longestLagMillis
    let left = urls.flatMap((url) => keys.map((key) => ({ url, key })))
    let lastNanos = backNanos
    while (left.length > 0) {
      if (performance.now() > end || this.#cancel.signal.aborted) return
      const still: typeof left = []
      for (const each of left) {
        if (await this.#holds(each.url, each.key, missed)) lastNanos = this.#around.nowNanos()
        else still.push(each)
      }
      left = still
      if (left.length > 0) await this.#wait(lookMillis)
    }
    record.lagNanos = lastNanos - backNanos
  }

  async #urlsOf(nodes: readonly string[]): Promise<readonly string[]> {
    const { controller } = this.#around
    return (await controller.nodes()).filter(({ id }) => nodes.includes(id)).map(({ url }) => url)
  }

  async #holds(url: string, key: string, missed: Missed): Promise<boolean> {
    const { site, bucket } = this.#around
    try {
      const held = await site.holds(url, bucket, key)
      return held === null || missed.isIn(key, held)
    } catch (error) {
      if (error instanceof SiteError) return false
      throw error
    }
  }

  #wait(millis: number): Promise<void> {
    const { signal } = this.#cancel
    return new Promise((done) => {
      if (signal.aborted || millis <= 0) {
        done()
        return
      }
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        done()
      }
      const timer = setTimeout(end, millis)
      signal.addEventListener('abort', end)
    })
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
