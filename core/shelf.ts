/**
 * The keys of one node, by id. Those in use are objects, as the protocol works with them; the
 * others, once there are many, are each a single string: the bytes that the log would write. A
 * state of one small value is thirteen objects, five times as large as what it says, and a million
 * of them are what the collector has to walk through.
 *
 *   id -> entry            in use: the `mostInUse` that were asked for or put last, about
 *   id -> persist | partition | state, a character a byte
 *
 * Nobody sees the difference. An entry that was packed comes back as another object that says the
 * same, and one that is written anew is the same object that says something else: what an entry
 * says, and which one it is, means something within one step only.
 */
import { partitionedRef } from './ring/hash.js'
import type { KeyRef, KeyState } from './types.js'
import { stateBytes } from './version/siblings.js'
import { ByteReader, ByteWriter } from './wire/bytes.js'
import { Names } from './wire/names.js'
import { readState, writeState } from './wire/part.js'
import { asciiText } from './wire/text.js'

export interface Entry {
  readonly key: KeyRef
  readonly state: KeyState
  /** Number of the persist that wrote it; 0: recovered. */
  readonly persist: number
}

/** Of a large value the objects around it are a small part, and copying it is a large one. */
const mostPackedBytes = 2_048

/** Sixty megabytes of small values, at the most. */
export const usualInUse = 131_072

const [fewestNear, mostNear] = [16, 4_096]
const nobody = (count: number): (Entry | null)[] => Array.from({ length: count }, () => null)

export class Shelf {
  readonly #mostInUse: number
  readonly #entries = new Map<string, Entry | string>()
  /**
   * By the hash of its key, what was found or put last: most looks need no map, which is several
   * places in memory. As many as there are keys, about. Never what is packed or gone.
   */
  #near = nobody(fewestNear)
  /** Ids of what is in use, in the order in which they came to be; some may be gone since. */
  #queue: string[] = []
  #head = 0
  #packed = 0
  #hasPacked = false
  /** Made when it is first used: a simulation has thousands of nodes with few keys each. */
  #press: Press | null = null

  constructor(mostInUse = usualInUse) {
    this.#mostInUse = mostInUse
  }

  get size(): number {
    return this.#entries.size
  }

  /** Those that are strings now; for tests, and for people. */
  get packed(): number {
    return this.#packed
  }

  /** As `get`. */
  find(key: KeyRef): Entry | null {
    const place = key.hash & (this.#near.length - 1)
    const near = this.#near[place] as Entry | null
    if (near !== null && (near.key === key || near.key.id === key.id)) return near
    const entry = this.get(key.id)
    if (entry !== null) this.#near[place] = entry
    return entry
  }

  get(id: string): Entry | null {
    const held = this.#entries.get(id)
    if (held === undefined) return null
    if (typeof held !== 'string') return held
    const entry = this.#unpacked(id, held)
    this.#entries.set(id, entry)
    this.#packed--
    this.#inUse(id)
    return entry
  }

  /** For a look that will not be followed by others soon. */
  peek(id: string): Entry | null {
    const held = this.#entries.get(id)
    if (held === undefined) return null
    return typeof held === 'string' ? this.#unpacked(id, held) : held
  }

  set(entry: Entry): void {
    const { id } = entry.key
    const { size } = this.#entries
    const wasPacked = this.#packed > 0 && typeof this.#entries.get(id) === 'string'
    this.#entries.set(id, entry)
    if (this.#entries.size > this.#near.length && this.#near.length < mostNear) {
      this.#near = nobody(2 * this.#near.length)
    }
    this.#near[entry.key.hash & (this.#near.length - 1)] = entry
    if (wasPacked) this.#packed--
    if (wasPacked || this.#entries.size > size) this.#inUse(id)
  }

  /**
   * As `set`, of an entry that `get` has given within this step: it is written anew in its place,
   * and not looked up again. Not where entries are packed: it may have been, since.
   */
  replace(held: Entry, state: KeyState, persist: number): void {
    if (this.#hasPacked) {
      this.set({ key: held.key, state, persist })
      return
    }
    const own = held as { state: KeyState; persist: number }
    own.state = state
    own.persist = persist
  }

  delete(key: KeyRef): void {
    const { id } = key
    if (this.#packed > 0 && typeof this.#entries.get(id) === 'string') this.#packed--
    this.#entries.delete(id)
    this.#forget(key)
  }

  #forget({ id, hash }: KeyRef): void {
    const place = hash & (this.#near.length - 1)
    if (this.#near[place]?.key.id === id) this.#near[place] = null
  }

  /** In no order that means anything; it may change while it is read. */
  *values(): Generator<Entry> {
    for (const [id, held] of this.#entries) {
      yield typeof held === 'string' ? this.#unpacked(id, held) : held
    }
  }

  /** Which keys there are, and of which partition: nothing is unpacked for it. */
  eachPlace(visit: (id: string, partition: number) => void): void {
    for (const [id, held] of this.#entries) {
      if (typeof held !== 'string') visit(id, held.key.partition)
      else visit(id, (this.#press as Press).partitionOf(held))
    }
  }

  #inUse(id: string): void {
    this.#queue.push(id)
    while (this.#queue.length - this.#head > this.#mostInUse) {
      this.#pack(this.#queue[this.#head++] as string)
    }
    if (this.#head * 2 <= this.#queue.length || this.#head < 1_024) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }

  #pack(id: string): void {
    const held = this.#entries.get(id)
    if (held === undefined || typeof held === 'string') return
    if (stateBytes(held.state) > mostPackedBytes) return
    this.#press ??= new Press()
    const packed = this.#press.packed(held)
    if (packed === null) return
    this.#entries.set(id, packed)
    this.#forget(held.key)
    this.#packed++
    this.#hasPacked = true
  }

  #unpacked(id: string, packed: string): Entry {
    return (this.#press as Press).unpacked(id, packed)
  }
}

/** Makes strings of entries, and entries of strings. */
class Press {
  readonly #names = new Names()
  readonly #writer = new ByteWriter(mostPackedBytes)
  readonly #bytes = new Uint8Array(2 * mostPackedBytes)

  /** Null: too large. */
  packed({ persist, key, state }: Entry): string | null {
    const writer = this.#writer
    writer.clear()
    writer.uint(persist)
    writer.uint(key.partition)
    writeState(writer, state)
    const bytes = writer.view(0)
    // Outside of ASCII text takes up to three times what `stateBytes` has counted.
    if (bytes.length > this.#bytes.length) return null
    // Whatever the bytes are: a character each.
    return asciiText(bytes, 0, bytes.length)
  }

  unpacked(id: string, packed: string): Entry {
    const reader = this.#reader(packed, packed.length)
    const persist = reader.uint()
    const key = partitionedRef(id, reader.uint())
    return { key, state: readState(reader), persist }
  }

  /** What stands in front of the state is two numbers long. */
  partitionOf(packed: string): number {
    const reader = this.#reader(packed, Math.min(packed.length, 16))
    reader.uint()
    return reader.uint()
  }

  #reader(packed: string, length: number): ByteReader {
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) bytes[i] = packed.charCodeAt(i)
    return new ByteReader(bytes, 0, length, this.#names)
  }
}
