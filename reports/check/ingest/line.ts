/**
 * One line of a history, read: names and values already turned into small integers. Filled by
 * decode.ts (any JSON) or scan.ts (our own recorder's lines, faster), used by build.ts, and filled
 * again with the next line.
 */
import { Names } from '../column.js'
import type { KeyName, Value } from '../history.js'

export const INVOKE = 3

/** Set where the line does not say. */
export const UNSAID = -1

/** What is wrong with one event; the loader adds where it stood. */
export class EventError extends Error {
  override readonly name = 'EventError'
}

/** A growing list of numbers that is used again for every line. */
export class Scratch {
  readonly items: number[] = []
  length = 0

  push(item: number): void {
    this.items[this.length++] = item
  }

  at(index: number): number {
    return this.items[index] as number
  }
}

export class Line {
  /** Jepsen's nemesis and the like: a process with a name. */
  isNobody = false
  process = 0
  /** OK, FAIL, INFO or INVOKE. */
  type = INVOKE
  kind = 0
  /** NaN where the line carries none. */
  time = NaN
  key = UNSAID
  session = UNSAID
  node = UNSAID
  name: string | null = null
  /** What a write wrote; of a cas, what it wants. */
  value = UNSAID
  swap = UNSAID
  /** What a read returned: value ids; actors and counters of their dots, as many or none. */
  readonly values = new Scratch()
  readonly dotActors = new Scratch()
  readonly dotCounters = new Scratch()
  hasDots = false
  /** -1: none. */
  dotActor = -1
  dotCounter = -1
  hasVector = false
  readonly vectorActors = new Scratch()
  readonly vectorCounters = new Scratch()
  hasContext = false
  readonly contextActors = new Scratch()
  readonly contextCounters = new Scratch()
  code = -1
  need = -1
  got = -1

  clear(): void {
    this.isNobody = false
    this.time = NaN
    this.key = UNSAID
    this.session = UNSAID
    this.node = UNSAID
    this.name = null
    this.value = UNSAID
    this.swap = UNSAID
    this.values.length = 0
    this.dotActors.length = 0
    this.dotCounters.length = 0
    this.hasDots = false
    this.dotActor = -1
    this.dotCounter = -1
    this.hasVector = false
    this.vectorActors.length = 0
    this.vectorCounters.length = 0
    this.hasContext = false
    this.contextActors.length = 0
    this.contextCounters.length = 0
    this.code = -1
    this.need = -1
    this.got = -1
  }
}

/** The names and values met so far in one history. */
export class Vocabulary {
  readonly values = new Names<Value>()
  readonly sessions = new Names<string>()
  readonly nodes = new Names<string>()
  readonly actors = new Names<string>()
  readonly codes = new Names<string>()
  readonly keys: KeyName[] = []
  private readonly keyIds = new Map<string, Map<string, number>>()

  constructor() {
    this.values.ofNew(null)
  }

  key(bucket: string, key: string): number {
    let ids = this.keyIds.get(bucket)
    if (ids === undefined) this.keyIds.set(bucket, (ids = new Map<string, number>()))
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = this.keys.length
    ids.set(key, id)
    this.keys.push({ bucket, key, label: bucket === 'default' ? key : `${bucket}/${key}` })
    return id
  }
}
