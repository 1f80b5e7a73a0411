/**
 * The yardstick of `npm run bench:live`: one of three processes that do the least that a replicated
 * and durable store can do. node:http in front, batched frames between the nodes, group commit with
 * fdatasync, a last-write-wins map, and nothing else: no versions, hints, membership, repair,
 * limits, checksums, timeouts or recovery. Not to be used for anything but comparing.
 *
 * A put is logged here and at both others, and answered when two of the three logs are on disk. A
 * get asks both others, and is answered when one of them has, with the later of the two.
 *
 *   reference.js INDEX FOLDER HTTP_PORT,... LINK_PORT,...
 */
import { fdatasync, mkdirSync, openSync, write } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttp } from 'node:http'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Frame } from './batch.js'
import { Batch, FrameCutter } from './batch.js'

interface Held {
  readonly stamp: number
  readonly value: string
}

/** Group commit: what comes in while one write is being synced goes into the next. */
class Log {
  readonly #descriptor: number
  readonly #batch = new Batch()
  #waiting: (() => void)[] = []
  #busy = false

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#descriptor = openSync(join(folder, 'log'), 'a')
  }

  append(key: string, { stamp, value }: Held, done: () => void): void {
    this.#batch.add('store', 0, stamp, key, value)
    this.#waiting.push(done)
    if (this.#busy) return
    this.#busy = true
    setImmediate(() => this.#commit())
  }

  #commit(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#busy = waiting.length > 0
    if (!this.#busy) return
    write(this.#descriptor, this.#batch.take(), (failed) => {
      if (failed !== null) throw failed
      fdatasync(this.#descriptor, (unsynced) => {
        if (unsynced !== null) throw unsynced
        for (const done of waiting) done()
        this.#commit()
      })
    })
  }
}

class Reference {
  readonly #index: number
  readonly #log: Log
  readonly #map = new Map<string, Held>()
  readonly #links = new Map<number, { socket: Socket; batch: Batch }>()
  readonly #puts = new Map<number, { copies: number; done: () => void }>()
  readonly #gets = new Map<number, { found: Held | null; done: (held: Held | null) => void }>()
  #request = 0
  #stamp = 0
  #flushing = false

  constructor(index: number, folder: string) {
    this.#index = index
    this.#log = new Log(folder)
  }

  link(to: number, port: number): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {
      setTimeout(() => this.link(to, port), 50)
    })
    const batch = new Batch()
    batch.add('hello', this.#index)
    socket.on('connect', () => {
      socket.write(batch.take())
      this.#links.set(to, { socket, batch })
    })
  }

  accept(socket: Socket): void {
    const cutter = new FrameCutter()
    let from = -1
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      cutter.push(chunk, (frame) => {
        if (frame.kind === 'hello') from = frame.number
        else this.#receive(from, frame)
      })
    })
  }

  get isReady(): boolean {
    return this.#links.size === 2
  }

  put(key: string, value: string, done: () => void): void {
    this.#stamp = Math.max(this.#stamp + 1, Date.now() * 1_000)
    const held = { stamp: this.#stamp, value }
    const request = ++this.#request
    const put = { copies: 0, done }
    this.#puts.set(request, put)
    this.#keep(key, held, () => this.#copied(request))
    for (const to of this.#links.keys()) this.#send(to, 'store', request, held.stamp, key, value)
  }

  get(key: string, done: (held: Held | null) => void): void {
    const request = ++this.#request
    this.#gets.set(request, { found: this.#map.get(key) ?? null, done })
    for (const to of this.#links.keys()) this.#send(to, 'fetch', request, 0, key)
  }

  #receive(from: number, { kind, number, stamp, key, value }: Frame): void {
    switch (kind) {
      case 'store':
        this.#keep(key, { stamp, value }, () => this.#send(from, 'stored', number))
        return
      case 'stored':
        this.#copied(number)
        return
      case 'fetch': {
        const held = this.#map.get(key)
        this.#send(from, 'fetched', number, held?.stamp ?? 0, '', held?.value ?? '')
        return
      }
      case 'fetched': {
        const get = this.#gets.get(number)
        if (get === undefined) return
        this.#gets.delete(number)
        const own = get.found
        const isLater = stamp > (own?.stamp ?? 0)
        get.done(isLater ? { stamp, value } : own)
        return
      }
      case 'hello':
        return
    }
  }

  #keep(key: string, held: Held, done: () => void): void {
    const before = this.#map.get(key)
    if (before === undefined || before.stamp < held.stamp) this.#map.set(key, held)
    this.#log.append(key, held, done)
  }

  #copied(request: number): void {
    const put = this.#puts.get(request)
    if (put === undefined || ++put.copies < 2) return
    this.#puts.delete(request)
    put.done()
  }

  #send(to: number, kind: Frame['kind'], number: number, stamp = 0, key = '', value = ''): void {
    this.#links.get(to)?.batch.add(kind, number, stamp, key, value)
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      for (const { socket, batch } of this.#links.values()) {
        if (!batch.isEmpty) socket.write(batch.take())
      }
    })
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ])
  response.end(body)
}

function serve(node: Reference, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? ''
  if (!url.startsWith('/kv/')) {
    answer(response, node.isReady ? 200 : 503, '{}')
    return
  }
  const key = url.slice('/kv/'.length)
  if (request.method === 'GET') {
    node.get(key, (held) => {
      const value = held === null ? 'null' : held.value
      answer(response, held === null ? 404 : 200, `{"value":${value}}`)
    })
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { value } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly value: unknown }
    node.put(key, JSON.stringify(value), () => {
      answer(response, 201, `{"key":${JSON.stringify(key)},"status":"stored"}`)
    })
  })
}

function main([index, folder, http, link]: readonly string[]): void {
  const own = Number(index)
  const node = new Reference(own, folder as string)
  const linkPorts = (link as string).split(',').map(Number)
  createServer((socket) => node.accept(socket)).listen(linkPorts[own], '127.0.0.1')
  linkPorts.forEach((port, to) => {
    if (to !== own) node.link(to, port)
  })
  const server = createHttp((request, response) => serve(node, request, response))
  server.listen(Number((http as string).split(',')[own]), '127.0.0.1')
  process.on('SIGTERM', () => process.exit(0))
  // Whoever started it is gone.
  process.stdin.on('end', () => process.exit(0)).resume()
}

main(process.argv.slice(2))
