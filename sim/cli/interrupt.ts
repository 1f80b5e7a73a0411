/**
 * Ctrl-C, from the moment a command is loaded to its end. This listener stays, for two reasons: who
 * stops a command while nothing of it listens gets a line and not a bare death; and a signal that
 * comes while the thread is busy waits for the next turn, which may be that of the next phase.
 */
import { exitCodes } from './exit.js'

const signals = ['SIGINT', 'SIGTERM'] as const

const unsaid = 'stopped before its end: there is no result'
let line = unsaid

/** What is said if it is stopped now; it is the last that was given. */
export function ifStopped(text: string): void {
  line = text
}

export function listenForInterrupts(): void {
  for (const signal of signals) process.on(signal, () => leaveUnlessHeard(signal))
}

/** Those who listen besides know better what there is to keep, and leave by themselves. */
function leaveUnlessHeard(signal: (typeof signals)[number]): void {
  if (process.listenerCount(signal) > 1) return
  process.stderr.write(`${line}\n`)
  process.exit(exitCodes.interrupted)
}
