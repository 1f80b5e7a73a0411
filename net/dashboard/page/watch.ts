/// <reference lib="dom" />
/** Listens to the node's live view, and keeps what it said: all that the page shows. */
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'
import type { Answer } from './call.js'
import { messageOf } from './call.js'
import type { Sample, Totals } from './sample.js'
import { sampleOf, totalsOf } from './sample.js'
import { readStream } from './stream.js'

export type Ring = z.output<typeof schema.ring>
export type Stats = z.output<typeof schema.stats>
export type Member = z.output<typeof schema.gossip>['members'][number]
export type Merkle = z.output<typeof schema.merkle>
export type LogLine = z.output<typeof schema.log>['lines'][number]
export type LocalNode = z.output<typeof schema.supervisedNode>
type View = z.output<typeof schema.view>

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
  /** Null: the cluster is not a local one, and nobody can be told to stop its nodes. */
  readonly nodes: readonly LocalNode[] | null
  readonly log: readonly LogLine[]
  readonly samples: readonly Sample[]
}

export const nothingSeen: Seen = {
  link: { kind: 'connecting' },
  ring: null,
  stats: null,
  members: [],
  merkle: null,
  nodes: null,
  log: [],
  samples: [],
}

/** Two minutes of charts, and as many lines as one reads. */
const mostSamples = 120
const mostLines = 500
const againMillis = 1_000

export class Watch {
  #seen = nothingSeen
  #totals: Totals | null = null
  /** Of the node's process: another one numbers its lines anew. */
  #life = ''
  #logAfter = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #open: AbortController | null = null
  readonly #show: (seen: Seen) => void

  constructor(show: (seen: Seen) => void) {
    this.#show = show
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#close()
      else this.now()
    })
  }

  /** Listens at once, and again a second after the stream has ended; not while nobody looks. */
  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#open !== null || document.hidden) return
    const open = new AbortController()
    this.#open = open
    const query = new URLSearchParams({ life: this.#life, after: String(this.#logAfter) })
    const path = `/live?${query.toString()}`
    const take = (event: string, data: string): void => this.#take(event, data)
    void readStream(path, open.signal, take).then((end) => {
      if (this.#open === open) this.#open = null
      if (end === null) return
      this.#fail(end)
      this.#timer = setTimeout(() => this.now(), againMillis)
    })
  }

  #close(): void {
    this.#open?.abort()
    this.#open = null
    this.#totals = null
  }

  #take(event: string, data: string): void {
    if (event === 'hello') this.#beginLife((JSON.parse(data) as { life: string }).life)
    if (event === 'log') this.#takeLines(JSON.parse(data) as LogLine[])
    if (event === 'view') this.#takeView(JSON.parse(data) as View)
  }

  #beginLife(life: string): void {
    if (life === this.#life) return
    this.#life = life
    this.#logAfter = 0
    this.#totals = null
    this.#seen = { ...this.#seen, log: [] }
  }

  #takeLines(lines: readonly LogLine[]): void {
    this.#logAfter = lines.at(-1)?.number ?? this.#logAfter
    this.#update({ log: [...this.#seen.log, ...lines].slice(-mostLines) })
  }

  #takeView({ stats, members, merkle, latency_buckets, nodes, ring }: View): void {
    const totals = totalsOf(stats, latency_buckets, Date.now())
    const sample = sampleOf(this.#totals, totals)
    this.#totals = totals
    this.#update({
      link: { kind: 'up' },
      stats,
      members,
      merkle,
      nodes,
      samples: [...this.#seen.samples, sample].slice(-mostSamples),
      ...(ring === undefined ? {} : { ring }),
    })
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
