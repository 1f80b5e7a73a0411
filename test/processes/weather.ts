/**
 * Between two nodes, one way: passes on what one says to the other, packets and links, as a test
 * wants it: whole, late, with losses, or not at all.
 */
import type { Socket as Datagrams } from 'node:dgram'
import { createSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { RandomStream } from '../../scenarios/stream.js'

export interface Mood {
  /** Share of packets that are lost; and of pieces of links, at each of which its link breaks. */
  readonly loss: number
  readonly delayMillis: number
  /**
   * As if a cable were cut: packets are gone. Links stay open and nothing comes through, until the
   * cable is mended; then it does, for TCP keeps it.
   */
  readonly cut: boolean
}

export const calm: Mood = { loss: 0, delayMillis: 0, cut: false }

interface Target {
  readonly host: string
  readonly port: number
}

export class Weather {
  /** What was lost, or did not come through. */
  lost = 0
  passed = 0
  readonly #target: Target
  readonly #stream: RandomStream
  readonly #server: Server
  readonly #datagrams: Datagrams
  readonly #sockets = new Set<Socket>()
  #mood: Mood = calm
  /** What waits for the cable to be mended. */
  #held: (() => void)[] = []

  /** Listens on that port, for links and for packets, and leads to the same number elsewhere. */
  static async open(port: number, target: Target, stream: RandomStream): Promise<Weather> {
    const weather = new Weather(target, stream)
    await new Promise<void>((done, fail) => {
      weather.#server.once('error', fail)
      weather.#server.listen(port, '127.0.0.1', done)
    })
    await new Promise<void>((done) => weather.#datagrams.bind(port, '127.0.0.1', done))
    return weather
  }

  private constructor(target: Target, stream: RandomStream) {
    this.#target = target
    this.#stream = stream
    this.#server = createServer((from) => {
      this.#link(from)
    })
    this.#datagrams = createSocket('udp4')
    this.#datagrams.on('message', (packet) => {
      this.#packet(packet)
    })
    this.#datagrams.on('error', () => undefined)
  }

  set mood(mood: Mood) {
    this.#mood = mood
    if (mood.cut) return
    const held = this.#held
    this.#held = []
    for (const pass of held) pass()
  }

  close(): void {
    this.#datagrams.close()
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #packet(packet: Buffer): void {
    const { host, port } = this.#target
    if (!this.#comesThrough()) return
    const send = (): void => {
      this.#datagrams.send(packet, port, host, () => undefined)
    }
    if (this.#mood.delayMillis === 0) send()
    else setTimeout(send, this.#mood.delayMillis).unref()
  }

  #link(from: Socket): void {
    const { host, port } = this.#target
    const to = connect(port, host)
    this.#pipe(from, to)
    this.#pipe(to, from)
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    // Pieces keep their order: a timer that is armed later never fires earlier.
    let lastMillis = 0
    from.on('data', (piece) => {
      if (this.#mood.cut) {
        this.lost++
        this.#held.push(() => to.write(piece))
        return
      }
      if (!this.#comesThrough()) {
        from.destroy()
        return
      }
      const now = performance.now()
      lastMillis = Math.max(lastMillis, now + this.#mood.delayMillis)
      if (lastMillis <= now) to.write(piece)
      else setTimeout(() => to.write(piece), lastMillis - now).unref()
    })
  }

  #comesThrough(): boolean {
    const { cut, loss } = this.#mood
    if (cut || (loss > 0 && this.#stream.next() < loss)) {
      this.lost++
      return false
    }
    this.passed++
    return true
  }
}
