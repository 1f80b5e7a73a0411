/**
 * Reads lines of the plain form that our own recorder writes straight from their bytes, three times
 * faster than parsing them: no object and, for names already met, no string is made. Plain means:
 * fields of core/history.ts only, no white space, strings of ASCII without escapes, whole numbers.
 * Anything else is left to the JSON parser, so what is accepted here means the same there.
 */
import { CAS, DELETE, FINAL, NULL, OK, READ } from '../history.js'
import { kinds, mostCounted } from './decode.js'
import { INVOKE, UNSAID } from './line.js'
import type { Line, Scratch, Vocabulary } from './line.js'
import { ByteNames, latin1 } from './bytes.js'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const HASH = 0x23
const MINUS = 0x2d
const ZERO = 0x30
const SMALL_N = 0x6e

const fields = [
  'index',
  'process',
  'type',
  'f',
  'key',
  'value',
  'time',
  'bucket',
  'session',
  'node',
  'op',
  'context',
  'dots',
  'vv',
  'dot',
  'code',
  'need',
  'got',
] as const

/** In the order of their codes. */
const typeNames = ['ok', 'fail', 'info', 'invoke'] as const

/** Not plain: give up. */
const NOT_PLAIN = -1

export class LineScanner {
  private readonly words: Vocabulary
  private readonly line: Line
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0
  private end = 0

  private readonly fieldNames = new ByteNames((name) => fields.findIndex((each) => each === name))
  private readonly typeCodes = new ByteNames((name) => typeNames.findIndex((each) => each === name))
  private readonly kindCodes = new ByteNames((name) => kinds.get(name) ?? NOT_PLAIN)
  private readonly values: ByteNames
  private readonly sessions: ByteNames
  private readonly nodes: ByteNames
  private readonly actors: ByteNames
  private readonly codes: ByteNames
  /** Per bucket: the keys met in it. */
  private readonly buckets: ByteNames
  private readonly keys: ByteNames[] = []
  private readonly bucketNames: string[] = []

  /** The dot read last. */
  private partActor = 0
  private partCounter = 0
  private keyFrom = 0
  private keyTo = 0
  private bucket = 0
  private isList = false
  private readonly listed: number[] = []
  private listedCount = 0

  constructor(words: Vocabulary, line: Line) {
    this.words = words
    this.line = line
    this.values = new ByteNames((name) => words.values.ofNew(name))
    this.sessions = new ByteNames((name) => words.sessions.ofNew(name))
    this.nodes = new ByteNames((name) => words.nodes.ofNew(name))
    this.actors = new ByteNames((name) => words.actors.ofNew(name))
    this.codes = new ByteNames((name) => words.codes.ofNew(name))
    this.buckets = new ByteNames((name) => this.newBucket(name))
    this.newBucket('default')
  }

  private newBucket(name: string): number {
    const known = this.bucketNames.indexOf(name)
    if (known >= 0) return known
    this.keys.push(new ByteNames((key) => this.words.key(name, key)))
    return this.bucketNames.push(name) - 1
  }

  /** Fills the line; false if it is not plain, and then the line holds nothing of use. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.bytes = bytes
    this.at = from
    this.end = to
    this.line.clear()
    this.keyFrom = -1
    this.bucket = 0
    this.isList = false
    this.listedCount = 0
    this.line.kind = NOT_PLAIN
    this.line.type = NOT_PLAIN
    this.line.process = NaN
    return this.object() && this.conclude()
  }

  private take(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false
    this.at++
    return true
  }

  private object(): boolean {
    if (!this.take(OPEN_OBJECT)) return false
    do {
      const field = this.named(this.fieldNames)
      if (field === NOT_PLAIN || !this.take(COLON) || !this.field(field)) return false
    } while (this.take(COMMA))
    return this.take(CLOSE_OBJECT) && this.at === this.end
  }

  /** A string: its id among `names`, NOT_PLAIN if it is not a plain one. */
  private named(names: ByteNames): number {
    if (!this.take(QUOTE)) return NOT_PLAIN
    const from = this.at
    const to = this.closing()
    return to < 0 ? NOT_PLAIN : names.of(this.bytes, from, to)
  }

