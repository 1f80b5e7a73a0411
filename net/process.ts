/**
 * The process of one live node: what it does when it is told to stop, when nobody is left who would
 * tell it, and when something has gone wrong that it cannot mend.
 */
import type { Running } from './run.js'
import { tell } from './supervision.js'

/** A stop that takes longer has failed: whoever waits for it should know. */
const mostStopMillis = 20_000

/** Ends when the node has stopped, with the exit code that the process should have. */
export function untilStopped(running: Running): Promise<number> {
  return new Promise((done) => {
    let stopping = false
    const stop = (why: string): void => {
      if (stopping) return
      stopping = true
      running.journal.write('info', 'stop_asked', { why })
      setTimeout(() => {
        running.journal.write('error', 'stop_failed', { afterMillis: mostStopMillis })
        process.exit(1)
      }, mostStopMillis).unref()
      running.stop().then(
        () => done(0),
        (error: unknown) => crash(running, error),
      )
    }
    process.on('SIGTERM', () => stop('SIGTERM'))
    process.on('SIGINT', () => {
      if (stopping) process.exit(130)
      stop('SIGINT')
    })
    process.on('uncaughtException', (error) => crash(running, error))
    process.on('unhandledRejection', (error) => crash(running, error))
    if (process.send !== undefined) {
      process.on('disconnect', () => stop('its supervisor is gone'))
      tell({ kind: 'ready', url: running.api.url })
    }
  })
}

/** What is durable stays so, and what was told to others is durable: there is nothing to save. */
function crash(running: Running, error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  running.journal.write('error', 'node_crashed', { error: message, stack })
  process.exit(1)
}
