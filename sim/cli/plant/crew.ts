/** The threads of `sim plant`, one a bug: first they hunt. Ctrl-C keeps what is done. */
import { join } from 'node:path'
import Tinypool from 'tinypool'
import type { Hunt } from '../../../reports/plant/model.js'
import type { HuntTask } from './hunt.js'
import type { ShrinkTask, Smaller } from './smaller.js'

/** Played to shrink one bug, at most. */
const mostShrinkEvents = 12_000_000

export const shrunkPath = (folder: string, plant: string): string =>
  join(folder, 'shrunk', `${plant.replaceAll('_', '-')}.yaml`)

export class Crew {
  readonly #pool: Tinypool
  readonly #quiet: boolean
  readonly #stop = (): void => {
    this.#interrupted = true
    void this.#pool.destroy()
  }
  #interrupted = false

  constructor(workers: number, quiet: boolean) {
    this.#quiet = quiet
    this.#pool = new Tinypool({
      filename: new URL('./hunt.js', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      isolateWorkers: false,
    })
    process.once('SIGINT', this.#stop)
    process.once('SIGTERM', this.#stop)
  }

  get interrupted(): boolean {
    return this.#interrupted
  }

  async dismiss(): Promise<void> {
    process.removeListener('SIGINT', this.#stop)
    process.removeListener('SIGTERM', this.#stop)
    await this.#pool.destroy()
  }

  /** In the order of the tasks; interrupted, those that were looked for. */
  async hunt(tasks: readonly HuntTask[]): Promise<readonly Hunt[]> {
    const done = new Map<string, Hunt>()
    await this.#all(tasks, async (task) => {
      const hunt = (await this.#pool.run(task)) as Hunt
      done.set(hunt.plant, hunt)
      this.#say(`looked for ${String(done.size)}/${String(tasks.length)}: ${huntText(hunt)}`)
    })
    return tasks.flatMap(({ bug }) => done.get(bug.plant) ?? [])
  }

  /** What has most events first, so that the others fill the time beside it. */
  async shrink(
    tasks: readonly HuntTask[],
    hunts: readonly Hunt[],
    folder: string,
  ): Promise<readonly Hunt[]> {
    const found = hunts.filter((hunt) => hunt.found !== null)
    const done = new Map<string, Smaller>()
    const filename = new URL('./smaller.js', import.meta.url).href
    await this.#all(
      found.toSorted((left, right) => right.events - left.events),
      async (hunt) => {
        const task = shrinkTask(tasks, hunt, folder)
        const smaller = (await this.#pool.run(task, { filename })) as Smaller
        done.set(hunt.plant, smaller)
        const text = `${hunt.plant}: ${smallerText(smaller)}`
        this.#say(`shrunk ${String(done.size)}/${String(found.length)}: ${text}`)
      },
    )
    return hunts.map((hunt) => ({ ...hunt, ...(done.get(hunt.plant) ?? {}) }))
  }

  async #all<Task>(tasks: readonly Task[], each: (task: Task) => Promise<void>): Promise<void> {
    if (this.#interrupted) return
    try {
      await Promise.all(tasks.map(each))
    } catch (error) {
      // Terminated threads cannot answer.
      if (!this.#interrupted) throw error
    }
  }

  #say(line: string): void {
    if (!this.#quiet) process.stderr.write(`${line}\n`)
  }
}

function shrinkTask(
  tasks: readonly HuntTask[],
  { plant, seedsNeeded }: Hunt,
  folder: string,
): ShrinkTask {
  const task = tasks.find(({ bug }) => bug.plant === plant)
  if (task === undefined) throw new Error(`${plant} was hunted without a task`)
  const { bug, file } = task
  const to = shrunkPath(folder, plant)
  return { bug, file, to, seed: seedsNeeded, mostEvents: mostShrinkEvents }
}

const huntText = ({ plant, found, seedsNeeded }: Hunt): string =>
  found === null
    ? `${plant} not found in ${String(seedsNeeded)} seeds`
    : `${plant} by ${found.fired} at seed ${String(found.seed)}`

function smallerText({ shrunk, notShrunk }: Smaller): string {
  if (shrunk === null) return `not, for ${notShrunk}`
  const { faults, operations, isDrawn, trials } = shrunk
  const asked = isDrawn ? 'a drawn load' : `operations ${String(operations)}`
  return `faults ${String(faults)}, ${asked}; trials ${String(trials)}`
}
