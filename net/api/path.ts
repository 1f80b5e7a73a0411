/** What a URL names: `/kv/{key}`, `/buckets/{bucket}/kv/{key}`. All else is for other routes. */
import { decodeKey } from './key.js'
import { ApiProblem } from './problem.js'

export const defaultBucket = 'default'

export interface KeyPath {
  readonly bucket: string
  readonly key: string
  /** Behind the question mark. */
  readonly query: string
}

/** Null: the URL is of no key. */
export function keyPathOf(url: string, keyBytes: number): KeyPath | null {
  let bucket = defaultBucket
  let start = 4
  if (!url.startsWith('/kv/')) {
    if (!url.startsWith('/buckets/')) return null
    const end = url.indexOf('/', 9)
    if (end < 0 || !url.startsWith('/kv/', end)) return null
    bucket = decoded(url.slice(9, end), 'bucket')
    start = end + 4
  }
  const question = url.indexOf('?', start)
  const segment = question < 0 ? url.slice(start) : url.slice(start, question)
  // Three characters a byte at most; what is longer need not be decoded to be refused.
  if (segment.length > 3 * keyBytes) throw tooLong(keyBytes)
  const key = decoded(segment, 'key')
  if (key === '') throw new ApiProblem('bad_key', 'the key is empty')
  if (key.length > keyBytes / 4 && Buffer.byteLength(key) > keyBytes) throw tooLong(keyBytes)
  return { bucket, key, query: question < 0 ? '' : url.slice(question + 1) }
}

const tooLong = (keyBytes: number): ApiProblem =>
  new ApiProblem('bad_key', `the key is longer than ${String(keyBytes)} bytes`)

function decoded(segment: string, what: string): string {
  const text = decodeKey(segment)
  if (text !== null) return text
  throw new ApiProblem(
    'bad_key',
    `the ${what} is not percent-encoded rightly: a slash is %2F, a percent sign %25, a space %20`,
  )
}
