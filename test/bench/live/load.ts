/**
 * The load of `npm run bench:live`, in a process of its own: keep-alive connections over plain
 * sockets, spread over the nodes, one request at a time on each. As little work as possible is done
 * here, for it runs on the same processors as what is measured.
 *
 * Every key belongs to one connection, which gives the context of its last answer back, as a client
 * that reads and changes does: each put replaces the one before. Reads one job as JSON from its
 * argument, prints one result.
 */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { processorSeconds } from './processor.js'

export interface Job {
  readonly ports: readonly number[]
  readonly kind: 'put' | 'get'
  /** Before the key: `/kv/` or `/buckets/NAME/kv/`, and a prefix of it. */
  readonly path: string
  readonly connections: number
  readonly keys: number
  readonly valueBytes: number
  /** Every key is put once before the measured time begins. */
  readonly prepare: boolean
  readonly seconds: number
  /** Not counted; before the measured time. */
  readonly warmUpSeconds: number
  /** Open loop: requests begun a second, in a burst every millisecond; null: closed loop. */
  readonly perSecond: number | null
  /** Processes of the nodes. */
  readonly pids: readonly number[]
}

export interface Result {
  readonly perSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  readonly failed: number
  /** Of all nodes, while it was measured; divided by the operations. Null where it is not known. */
  readonly processorMicros: number | null
}

class Connection {
  readonly #load: Load
  readonly #port: number
  readonly #contexts = new Map<number, string>()
  readonly #socket: Socket
  readonly #number: number
  #held = ''
  #key = 0
  #kind: Job['kind'] = 'put'
  #sinceMillis = 0

  constructor(load: Load, port: number, number: number) {
    this.#load = load
    this.#port = port
    this.#number = number
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('connect', () => load.free(this))
    this.#socket.on('data', (text) => this.#take(String(text)))
    this.#socket.on('error', (error) => load.broke(error))
    this.#socket.on('close', () => load.broke(new Error('the node closed a connection')))
  }

  /** How many keys are this connection's: there are at least as many keys as connections. */
  get mine(): number {
    const { keys, connections } = this.#load.job
    return Math.floor((keys - this.#number - 1) / connections) + 1
  }

  /** `turn`: which of its keys. `sinceMillis`: when it should have begun. */
  send(kind: Job['kind'], turn: number, sinceMillis: number): void {
    const { path, connections } = this.#load.job
    const key = turn * connections + this.#number
    this.#key = key
    this.#kind = kind
    this.#sinceMillis = sinceMillis
    const head = `${path}${String(key)} HTTP/1.1\r\nHost: 127.0.0.1:${String(this.#port)}\r\n`
    if (kind === 'get') this.#socket.write(`GET ${head}\r\n`, 'latin1')
    else this.#socket.write(`PUT ${head}${this.#contextLine(key)}${this.#load.body}`, 'latin1')
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #contextLine(key: number): string {
    const context = this.#contexts.get(key)
    return context === undefined ? '' : `X-Context: ${context}\r\n`
  }

  #take(text: string): void {
    const whole = this.#held === '' ? text : this.#held + text
    const end = whole.indexOf('\r\n\r\n')
    const length = end < 0 ? null : /content-length: (\d+)/i.exec(whole)
    if (length === null || whole.length < end + 4 + Number(length[1])) {
      this.#held = whole
      return
    }
    this.#held = ''
    const status = whole.slice(9, 12)
    const isFine = status === '200' || status === '201'
    if (isFine && this.#kind === 'put') this.#remember(whole, end)
    this.#load.answered(this, this.#sinceMillis, isFine ? null : whole)
  }

  #remember(whole: string, end: number): void {
    const at = whole.indexOf('"context":"', end)
    if (at < 0) return
    const from = at + '"context":"'.length
    this.#contexts.set(this.#key, whole.slice(from, whole.indexOf('"', from)))
  }
}

const mostPrepareMillis = 90_000

class Load {
  readonly job: Job
  readonly body: string
  readonly #connections: Connection[] = []
  readonly #latencies: number[] = []
  readonly #free: Connection[] = []
  readonly #due: number[] = []
  readonly #turns = new Map<Connection, number>()
  #phase: 'preparing' | 'running' | 'over'
  #startedMillis = performance.now()
  #failed = 0
  #processorBefore: number | null = null
  #ended: (result: Result) => void = () => undefined

