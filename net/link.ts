/**
 * A link to one peer for one class of messages: a connection that this node dials, keeps, and dials
 * anew when it breaks. It carries messages one way, so that no rule is needed for who of two nodes
 * dials, and neither direction nor class waits for another.
 *
 * What a turn of the event loop sends to a peer leaves in one write. While the other side does not
 * read, or there is no connection, messages wait in the outbox.
 */
import type { Duplex } from 'node:stream'
import type { Message } from '../core/index.js'
import { ByteWriter, writeMessage } from '../core/index.js'
import { monoMicros } from './clock.js'
import type { Dialler } from './dial.js'
import { beginFrame, endFrame, frameHeaderBytes } from './frame.js'
import type { OutboxLimits } from './outbox.js'
import { Outbox } from './outbox.js'

export interface LinkOptions {
  readonly dial: Dialler
  readonly outbox: OutboxLimits
  readonly mostMessageBytes: number
  /** More than this unread by the other side, and the rest waits here. */
  readonly mostUnreadBytes: number
  /** Called when this link has something to flush; once until it is flushed. */
  readonly dirty: (link: Link) => void
  readonly changed: (state: LinkState, reason: string) => void
  /** 0 to 1, for the jitter of the back-off. */
  readonly random: () => number
}

export type LinkState = 'down' | 'up' | 'closed'

export interface LinkCounters {
  messages: number
  bytes: number
  writes: number
  tooLarge: number
  dials: number
  /** Connections that had been up and broke. */
  breaks: number
}

const leastBackoffMillis = 50
const mostBackoffMillis = 5_000
/** A link that was up as long as this is dialled again without a long wait. */
const steadyMillis = 5_000
/** Written at once when the turn has more to say than this. */
const mostBatchBytes = 256 * 1024
const mostCloseMillis = 1_000
/** A word of the sender's, and of the receiver's, at least this often. */
export const keepAliveMillis = 10_000
/** Nothing heard for so long: the other side is gone, though nobody has said so. */
export const silenceMillis = 3 * keepAliveMillis

export class Link {
  readonly counters: LinkCounters = {
    messages: 0,
    bytes: 0,
    writes: 0,
    tooLarge: 0,
    dials: 0,
    breaks: 0,
  }
  readonly #options: LinkOptions
  readonly #outbox: Outbox
  #state: LinkState = 'down'
  #reason = ''
  #socket: Duplex | null = null
  #blocked = false
  #dirty = false
  #writer: ByteWriter
  /** Writers whose bytes the system has taken. */
  readonly #free: ByteWriter[] = []
  #backoffMillis = leastBackoffMillis
  #redial: NodeJS.Timeout | null = null
  #abort: AbortController | null = null
  #upSinceMillis = 0

  constructor(options: LinkOptions) {
    this.#options = options
    this.#outbox = new Outbox(options.outbox)
    this.#writer = new ByteWriter(16 * 1024)
  }

  get state(): LinkState {
    return this.#state
  }

  get outbox(): Outbox {
    return this.#outbox
  }

  open(): void {
    if (this.#state === 'closed' || this.#abort !== null || this.#socket !== null) return
    const abort = new AbortController()
    this.#abort = abort
    this.counters.dials++
    this.#options.dial(abort.signal).then(
      (socket) => {
        this.#abort = null
        this.#connected(socket)
      },
      (error: unknown) => {
        this.#abort = null
        this.#failed(error instanceof Error ? error.message : String(error))
      },
    )
  }

