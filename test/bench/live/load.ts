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
import type { IntervalHistogram } from 'node:perf_hooks'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Dialect, DialectOptions, RequestKind } from './dialect.js'
import { dialectOf } from './dialect.js'
import { processorSeconds } from './processor.js'

export interface Job extends DialectOptions {
  readonly ports: readonly number[]
  readonly kind: RequestKind
  readonly connections: number
  readonly keys: number
  /** Every key is put once before the measured time begins. */
  readonly prepare: boolean
  readonly seconds: number
  /** Not counted; before the measured time. */
  readonly warmUpSeconds: number
  /** Open loop: requests begun a second, evenly; null: closed loop. */
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
  /** Of this process: how late its event loop was, and the share of the time that it was busy. */
  readonly lateP99Millis: number
  readonly lateMostMillis: number
  readonly busyShare: number
}

class Connection {
  readonly #load: Load
  readonly #dialect: Dialect
  readonly #contexts = new Map<number, string>()
  readonly #socket: Socket
  readonly #number: number
  #held = ''
  #key = 0
  #kind: RequestKind = 'put'
  #sinceMillis = 0

  constructor(load: Load, port: number, number: number) {
    this.#load = load
    this.#dialect = dialectOf(load.job, port)
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
  send(kind: RequestKind, turn: number, sinceMillis: number): void {
    const key = turn * this.#load.job.connections + this.#number
    this.#key = key
    this.#kind = kind
    this.#sinceMillis = sinceMillis
    const context = kind === 'put' ? (this.#contexts.get(key) ?? null) : null
    this.#socket.write(this.#dialect.request(kind, key, context), 'latin1')
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #take(text: string): void {
    const whole = this.#held === '' ? text : this.#held + text
    const end = whole.indexOf('\r\n\r\n')
    if (end < 0 || whole.length < end + 4 + lengthOf(whole)) {
      this.#held = whole
      return
    }
    this.#held = ''
    const body = whole.slice(end + 4)
    const isFine = this.#dialect.isFine(this.#kind, whole.slice(9, 12), body)
    if (isFine && this.#kind === 'put') {
      const context = this.#dialect.contextOf(body)
      if (context !== null) this.#contexts.set(this.#key, context)
    }
    this.#load.answered(this, this.#sinceMillis, isFine ? null : whole)
  }
}

const lengthMark = 'Content-Length: '

/** Of the body; all that are measured write this name alike, and say how long a body is. */
function lengthOf(whole: string): number {
  const at = whole.indexOf(lengthMark)
  if (at < 0) throw new Error(`an answer without ${lengthMark}`)
  let length = 0
  for (let i = at + lengthMark.length; ; i++) {
    const digit = whole.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return length
    length = 10 * length + digit
  }
}

const mostPrepareMillis = 90_000
/** How often its own lateness is looked at. */
const lookMillis = 1

class Load {
  readonly job: Job
  readonly #connections: Connection[] = []
  readonly #latencies: number[] = []
  readonly #free: Connection[] = []
  readonly #due: number[] = []
  readonly #turns = new Map<Connection, number>()
  #phase: 'preparing' | 'running' | 'over'
  #startedMillis = performance.now()
  #failed = 0
  #processorBefore: number | null = null
  readonly #late: IntervalHistogram = monitorEventLoopDelay({ resolution: lookMillis })
  #busyBefore = performance.eventLoopUtilization()
  #ended: (result: Result) => void = () => undefined

  constructor(job: Job) {
    this.job = job
    this.#phase = job.prepare ? 'preparing' : 'running'
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
      this.#busyBefore = performance.eventLoopUtilization()
      this.#late.enable()
    }, warmUpSeconds * 1_000)
    if (perSecond !== null) this.#arrive(perSecond)
    else for (const connection of this.#free.splice(0)) this.free(connection)
  }

  /**
   * Each counts from when it should have begun, whatever kept it: a pause of this process, or that
   * no connection was free.
   */
  #arrive(perSecond: number): void {
    let begun = 0
    const tick = setInterval(() => {
      if (this.#phase === 'over') {
        clearInterval(tick)
        return
      }
      const wanted = ((performance.now() - this.#startedMillis) / 1_000) * perSecond
      for (; begun < wanted; begun++) {
        const dueMillis = this.#startedMillis + (begun / perSecond) * 1_000
        const connection = this.#free.pop()
        if (connection === undefined) this.#due.push(dueMillis)
        else connection.send(this.job.kind, draw(connection), dueMillis)
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
      lateP99Millis: Math.max(0, this.#late.percentile(99) / 1e6 - lookMillis),
      lateMostMillis: Math.max(0, this.#late.max / 1e6 - lookMillis),
      busyShare: performance.eventLoopUtilization(this.#busyBefore).utilization,
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
