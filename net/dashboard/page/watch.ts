/// <reference lib="dom" />
/** Asks the node each second how it is, and keeps what it said: all that the page shows. */
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'
import type { Answer } from './call.js'
import { call, jsonOf, messageOf } from './call.js'
import type { Sample, Totals } from './sample.js'
import { sampleOf, totalsOf } from './sample.js'

export type Ring = z.output<typeof schema.ring>
export type Stats = z.output<typeof schema.stats>
export type Member = z.output<typeof schema.gossip>['members'][number]
export type Merkle = z.output<typeof schema.merkle>
export type LogLine = z.output<typeof schema.log>['lines'][number]

export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly sinceMillis: number; readonly why: string }
  | { readonly kind: 'token'; readonly message: string }

export interface Seen {
  readonly link: Link
  readonly ring: Ring | null
  readonly stats: Stats | null
  readonly members: readonly Member[]
  readonly merkle: Merkle | null
  readonly log: readonly LogLine[]
  readonly samples: readonly Sample[]
}

export const nothingSeen: Seen = {
  link: { kind: 'connecting' },
  ring: null,
  stats: null,
  members: [],
  merkle: null,
  log: [],
  samples: [],
}

/** Two minutes of charts, and as many lines as one reads. */
const mostSamples = 120
const mostLines = 500
const everyMillis = 1_000
/** The ring changes seldom, and is long. */
const ringEvery = 5

export class Watch {
  #seen = nothingSeen
  #totals: Totals | null = null
  #logAfter = 0
  #polls = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #polling = false
  readonly #show: (seen: Seen) => void

  constructor(show: (seen: Seen) => void) {
    this.#show = show
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.now()
    })
  }

  /** Polls at once, then each second; not while nobody looks. */
  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#polling) return
    this.#polling = true
    void this.#poll().finally(() => {
      this.#polling = false
      this.#timer = setTimeout(() => {
        if (!document.hidden) this.now()
      }, everyMillis)
    })
  }

  async #poll(): Promise<void> {
    const statsAnswer = await call('/stats')
    if (!isGood(statsAnswer)) {
      this.#fail(statsAnswer)
      return
    }
    const stats = jsonOf(statsAnswer) as Stats
    if (stats.incarnation !== this.#seen.stats?.incarnation) this.#beginLife()
    const isRingDue = this.#seen.ring === null || this.#polls++ % ringEvery === 0
    const [gossip, merkle, log, metrics, ring] = await Promise.all([
      call('/gossip'),
      call('/merkle'),
      call(`/log?after=${String(this.#logAfter)}&limit=1000`),
      call('/metrics'),
      isRingDue ? call('/ring') : null,
    ])
    const bad = [gossip, merkle, log, metrics, ring].find((each) => each !== null && !isGood(each))
    if (bad !== undefined && bad !== null) {
      this.#fail(bad)
      return
    }
    this.#take(stats, textOf(metrics), textOf(log))
    this.#update({
      link: { kind: 'up' },
      members: (JSON.parse(textOf(gossip)) as { members: Member[] }).members,
      merkle: JSON.parse(textOf(merkle)) as Merkle,
      ...(ring === null ? {} : { ring: JSON.parse(textOf(ring)) as Ring }),
    })
  }

  /** Another process numbers its lines anew, and its totals begin at nothing. */
  #beginLife(): void {
    this.#logAfter = 0
    this.#totals = null
    this.#seen = { ...this.#seen, ring: null, log: [] }
  }

  #take(stats: Stats, metrics: string, log: string): void {
    const totals = totalsOf(stats, metrics, Date.now())
    const sample = sampleOf(this.#totals, totals)
    this.#totals = totals
    const { lines } = JSON.parse(log) as { lines: LogLine[] }
    this.#logAfter = lines.at(-1)?.number ?? this.#logAfter
    this.#seen = {
      ...this.#seen,
      stats,
      log: lines.length === 0 ? this.#seen.log : [...this.#seen.log, ...lines].slice(-mostLines),
      samples: [...this.#seen.samples, sample].slice(-mostSamples),
    }
  }

  #fail(answer: Answer): void {
    if (answer.kind === 'answer' && (answer.status === 401 || answer.status === 403)) {
      this.#update({ link: { kind: 'token', message: messageOf(answer) } })
      return
    }
    const { link } = this.#seen
    const sinceMillis = link.kind === 'down' ? link.sinceMillis : Date.now()
    const why = answer.kind === 'down' ? answer.why : `answers ${messageOf(answer)}`
    this.#totals = null
    this.#update({ link: { kind: 'down', sinceMillis, why } })
  }

  #update(some: Partial<Seen>): void {
    this.#seen = { ...this.#seen, ...some }
    this.#show(this.#seen)
  }
}

const isGood = (answer: Answer): answer is Extract<Answer, { kind: 'answer' }> =>
  answer.kind === 'answer' && answer.status === 200

const textOf = (answer: Answer): string => (answer.kind === 'answer' ? answer.text : '')
