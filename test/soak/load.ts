/**
 * The load of `npm run soak`: many connections with several requests under way on each, over plain
 * sockets, as little work as possible, for it runs on the same processors as the nodes. Memory
 * follows the number of keys, not that of operations.
 *
 * Every key belongs to one connection, which writes rising numbers to it with the context of its
 * last write. So what a read must tell is known to the letter, and every read is held against it.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { RandomStream } from '../../scenarios/stream.js'
import { NodeGone } from './gone.js'

export interface LoadOptions {
  readonly ports: readonly number[]
  readonly connections: number
  /** Requests under way on each. */
  readonly depth: number
  readonly keys: number
  readonly operations: number
  /** In percent; of the rest one in `deletesOf` deletes. */
  readonly readPercent: number
  readonly valueBytes: number
  readonly stream: RandomStream
}

export interface LoadCounts {
  /** First writes of the keys, not among the others. */
  loaded: number
  done: number
  writes: number
  /** Times that a node said that nothing has happened: it was asked again, as clients ask. */
  refused: number
  /** Answered with something else than success; what then became of the key nobody knows. */
  failed: number
  /** Reads that did not tell the last acknowledged write. */
  wrong: number
}

export const keyPrefix = 'soak-'
const deletesOf = 100
const digits = 10
const mostExamples = 5
const mostRefusals = 100
const pauseMillis = 20

type Kind = 'get' | 'put' | 'delete'

interface Asked {
  readonly kind: Kind
  readonly key: number
  /** Of a write: rises over all of the connection, so over those of each of its keys. */
  readonly number: number
  /** How often it was refused. */
  refusals: number
}

export class Load {
  readonly options: LoadOptions
  readonly counts: LoadCounts = {
    ...{ loaded: 0, done: 0, writes: 0 },
    ...{ refused: 0, failed: 0, wrong: 0 },
  }
  /** What was wrong, the first few times. */
  readonly examples: string[] = []
  /** Key -> the number of its last acknowledged write; 0: absent. */
  readonly acknowledged: Uint32Array
  /** 1: an answer about it was no success, and it is not looked at any more. */
  readonly shaken: Uint8Array
  readonly contexts: string[]
  readonly #connections: Connection[] = []
  #begun = 0
  #next: (connection: Connection) => Asked | null = () => null
  #over: () => void = () => undefined
  #broken: (error: Error) => void = () => undefined
  #stopped = false
  #running = 0

  constructor(options: LoadOptions) {
    this.options = options
    this.acknowledged = new Uint32Array(options.keys)
    this.shaken = new Uint8Array(options.keys)
    this.contexts = Array.from({ length: options.keys }, () => '')
  }

  get stopped(): boolean {
    return this.#stopped
  }

  async connect(): Promise<void> {
    const { connections, ports } = this.options
    for (let number = 0; number < connections; number++) {
      const port = ports[number % ports.length] as number
      this.#connections.push(new Connection(this, port, number))
    }
    await Promise.all(this.#connections.map((each) => each.connected))
  }

  /** Every key is written for the first time. */
  async load(): Promise<void> {
    const turns = this.#connections.map(() => 0)
    await this.#phase((connection) => {
      const turn = turns[connection.number] as number
      if (turn >= connection.mine) return null
      turns[connection.number] = turn + 1
      return connection.ask('put', turn)
    })
    this.counts.loaded = this.counts.done
    Object.assign(this.counts, { done: 0, writes: 0, refused: 0 })
  }

  async run(): Promise<void> {
    const { operations, readPercent, stream } = this.options
    this.#begun = 0
    await this.#phase((connection) => {
      if (this.#begun >= operations || this.#stopped) return null
      this.#begun++
      const draw = stream.next() * 100
      if (draw < readPercent) return connection.draw('get')
      const isDelete = draw < readPercent + (100 - readPercent) / deletesOf
      return connection.draw(isDelete ? 'delete' : 'put')
    })
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#stopped = true
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  next(connection: Connection): Asked | null {
    return this.#next(connection)
  }

  idle(): void {
    this.#running--
    if (this.#running === 0) this.#over()
  }

  broke(error: Error): void {
    this.#broken(error)
  }

  tell(example: string): void {
    if (this.examples.length < mostExamples) this.examples.push(example)
  }

  #phase(next: (connection: Connection) => Asked | null): Promise<void> {
    this.#next = next
    this.#running = this.#connections.length
    return new Promise((done, fail) => {
      this.#over = done
      this.#broken = fail
      for (const connection of this.#connections) connection.begin()
    })
  }
}

class Connection {
  readonly number: number
  /** How many keys are this connection's: there are at least as many as it may have under way. */
  readonly mine: number
  readonly connected: Promise<void>
  readonly #load: Load
  readonly #port: number
  readonly #socket: Socket
  readonly #busy: Uint8Array
  readonly #asked: Asked[] = []
  readonly #once = randomBytes(6).toString('hex')
  #held = ''
  #out = ''
  #waiting = 0
  #writes = 0