  /** The peer has been heard of: there is no reason to wait any longer. */
  hurry(): void {
    if (this.#redial === null) return
    clearTimeout(this.#redial)
    this.#redial = null
    this.#backoffMillis = leastBackoffMillis
    this.open()
  }

  /** `frame`: of this message, if it has been made already; good during the call only. */
  send(message: Message, frame: Uint8Array | null = null): void {
    if (this.#state === 'closed') return
    if (this.#socket === null || this.#blocked) {
      this.#outbox.add(message, monoMicros())
      return
    }
    this.#write(message, frame)
  }

  /** Hands the batch to the system. */
  flush(): void {
    this.#dirty = false
    const socket = this.#socket
    const writer = this.#writer
    if (writer.length === 0) return
    if (socket === null) {
      writer.clear()
      return
    }
    this.#writer = this.#free.pop() ?? new ByteWriter(16 * 1024)
    this.counters.bytes += writer.length
    this.counters.writes++
    socket.write(writer.view(0), () => {
      writer.clear()
      if (this.#free.length < 4) this.#free.push(writer)
    })
    if (socket.writableLength > this.#options.mostUnreadBytes) this.#blocked = true
  }

  /** What is written still goes out, unless the other side does not read; nothing is dialled. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.flush()
    this.#state = 'closed'
    this.#abort?.abort()
    if (this.#redial !== null) clearTimeout(this.#redial)
    const socket = this.#socket
    if (socket === null) return
    const alarm = setTimeout(() => socket.destroy(), mostCloseMillis)
    await new Promise<void>((done) => {
      socket.once('close', done)
      socket.end()
    })
    clearTimeout(alarm)
  }

  #write(message: Message, frame: Uint8Array | null = null): void {
    const writer = this.#writer
    const start = writer.length
    if (frame !== null) writer.raw(frame)
    else {
      beginFrame(writer)
      writeMessage(writer, message)
    }
    if (writer.length - start - frameHeaderBytes > this.#options.mostMessageBytes) {
      writer.truncate(start)
      this.counters.tooLarge++
      return
    }
    if (frame === null) endFrame(writer, start)
    this.counters.messages++
    if (writer.length > mostBatchBytes) this.flush()
    else if (!this.#dirty) {
      this.#dirty = true
      this.#options.dirty(this)
    }
  }

  #connected(socket: Duplex): void {
    if (this.#state === 'closed') {
      socket.destroy()
      return
    }
    if (socket.destroyed) {
      this.#failed('closed by the other side')
      return
    }
    this.#socket = socket
    this.#blocked = false
    this.#upSinceMillis = performance.now()
    this.#watch(socket)
    this.#turn('up', 'connected')
    this.#pump()
  }

  #watch(socket: Duplex): void {
    let reason = 'closed by the other side'
    let heardMillis = performance.now()
    const keepAlive = setInterval(() => {
      if (performance.now() - heardMillis > silenceMillis) {
        socket.destroy(new Error(`silent for ${String(silenceMillis / 1_000)} s`))
      } else if (!this.#blocked) this.#empty()
    }, keepAliveMillis).unref()
    socket.on('data', () => (heardMillis = performance.now()))
    socket.on('drain', () => {
      this.#blocked = false
      this.#pump()
    })
    socket.on('error', (error) => (reason = error.message))
    socket.on('end', () => socket.end())
    socket.once('close', () => {
      clearInterval(keepAlive)
      this.#broke(reason)
    })
  }

  /** A frame without a payload: I live. */
  #empty(): void {
    endFrame(this.#writer, beginFrame(this.#writer))
    this.flush()
  }

  #pump(): void {
    const nowMicros = monoMicros()
    while (this.#socket !== null && !this.#blocked) {
      const message = this.#outbox.take(nowMicros)
      if (message === null) return
      this.#write(message)
    }
  }

  /** What was in flight is lost, as with any network; those who wait for answers ask again. */
  #broke(reason: string): void {
    this.#socket = null
    this.#writer.clear()
    this.counters.breaks++
    const steady = performance.now() - this.#upSinceMillis > steadyMillis
    if (steady) this.#backoffMillis = leastBackoffMillis
    this.#failed(reason)
  }

  #failed(reason: string): void {
    if (this.#state === 'closed') return
    this.#turn('down', reason)
    const waitMillis = this.#backoffMillis * (0.5 + this.#options.random())
    this.#backoffMillis = Math.min(mostBackoffMillis, this.#backoffMillis * 2)
    this.#redial = setTimeout(() => {
      this.#redial = null
      this.open()
    }, waitMillis)
  }

  /** A peer that is away is dialled for hours: it is told once, not once a try. */
  #turn(state: LinkState, reason: string): void {
    const isNews = state !== this.#state || reason !== this.#reason
    this.#state = state
    this.#reason = reason
    if (isNews) this.#options.changed(state, reason)
  }
}
