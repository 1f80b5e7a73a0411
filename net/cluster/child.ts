/** One node of a local cluster: its process, and what has become of it. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { SupervisedNode } from '../door.js'
import type { FromNode, ToNode } from '../supervision.js'
import type { PlannedNode } from './plan.js'
import { lastLines } from './plan.js'

export type ChildState = SupervisedNode['state']

export type Question = FromNode & { readonly kind: 'ask' }

export interface ChildOptions {
  readonly plan: PlannedNode
  /** Program and arguments of `sim node --config FILE`. */
  readonly command: readonly string[]
  readonly changed: (child: Child, why: string) => void
  readonly asked: (child: Child, question: Question) => void
}

/** A node that does not stop in this time is killed. */
const mostStopMillis = 25_000
const mostStartMillis = 60_000

export class Child {
  readonly plan: PlannedNode
  readonly #options: ChildOptions
  #process: ChildProcess | null = null
  #state: ChildState = 'stopped'
  #url: string | null = null

  constructor(options: ChildOptions) {
    this.plan = options.plan
    this.#options = options
  }

  get state(): ChildState {
    return this.#state
  }

  get url(): string | null {
    return this.#url
  }

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Ends when it serves; rejects if it dies instead. */
  start(): Promise<void> {
    if (this.#process !== null) return Promise.reject(new Error(`${this.plan.id} runs already`))
    const [program, ...words] = this.#options.command
    const log = openSync(this.plan.logFile, 'a')
    // A group of its own: Ctrl-C on the terminal is for the supervisor, which stops all in order.
    const child = spawn(program as string, words, {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    })
    closeSync(log)
    this.#process = child
    this.#turn('starting', 'started')
    return new Promise((done, fail) => {
      const alarm = setTimeout(() => child.kill('SIGKILL'), mostStartMillis)
      child.on('message', (message: FromNode) => {
        if (message.kind === 'ask') this.#options.asked(this, message)
        else {
          clearTimeout(alarm)
          this.#url = message.url
          this.#turn('ready', 'ready')
          done()
        }
      })
      child.on('error', fail)
      child.once('exit', (code, signal) => {
        clearTimeout(alarm)
        this.#process = null
        const how = signal ?? `exit code ${String(code)}`
        // One that was asked to before it could listen to that ends by the signal itself.
        const isAsked = this.#state === 'stopping' && (code === 0 || signal === 'SIGTERM')
        this.#turn(isAsked ? 'stopped' : 'died', how)
        const [last] = lastLines(this.plan.logFile, 1)
        fail(new Error(`${this.plan.id} ended with ${how}${last === undefined ? '' : `: ${last}`}`))
      })
    })
  }

  /** Ends when the process is gone. */
  async stop(): Promise<void> {
    const child = this.#process
    if (child === null) return
    if (this.#state === 'paused') child.kill('SIGCONT')
    this.#turn('stopping', 'asked to')
    const gone = exitOf(child)
    child.kill('SIGTERM')
    const alarm = setTimeout(() => child.kill('SIGKILL'), mostStopMillis)
    await gone
    clearTimeout(alarm)
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === null) return
    const gone = exitOf(child)
    child.kill('SIGKILL')
    await gone
  }

  pause(): void {
    if (this.#state !== 'ready') throw new Error(`${this.plan.id} is ${this.#state}, not ready`)
    this.#process?.kill('SIGSTOP')
    this.#turn('paused', 'asked to')
  }

  resume(): void {
    if (this.#state !== 'paused') throw new Error(`${this.plan.id} is ${this.#state}, not paused`)
    this.#process?.kill('SIGCONT')
    this.#turn('ready', 'goes on')
  }

  answer(message: ToNode): void {
    // A process that has just died hears nothing, and needs nothing.
    if (this.#process?.connected === true) this.#process.send(message, () => undefined)
  }

  #turn(state: ChildState, why: string): void {
    this.#state = state
    this.#options.changed(this, why)
  }
}

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done()
    else child.once('exit', () => done())
  })
