/**
 * All that the dashboard shows, as one stream of events: `view` once a second, made once however
 * many read it and not at all while nobody does; `log` with the lines as they are written. `hello`
 * comes first and names this life of the process, whose log lines are numbered from 1.
 */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { Door, SupervisedNode } from '../door.js'
import type { EventReader } from './events.js'
import { EventReaders, eventText } from './events.js'
import { lineView } from './live.js'
import type { Metrics } from './metrics.js'
import { operationKinds } from './metrics.js'
import type { ApiOptions } from './options.js'
import type * as schema from './schema.js'
import { gossipView, merkleView, ringView, statsView } from './view.js'

type View = z.output<typeof schema.view>

const everyMillis = 1_000
const mostCaughtUp = 1_000
/** A supervisor that answers later is shown in the next view. */
const mostAskMillis = 200

export interface WatchWish {
  /** The life that the reader has lines of, and the last of them. */
  readonly life: string
  readonly after: number
}

export class LiveView {
  readonly #door: Door
  readonly #options: ApiOptions
  readonly #metrics: Metrics
  readonly #life = randomBytes(9).toString('base64url')
  readonly #readers = new EventReaders('the live view')
  /** Reader -> the ring epoch that it was shown last: the ring is long, and changes seldom. */
  readonly #shown = new Map<EventReader, number>()
  #nodes: readonly SupervisedNode[] | null = null
  #asking = false
  #timer: NodeJS.Timeout | null = null

  constructor(door: Door, options: ApiOptions, metrics: Metrics) {
    this.#door = door
    this.#options = options
    this.#metrics = metrics
  }

  serve(id: string, { life, after }: WatchWish, response: ServerResponse): void {
    let off = (): void => undefined
    const reader = this.#readers.add(id, response, () => {
      off()
      this.#shown.delete(reader)
      if (this.#readers.size === 0) this.#rest()
    })
    const door = this.#door
    reader.write(eventText('hello', { node: door.node, life: this.#life }))
    const missed = door.log(life === this.#life ? after : 0, mostCaughtUp)
    if (missed.length > 0) reader.write(eventText('log', missed.map(lineView)))
    off = door.onLog((line) => {
      reader.write(eventText('log', [lineView(line)]))
    })
    this.#shown.set(reader, -1)
    void this.#askNodes().then(() => {
      if (this.#shown.has(reader)) this.#show([reader])
    })
    this.#timer ??= setInterval(() => void this.#tick(), everyMillis)
  }

  end(): void {
    this.#rest()
    this.#readers.end()
  }

  async #tick(): Promise<void> {
    const late = new Promise((done) => setTimeout(done, mostAskMillis))
    await Promise.race([this.#askNodes(), late])
    this.#show([...this.#shown.keys()])
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #show(readers: readonly EventReader[]): void {
    if (readers.length === 0) return
    const view = this.#view()
    const { epoch } = this.#door.placement.ring
    const short = eventText('view', view)
    let long: string | null = null
    for (const reader of readers) {
      if (this.#shown.get(reader) === epoch) reader.write(short)
      else {
        long ??= eventText('view', { ...view, ring: ringView(this.#door, this.#options) })
        reader.write(long)
        this.#shown.set(reader, epoch)
      }
    }
  }

  #view(): View {
    const door = this.#door
    const metrics = this.#metrics
    return {
      stats: statsView(door, metrics),
      members: gossipView(door).members,
      merkle: merkleView(door),
      latency_buckets: Object.fromEntries(
        operationKinds.map((kind) => [kind, metrics.buckets(kind)]),
      ),
      nodes: this.#nodes === null ? null : [...this.#nodes],
    }
  }

  async #askNodes(): Promise<void> {
    const { supervision } = this.#door
    if (supervision === undefined || supervision === null || this.#asking) return
    this.#asking = true
    try {
      this.#nodes = await supervision.nodes()
    } catch {
      // What it said last is shown on; whoever asks for an act is told what is wrong.
    }
    this.#asking = false
  }
}
