/** Spreads runs over worker threads, and hands on their results in order. */
import Tinypool from 'tinypool'

export interface CrewOptions<Task, Result> {
  readonly tasks: readonly Task[]
  /** The file whose default export turns tasks into results, and what it knows beforehand. */
  readonly worker: URL
  readonly workerData: unknown
  readonly workers: number
  /** In the order of `tasks`; after an interruption some are left out. */
  readonly take: (results: readonly Result[]) => void
  /** At once, in the order in which they are done. */
  readonly done: (results: readonly Result[]) => void
}

/** Long enough that handing over costs nothing, short enough that Ctrl-C loses little. */
const batchMillis = 250
const largestBatch = 64

export class Crew<Task, Result> {
  readonly #options: CrewOptions<Task, Result>
  readonly #pool: Tinypool
  readonly #waiting = new Map<number, readonly Result[]>()
  #batch = 1
  #next = 0
  #taken = 0
  #stopped = false

  constructor(options: CrewOptions<Task, Result>) {
    this.#options = options
    this.#pool = new Tinypool({
      filename: options.worker.href,
      minThreads: options.workers,
      maxThreads: options.workers,
      isolateWorkers: false,
      workerData: options.workerData,
    })
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Returns once everything is done, or `stop` was called. */
  async run(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.workers }, () => this.#work()))
    } catch (error) {
      // Terminated threads cannot answer.
      if (!this.#stopped) throw error
    } finally {
      await this.#pool.destroy()
    }
    const left = [...this.#waiting].sort(([a], [b]) => a - b)
    for (const [, results] of left) this.#options.take(results)
  }

  /** What is under way is lost, what is done is kept. */
  stop(): void {
    this.#stopped = true
    void this.#pool.destroy()
  }

  /** One thread's worth of work: the next batch as soon as the last one is back. */
  async #work(): Promise<void> {
    const { tasks } = this.#options
    while (this.#next < tasks.length && !this.#stopped) {
      const from = this.#next
      const batch = tasks.slice(from, from + this.#size())
      this.#next += batch.length
      const startedMillis = performance.now()
      const results = (await this.#pool.run(batch)) as readonly Result[]
      const perRun = Math.max(0.1, (performance.now() - startedMillis) / batch.length)
      this.#batch = Math.min(largestBatch, Math.max(1, Math.round(batchMillis / perRun)))
      this.#deliver(from, results)
    }
  }

  /** Towards the end smaller ones, so that no thread is left with the last large batch alone. */
  #size(): number {
    const left = this.#options.tasks.length - this.#next
    const fair = Math.ceil(left / (2 * this.#options.workers))
    return Math.max(1, Math.min(this.#batch, fair))
  }

  #deliver(from: number, results: readonly Result[]): void {
    this.#options.done(results)
    this.#waiting.set(from, results)
    for (;;) {
      const next = this.#waiting.get(this.#taken)
      if (next === undefined) return
      this.#waiting.delete(this.#taken)
      this.#taken += next.length
      this.#options.take(next)
    }
  }
}
