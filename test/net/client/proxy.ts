/** Between a client and a node: passes bytes on, or loses answers, or is slow, as a test says. */
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

export type Mood = 'pass' | 'lose_answers' | 'refuse'

export class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  mood: Mood = 'pass'
  /** Requests wait so long on their way. */
  delayMillis = 0
  /** How often an answer was lost. */
  lost = 0
  /** After so many lost answers it passes again. */
  loseAtMost = Infinity
  afterLoss: () => void = () => undefined

  private constructor(target: string) {
    const { hostname, port } = new URL(target)
    this.#server = createServer((client) => {
      this.#keep(client)
      if (this.mood === 'refuse') {
        client.destroy()
        return
      }
      const node = this.#keep(connect(Number(port), hostname))
      client.on('data', (chunk) => {
        if (this.delayMillis === 0) node.write(chunk)
        else setTimeout(() => node.write(chunk), this.delayMillis).unref()
      })
      node.on('data', (chunk) => {
        if (this.mood !== 'lose_answers' || this.lost >= this.loseAtMost) {
          client.write(chunk)
          return
        }
        this.lost++
        client.destroy()
        this.afterLoss()
      })
      client.on('close', () => node.destroy())
      node.on('close', () => client.destroy())
    })
  }

  static async start(target: string): Promise<Proxy> {
    const proxy = new Proxy(target)
    await new Promise<void>((done) => {
      proxy.#server.listen(0, '127.0.0.1', done)
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  /** Open connections are cut. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }
}
