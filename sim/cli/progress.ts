/**
 * Runs a world to its end with a progress bar on a terminal and plain lines elsewhere; Ctrl-C stops
 * it and keeps the results.
 */
import { SingleBar } from 'cli-progress'
import type { SimEvent } from '../queue.js'
import type { World } from '../world.js'
import { nextTurn } from './turn.js'

export interface Driven {
  /** Of the machine's time. */
  readonly wallMillis: number
  readonly interrupted: boolean
}

/** Between two looks at the keyboard: some tens of milliseconds. */
const eventsPerSlice = 20_000
const plainLineMillis = 5_000

export async function drive(
  world: World,
  label: string,
  quiet: boolean,
  observe: ((event: SimEvent) => boolean) | null = null,
): Promise<Driven> {
  const startedMillis = performance.now()
  const progress = quiet ? null : startProgress(world, label)
  let interrupted = false
  const stop = (): void => {
    interrupted = true
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    while (!interrupted && world.advance(eventsPerSlice, observe)) {
      progress?.update()
      await nextTurn()
    }
  } finally {
    progress?.stop()
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
  interrupted &&= !world.ended
  return { wallMillis: Math.round(performance.now() - startedMillis), interrupted }
}

interface Progress {
  update(): void
  stop(): void
}

function startProgress(world: World, label: string): Progress {
  return process.stderr.isTTY ? barProgress(world, label) : lineProgress(world, label)
}

function barProgress(world: World, label: string): Progress {
  const total = world.scenario.durationMicros / 1e6
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} simulated s`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(Math.round(total), 0)
  return {
    update: () => bar.update(Math.min(Math.round(total), Math.round(world.nowMicros / 1e6))),
    stop: () => bar.stop(),
  }
}

/** Says nothing of a run that is over before anybody would ask. */
function lineProgress(world: World, label: string): Progress {
  let nextMillis = performance.now() + plainLineMillis
  return {
    update: () => {
      if (performance.now() < nextMillis) return
      nextMillis = performance.now() + plainLineMillis
      const seconds = (world.nowMicros / 1e6).toFixed(1)
      process.stderr.write(`${label}: ${seconds} simulated s, ${String(world.events)} events\n`)
    },
    stop: () => undefined,
  }
}