  constructor(job: Job) {
    this.job = job
    this.#phase = job.prepare ? 'preparing' : 'running'
    const body = `{"value":"${'v'.repeat(job.valueBytes)}"}`
    this.body = `Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`
  }

  run(): Promise<Result> {
    const { connections, ports, prepare } = this.job
    for (let number = 0; number < connections; number++) {
      const port = ports[number % ports.length] as number
      this.#connections.push(new Connection(this, port, number))
    }
    if (prepare) {
      setTimeout(() => {
        if (this.#phase === 'preparing') this.broke(new Error('not prepared in time'))
      }, mostPrepareMillis).unref()
    } else this.#begin()
    return new Promise((done) => (this.#ended = done))
  }

  /** This connection has nothing to wait for. */
  free(connection: Connection): void {
    const { kind, perSecond } = this.job
    if (this.#phase === 'preparing') this.#prepare(connection)
    else if (this.#phase === 'running') {
      const since = perSecond === null ? performance.now() : this.#due.shift()
      if (since === undefined) this.#free.push(connection)
      else connection.send(kind, draw(connection), since)
    }
  }

  answered(connection: Connection, sinceMillis: number, failure: string | null): void {
    const nowMillis = performance.now()
    const { warmUpSeconds } = this.job
    if (failure !== null) {
      if (this.#failed++ === 0) process.stderr.write(`the first failure: ${failure}\n`)
    } else if (this.#phase === 'running') {
      const isWarm = nowMillis - this.#startedMillis > warmUpSeconds * 1_000
      if (isWarm) this.#latencies.push(nowMillis - sinceMillis)
    }
    this.free(connection)
  }

  broke(error: Error): void {
    if (this.#phase === 'over') return
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }

  #prepare(connection: Connection): void {
    const turn = this.#turns.get(connection) ?? 0
    this.#turns.set(connection, turn + 1)
    if (turn < connection.mine) connection.send('put', turn, performance.now())
    else {
      this.#free.push(connection)
      if (this.#free.length === this.job.connections) this.#begin()
    }
  }

  #begin(): void {
    const { seconds, warmUpSeconds, perSecond } = this.job
    this.#phase = 'running'
    this.#startedMillis = performance.now()
    setTimeout(() => this.#end(), (seconds + warmUpSeconds) * 1_000)
    setTimeout(() => {
      this.#processorBefore = processorSeconds(this.job.pids)
    }, warmUpSeconds * 1_000)
    if (perSecond !== null) this.#arrive(perSecond)
    else for (const connection of this.#free.splice(0)) this.free(connection)
  }

  /** Those that find no connection free wait, and their wait counts. */
  #arrive(perSecond: number): void {
    let begun = 0
    const tick = setInterval(() => {
      if (this.#phase === 'over') {
        clearInterval(tick)
        return
      }
      const nowMillis = performance.now()
      const wanted = Math.floor(((nowMillis - this.#startedMillis) / 1_000) * perSecond)
      for (; begun < wanted; begun++) {
        const connection = this.#free.pop()
        if (connection === undefined) this.#due.push(nowMillis)
        else connection.send(this.job.kind, draw(connection), nowMillis)
      }
    }, 1)
  }

  #end(): void {
    this.#phase = 'over'
    const before = this.#processorBefore
    const after = processorSeconds(this.job.pids)
    for (const connection of this.#connections) connection.close()
    const sorted = Float64Array.from(this.#latencies).sort()
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0
    this.#ended({
      perSecond: sorted.length / this.job.seconds,
      p50Millis: at(0.5),
      p99Millis: at(0.99),
      failed: this.#failed,
      processorMicros:
        before === null || after === null ? null : ((after - before) / sorted.length) * 1e6,
    })
  }
}

const draw = (connection: Connection): number => Math.floor(Math.random() * connection.mine)

const given = process.argv[2]
if (given !== undefined) {
  const result = await new Load(JSON.parse(given) as Job).run()
  process.stdout.write(`${JSON.stringify(result)}\n`)
  process.exit(0)
}