  constructor(load: Load, port: number, number: number) {
    const { keys, connections } = load.options
    this.number = number
    this.mine = Math.floor((keys - number - 1) / connections) + 1
    this.#load = load
    this.#port = port
    this.#busy = new Uint8Array(this.mine)
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.connected = new Promise((done, fail) => {
      this.#socket.once('connect', done)
      this.#socket.once('error', fail)
    })
    this.#socket.on('data', (text) => this.#take(String(text)))
    const name = `127.0.0.1:${String(port)}`
    const gone = (what: string): void =>
      load.broke(new NodeGone(`the node at ${name} has ended, or does not answer: ${what}`))
    this.#socket.on('error', ({ message }) => gone(message))
    this.#socket.on('close', () => gone('it closed a connection'))
  }

  begin(): void {
    for (let i = 0; i < this.#load.options.depth; i++) this.#more()
    this.#flush()
    if (this.#asked.length === 0) this.#load.idle()
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  /** Of its keys one that nothing is under way for. */
  draw(kind: Kind): Asked {
    let turn = Math.floor(this.#load.options.stream.next() * this.mine)
    while (this.#busy[turn] === 1) turn = (turn + 1) % this.mine
    return this.ask(kind, turn)
  }

  ask(kind: Kind, turn: number): Asked {
    const key = turn * this.#load.options.connections + this.number
    this.#busy[turn] = 1
    return { kind, key, number: kind === 'get' ? 0 : ++this.#writes, refusals: 0 }
  }

  #more(): void {
    const asked = this.#load.next(this)
    if (asked !== null) this.#send(asked)
  }

  #send(asked: Asked): void {
    this.#asked.push(asked)
    this.#out += this.#textOf(asked)
  }

  /** It keeps its place among those that are under way. */
  #again(asked: Asked): void {
    this.#waiting++
    setTimeout(() => {
      this.#waiting--
      this.#send(asked)
      this.#flush()
    }, pauseMillis)
  }

  #flush(): void {
    if (this.#out === '') return
    this.#socket.write(this.#out, 'latin1')
    this.#out = ''
  }

  #textOf({ kind, key, number }: Asked): string {
    const path = `/kv/${keyPrefix}${String(key)} HTTP/1.1\r\nHost: 127.0.0.1:${String(this.#port)}\r\n`
    if (kind === 'get') return `GET ${path}\r\n`
    const context = this.#load.contexts[key] as string
    const known = context === '' ? '' : `X-Context: ${context}\r\n`
    const once = `Idempotency-Key: ${this.#once}-${String(number)}\r\n`
    if (kind === 'delete') return `DELETE ${path}${known}${once}\r\n`
    const value = String(number).padStart(digits, '0')
    const body = `{"value":"${value.padEnd(this.#load.options.valueBytes, '~')}"}`
    return (
      `PUT ${path}${known}${once}Content-Type: application/json\r\n` +
      `Content-Length: ${String(body.length)}\r\n\r\n${body}`
    )
  }

  #take(text: string): void {
    const whole = this.#held === '' ? text : this.#held + text
    let from = 0
    for (;;) {
      const end = whole.indexOf('\r\n\r\n', from)
      if (end < 0) break
      const [, length] = /content-length: (\d+)/i.exec(whole.slice(from, end)) ?? []
      const next = end + 4 + Number(length ?? 0)
      if (whole.length < next) break
      const isOver = this.#judge(whole, from, end + 4, next)
      from = next
      if (isOver) this.#more()
    }
    this.#held = from === whole.length ? '' : whole.slice(from)
    this.#flush()
    if (this.#asked.length + this.#waiting === 0) this.#load.idle()
  }

  /** False: it was refused, and is sent again. */
  #judge(whole: string, from: number, body: number, next: number): boolean {
    const asked = this.#asked.shift()
    if (asked === undefined) {
      this.#load.broke(new Error('an answer to nothing'))
      return false
    }
    const { kind, key, number } = asked
    const { counts, acknowledged, shaken, contexts } = this.#load
    const status = whole.slice(from + 9, from + 12)
    if (status === '503' && ++asked.refusals < mostRefusals) {
      counts.refused++
      this.#again(asked)
      return false
    }
    this.#busy[(key - this.number) / this.#load.options.connections] = 0
    counts.done++
    if (kind !== 'get') counts.writes++
    if (kind === 'get' && (status === '200' || status === '404')) {
      const read = status === '200' ? Number(whole.slice(body + 10, body + 10 + digits)) : 0
      if (shaken[key] === 1 || read === acknowledged[key]) return true
      counts.wrong++
      const wanted = String(acknowledged[key])
      this.#load.tell(
        `${keyPrefix}${String(key)}: ${wanted} was acknowledged, ${String(read)} read`,
      )
    } else if (status === (kind === 'put' ? '201' : '200')) {
      acknowledged[key] = kind === 'put' ? number : 0
      contexts[key] = contextIn(whole, body)
    } else {
      counts.failed++
      shaken[key] = 1
      this.#load.tell(`${kind} ${keyPrefix}${String(key)}: ${whole.slice(from, next)}`)
    }
    return true
  }
}

/** A text of its own: a piece of the answer would keep all of it. */
function contextIn(whole: string, body: number): string {
  const at = whole.indexOf('"context":"', body) + '"context":"'.length
  return Buffer.from(whole.slice(at, whole.indexOf('"', at)), 'latin1').toString('latin1')
}