  /** Moves behind the closing quote; returns where it stands, -1 if the string is not plain. */
  private closing(): number {
    const { bytes, end } = this
    for (let at = this.at; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.at = at + 1
        return at
      }
      if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return -1
    }
    return -1
  }

  /** A whole number of up to 15 digits; NaN if it is not that. */
  private number(): number {
    const isNegative = this.take(MINUS)
    const from = this.at
    let value = 0
    for (; this.at < this.end; this.at++) {
      const digit = (this.bytes[this.at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = this.at - from
    const hasZero = digits > 1 && this.bytes[from] === ZERO
    if (digits === 0 || digits > 15 || hasZero || (isNegative && value === 0)) return NaN
    return isNegative ? -value : value
  }

  private isNull(): boolean {
    const { bytes, at } = this
    if (bytes[at] !== SMALL_N || at + 4 > this.end) return false
    if (bytes[at + 1] !== 0x75 || bytes[at + 2] !== 0x6c || bytes[at + 3] !== 0x6c) return false
    this.at += 4
    return true
  }

  private field(field: number): boolean {
    const { line } = this
    switch (fields[field]) {
      case 'index':
        return !Number.isNaN(this.number())
      case 'process':
        return !Number.isNaN((line.process = this.number()))
      case 'time':
        return !Number.isNaN((line.time = this.number()))
      case 'need':
        return (line.need = this.number()) >= 0
      case 'got':
        return (line.got = this.number()) >= 0
      case 'type':
        return (line.type = this.named(this.typeCodes)) !== NOT_PLAIN
      case 'f':
        return (line.kind = this.named(this.kindCodes)) !== NOT_PLAIN
      case 'session':
        return (line.session = this.named(this.sessions)) !== NOT_PLAIN
      case 'node':
        return (line.node = this.named(this.nodes)) !== NOT_PLAIN
      case 'code':
        return (line.code = this.named(this.codes)) !== NOT_PLAIN
      case 'bucket':
        return (this.bucket = this.named(this.buckets)) !== NOT_PLAIN
      case 'key':
        return this.keyText()
      case 'op':
        return this.operationName()
      case 'value':
        return this.value()
      case 'dots':
        return this.dots()
      case 'dot':
        return this.dot()
      case 'vv':
        line.hasVector = true
        return this.vector(line.vectorActors, line.vectorCounters)
      case 'context':
        line.hasContext = true
        line.contextActors.length = 0
        line.contextCounters.length = 0
        return this.isNull() || this.vector(line.contextActors, line.contextCounters)
      default:
        return false
    }
  }

  /** Its bucket may come later in the line. */
  private keyText(): boolean {
    if (!this.take(QUOTE)) return false
    this.keyFrom = this.at
    this.keyTo = this.closing()
    return this.keyTo >= 0
  }

  /** Only the invocation's is kept. */
  private operationName(): boolean {
    if (!this.take(QUOTE)) return false
    const from = this.at
    const to = this.closing()
    if (to < 0) return false
    if (this.line.type === INVOKE) this.line.name = latin1(this.bytes, from, to)
    return this.line.type !== NOT_PLAIN
  }

  private value(): boolean {
    this.listedCount = 0
    this.isList = this.take(OPEN_LIST)
    if (!this.isList) return this.element()
    if (this.take(CLOSE_LIST)) return true
    do {
      if (!this.element()) return false
    } while (this.take(COMMA))
    return this.take(CLOSE_LIST)
  }

  private element(): boolean {
    const first = this.bytes[this.at]
    let id: number
    if (first === QUOTE) id = this.named(this.values)
    else if (first === SMALL_N) id = this.isNull() ? NULL : NOT_PLAIN
    else {
      const number = this.number()
      id = Number.isNaN(number) ? NOT_PLAIN : this.words.values.of(number)
    }
    this.listed[this.listedCount++] = id
    return id !== NOT_PLAIN
  }

  private dots(): boolean {
    const { line } = this
    line.hasDots = true
    line.dotActors.length = 0
    line.dotCounters.length = 0
    if (!this.take(OPEN_LIST)) return false
    if (this.take(CLOSE_LIST)) return true
    do {
      if (!this.dotParts()) return false
      line.dotActors.push(this.partActor)
      line.dotCounters.push(this.partCounter)
    } while (this.take(COMMA))
    return this.take(CLOSE_LIST)
  }

  private dot(): boolean {
    if (!this.dotParts()) return false
    this.line.dotActor = this.partActor
    this.line.dotCounter = this.partCounter
    return true
  }

  /** "n1:0#17": the actor up to the last `#`, then the counter. */
  private dotParts(): boolean {
    if (!this.take(QUOTE)) return false
    const from = this.at
    const to = this.closing()
    if (to < 0) return false
    let hash = to - 1
    while (hash > from && this.bytes[hash] !== HASH) hash--
    if (hash === from) return false
    this.at = hash + 1
    this.partCounter = this.number()
    const isPlain = this.at === to && this.partCounter >= 0 && this.partCounter <= mostCounted
    this.at = to + 1
    this.partActor = this.actors.of(this.bytes, from, hash)
    return isPlain
  }

  private vector(actors: Scratch, counters: Scratch): boolean {
    actors.length = 0
    counters.length = 0
    if (!this.take(OPEN_OBJECT)) return false
    if (this.take(CLOSE_OBJECT)) return true
    do {
      const actor = this.named(this.actors)
      if (actor === NOT_PLAIN || !this.take(COLON)) return false
      const counter = this.number()
      if (!(counter >= 0 && counter <= mostCounted)) return false
      actors.push(actor)
      counters.push(counter)
    } while (this.take(COMMA))
    return this.take(CLOSE_OBJECT)
  }

  /** Everything is there, and fits together? */
  private conclude(): boolean {
    const { line } = this
    if (line.type === NOT_PLAIN || line.kind === NOT_PLAIN || Number.isNaN(line.process))
      return false
    if (this.keyFrom < 0) return false
    line.key = (this.keys[this.bucket] as ByteNames).of(this.bytes, this.keyFrom, this.keyTo)
    return line.kind === READ || line.kind === FINAL ? this.shownValues() : this.writtenValue()
  }

  private shownValues(): boolean {
    const { line } = this
    if (line.type !== OK) {
      line.hasDots = false
      return true
    }
    const isNothing = !this.isList && (this.listedCount === 0 || this.listed[0] === NULL)
    const count = isNothing ? 0 : this.listedCount
    for (let at = 0; at < count; at++) line.values.push(this.listed[at] as number)
    return !line.hasDots || line.dotActors.length === count
  }

  private writtenValue(): boolean {
    const { line } = this
    if (line.kind === CAS || this.isList) return false
    const value = this.listedCount === 0 ? NULL : (this.listed[0] as number)
    line.value = line.kind === DELETE ? NULL : value
    line.swap = UNSAID
    return true
  }
}
