/**
 * Lines of JSON and CSV, streamed: a file is held a piece at a time, however long the run was.
 */
import { createReadStream } from 'node:fs'
import { LoadError } from '../load.js'

/** `number` counts from 1. */
export type VisitLine = (line: string, number: number) => void

/** Called between chunks: a consumer that writes somewhere lets its writes drain here. */
export type Settle = () => Promise<void>

const chunkBytes = 1 << 17
const newline = 10

/**
 * Visits every line that is not empty. Returns the number of the last line if it has no end, as
 * when its writer was killed, else 0. @throws LoadError if the file cannot be read
 */
export async function eachLine(file: string, visit: VisitLine, settle?: Settle): Promise<number> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
      const end = bytes.lastIndexOf(newline) + 1
      number = visitLines(bytes.toString('utf8', 0, end), number, visit)
      rest = bytes.subarray(end)
      if (settle !== undefined) await settle()
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  if (rest.length === 0) return 0
  visitLines(`${rest.toString('utf8')}\n`, number, visit)
  return number + 1
}

/** Decoding a whole chunk at once is twice as fast as decoding line by line. */
function visitLines(text: string, before: number, visit: VisitLine): number {
  let number = before
  let from = 0
  for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
    number++
    if (to > from) visit(text.slice(from, to), number)
    from = to + 1
  }
  return number
}

/**
 * One object a line. A last line that was cut short is left out if `allowCutTail`. @throws
 * LoadError
 */
export async function eachObject(
  file: string,
  allowCutTail: boolean,
  visit: (value: Readonly<Record<string, unknown>>, number: number) => void,
  settle?: Settle,
): Promise<void> {
  // At most one: whether it is the last line, and so perhaps only cut short, shows when the next
  // one comes.
  const broken: { readonly error: LoadError; readonly line: number }[] = []
  const take = (line: string, number: number): void => {
    for (const { error } of broken) throw error
    const value = parseObject(line)
    if (typeof value === 'string')
      broken.push({ error: corrupt(file, number, value), line: number })
    else visit(value, number)
  }
  const cut = await eachLine(file, take, settle)
  for (const { error, line } of broken) if (!allowCutTail || line !== cut) throw error
}

function parseObject(line: string): Readonly<Record<string, unknown>> | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return `not JSON: ${(error as Error).message}`
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'not a JSON object'
  }
  return value as Readonly<Record<string, unknown>>
}

/** @param line from 1; 0 for the file as a whole */
export function corrupt(file: string, line: number, detail: string): LoadError {
  const place = line === 0 ? file : `${file}:${String(line)}`
  return new LoadError('corrupt', { file: place, line: 0, byteOffset: 0 }, oneLine(detail))
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 200)

const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'is a directory',
  EACCES: 'not readable: permission denied',
  ENOSPC: 'the disk is full; what was written so far is kept',
  EDQUOT: 'the disk quota is used up; what was written so far is kept',
  EFBIG: 'the file has grown larger than the system allows; what was written so far is kept',
}

export function unreadable(file: string, error: unknown): Error {
  if (error instanceof LoadError || !(error instanceof Error)) return error as Error
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  const detail = words[code] ?? `cannot be read: ${error.message}`
  return new LoadError('unreadable', { file, line: 0, byteOffset: 0 }, detail)
}
