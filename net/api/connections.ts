/**
 * The connections of a server, and which of them wait for an answer. Node's own
 * `closeIdleConnections` spares those that never sent a request, and browsers and pools open such
 * in advance: a stop would wait for them until their headers are overdue.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export class Connections {
  /** Requests under way on each. */
  readonly #open = new Map<Socket, number>()

  /** `event`: `connection`, or `secureConnection` where requests come through TLS. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void {
    server.on(event, (socket: Socket) => {
      this.#open.set(socket, 0)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  begin(socket: Socket): void {
    const count = this.#open.get(socket)
    if (count !== undefined) this.#open.set(socket, count + 1)
  }

  end(socket: Socket): void {
    const count = this.#open.get(socket)
    if (count !== undefined) this.#open.set(socket, count - 1)
  }

  closeIdle(): void {
    for (const [socket, count] of this.#open) if (count === 0) socket.destroy()
  }
}
