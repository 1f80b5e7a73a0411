/**
 * The log of a node as its file holds it, for those who want to read it although the node is paused
 * or gone. What is no line of ours, such as what a runtime says when it dies, is shown as it is.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { LogLevel, LogLine, NodeLogPage } from '../door.js'

/** Of the end of the file; nobody reads more on a page. */
const mostBytes = 512 * 1024

/**
 * The newest `limit` lines that begin behind byte `after`, numbered by the byte at which they end:
 * so numbers rise with the file, through all lives of the node.
 */
export function readLogFile(file: string, after: number, limit: number): NodeLogPage {
  const { bytes, from } = tail(file, after)
  const lines: LogLine[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(10, start)
    if (end < 0) break
    const text = bytes.toString('utf8', start, end)
    start = end + 1
    if (text !== '') lines.push(lineOf(text, from + start))
  }
  return { source: 'file', lines: lines.slice(-limit) }
}

function tail(file: string, after: number): { readonly bytes: Buffer; readonly from: number } {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return { bytes: Buffer.alloc(0), from: 0 }
  }
  try {
    const { size } = fstatSync(descriptor)
    // A file that has become shorter is another one.
    const wanted = after > size ? 0 : after
    const from = Math.max(wanted, size - mostBytes)
    const bytes = Buffer.alloc(size - from)
    const read = readSync(descriptor, bytes, 0, bytes.length, from)
    const whole = bytes.subarray(0, read)
    if (from === wanted) return { bytes: whole, from }
    // Cut somewhere inside a line: the next one is the first.
    const first = whole.indexOf(10) + 1
    return { bytes: whole.subarray(first), from: from + first }
  } finally {
    closeSync(descriptor)
  }
}

/** As pino numbers them. */
const levels: Readonly<Record<number, LogLevel>> = { 20: 'debug', 30: 'info', 40: 'warn' }

function lineOf(text: string, number: number): LogLine {
  const parsed = objectOf(text)
  const output = { number, atMillis: 0, level: 'error', event: 'output', fields: { text } } as const
  if (parsed === null) return output
  const { level, time, event, node: _, ...fields } = parsed
  if (typeof event !== 'string') return output
  return {
    number,
    atMillis: typeof time === 'number' ? time : 0,
    level: levels[Number(level)] ?? 'error',
    event,
    fields,
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null
  } catch {
    return null
  }
}
