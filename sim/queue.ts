/**
 * The event queue: the simulator's hot loop. Events leave it by time, and at one time in the order
 * they were scheduled.
 *
 * It is a hierarchical timing wheel (Varghese and Lauck, SOSP'87, scheme 7) with slots of one
 * microsecond at the bottom, so that nothing is ever compared or sorted. A slot of level k holds
 * the events of 1024^k micros that agree with the cursor in all higher bits of their time. When the
 * cursor gets there, the slot's list is dealt out to the level below in list order. That order is
 * the order of scheduling: an event can only be put straight into a lower level once the cursor is
 * inside the slot above, which is after that slot was dealt out. (A wheel whose windows slide with
 * the cursor would break this: a late arrival could be placed low while an earlier one still waits
 * above.)
 *
 * Links live in one Int32Array beside the event objects: no write barriers, and dealing a slot out
 * touches no object. Cancelling unlinks at once, so a timer that never fires costs nothing later
 * and memory follows the live events.
 */
import { assert } from '../core/assert.js'

/**
 * Valid from `schedule` until it is cancelled, or until the `pop` after the one that returned it;
 * then it is reused.
 */
export interface SimEvent {
  readonly atMicros: number
  /** Rises by one per scheduled event; never reused, so it tells two lives of one object apart. */
  readonly sequence: number
  readonly kind: number
  readonly target: number
  readonly payload: unknown
  /** A small number of the scheduler's own, beside the payload. */
  readonly note: number
}

class Entry implements SimEvent {
  atMicros = 0
  sequence = 0
  kind = 0
  target = 0
  payload: unknown = null
  note = 0
  /** Position of this entry's four links. */
  readonly link: number

  constructor(link: number) {
    this.link = link
  }
}

const levelBits = 10
const slotsPerLevel = 1 << levelBits
const slotMask = slotsPerLevel - 1
const levels = 3
const spanMicros = 1 << (levelBits * levels)
/** All events beyond the wheel (2^30 micros, 18 minutes), unsorted. */
const farSlot = levels * slotsPerLevel

// One entry's links: next and previous in its slot's circular list, time in the wheel, slot.
const previous = 1
const time = 2
const slotOf = 3
const stride = 4
const nowhere = -1

const isFarTime = (atMicros: number, offset: number): boolean =>
  offset >= spanMicros && Number.isSafeInteger(atMicros)

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)

export class EventQueue {
  #links = new Int32Array(stride * 1024)
  readonly #entries: Entry[] = []
  readonly #free: Entry[] = []
  /** slot -> first entry's link, or nowhere. */
  readonly #heads = new Int32Array(farSlot + 1).fill(nowhere)
  /** One bit per slot that is not empty, and one bit per word that is not zero. */
  readonly #words = new Int32Array((farSlot >> 5) + 1)
  readonly #summaries = new Int32Array(levels + 1)
  /** The wheel covers [base, base + span). */
  #baseMicros = 0
  /** Time of the last event popped, less base. */
  #cursor = 0
  #sequence = 0
  #size = 0
  #popped: Entry | null = null

  /** Events that will still fire. */
  get size(): number {
    return this.#size
  }

  /**
   * `atMicros`: an integer, not before the last popped event. Drop the handle when the event fires.
   */
  schedule(
    atMicros: number,
    kind: number,
    target: number,
    payload: unknown,
    note: number = 0,
  ): SimEvent {
    const offset = atMicros - this.#baseMicros
    const near = (offset | 0) === offset && offset < spanMicros
    assert(offset >= this.#cursor, 'an event is scheduled in the past')
    assert(near || isFarTime(atMicros, offset), 'an event is scheduled at no whole microsecond')
    const entry = this.#free.pop() ?? this.#grow()
    entry.atMicros = atMicros
    entry.sequence = this.#sequence++
    entry.kind = kind
    entry.target = target
    entry.payload = payload
    entry.note = note
    this.#size++
    if (near) {
      this.#links[entry.link + time] = offset
      this.#place(entry.link, offset)
    } else {
      this.#append(entry.link, farSlot)
    }
    return entry
  }

  /**
   * Takes an event out; false if it is not in the queue any more. A fired event's object is soon
   * another event: whoever may keep a handle that long gives the sequence number it had.
   */
  cancel(event: SimEvent, sequence: number = event.sequence): boolean {
    const entry = event as Entry
    if (entry.sequence !== sequence || this.#links[entry.link + slotOf] === nowhere) return false
    this.#unlink(entry.link)
    this.#recycle(entry)
    return true
  }

  /**
   * The next event, or null when there is none. Its fields may be read until the next `pop`, which
   * recycles it.
   */
  pop(): SimEvent | null {
    if (this.#popped !== null) {
      this.#free.push(this.#popped)
      this.#popped.payload = null
      this.#popped = null
    }
    if (this.#size === 0) return null
    while (this.#summaries[0] === 0) {
      const single = this.#advance()
      if (single !== nowhere) return this.#take(single)
    }
    return this.#take(this.#heads[this.#firstSlot(0)]!)
  }

  #take(link: number): SimEvent {
    const entry = this.#entries[link >> 2]!
    this.#unlink(link)
    this.#cursor = this.#links[link + time]!
    this.#size--
    this.#popped = entry
    return entry
  }

  #recycle(entry: Entry): void {
    entry.payload = null
    this.#size--
    this.#free.push(entry)
  }

  /**
   * Moves the cursor to the next slot above the bottom and deals it out. A lone event is returned
   * instead.
   */
  #advance(): number {
    const level = this.#summaries[1] !== 0 ? 1 : this.#summaries[2] !== 0 ? 2 : 3
    if (level === levels) {
      this.#advanceFar()
      return nowhere
    }
    const slot = this.#firstSlot(level)
    const head = this.#heads[slot]!
    if (this.#links[head] === head) return head
    const shift = level * levelBits
    this.#cursor = (this.#links[head + time]! >> shift) << shift
    this.#deal(slot, head)
    return nowhere
  }

  #deal(slot: number, head: number): void {
    const links = this.#links
    this.#clear(slot)
    let link = head
    do {
      const next = links[link]!
      this.#place(link, links[link + time]!)
      link = next
    } while (link !== head)
  }

  /**
   * The wheel is empty: turn it to the span of the earliest far event, and deal out the far events
   * of that span.
   */
  #advanceFar(): void {
    const links = this.#links
    const head = this.#heads[farSlot]!
    let earliest = Infinity
    let link = head
    do {
      earliest = Math.min(earliest, this.#entries[link >> 2]!.atMicros)
      link = links[link]!
    } while (link !== head)
    this.#baseMicros = Math.floor(earliest / spanMicros) * spanMicros
    this.#cursor = 0
    this.#clear(farSlot)
    do {
      const next = links[link]!
      const offset = this.#entries[link >> 2]!.atMicros - this.#baseMicros
      if (offset < spanMicros) {
        links[link + time] = offset
        this.#place(link, offset)
      } else {
        this.#append(link, farSlot)
      }
      link = next
    } while (link !== head)
  }

  #place(link: number, offset: number): void {
    const different = offset ^ this.#cursor
    if (different < slotsPerLevel) {
      this.#append(link, offset & slotMask)
    } else if (different < 1 << (2 * levelBits)) {
      this.#append(link, slotsPerLevel + ((offset >> levelBits) & slotMask))
    } else {
      this.#append(link, 2 * slotsPerLevel + (offset >> (2 * levelBits)))
    }
  }

  #append(link: number, slot: number): void {
    const links = this.#links
    const head = this.#heads[slot]!
    links[link + slotOf] = slot
    if (head === nowhere) {
      links[link] = link
      links[link + previous] = link
      this.#heads[slot] = link
      this.#words[slot >> 5]! |= 1 << (slot & 31)
      this.#summaries[slot >> levelBits]! |= 1 << ((slot >> 5) & 31)
    } else {
      const tail = links[head + previous]!
      links[link] = head
      links[link + previous] = tail
      links[tail] = link
      links[head + previous] = link
    }
  }

  #unlink(link: number): void {
    const links = this.#links
    const slot = links[link + slotOf]!
    const next = links[link]!
    links[link + slotOf] = nowhere
    if (next === link) {
      this.#clear(slot)
      return
    }
    const before = links[link + previous]!
    links[before] = next
    links[next + previous] = before
    if (this.#heads[slot] === link) this.#heads[slot] = next
  }

  #clear(slot: number): void {
    const word = slot >> 5
    this.#heads[slot] = nowhere
    const bits = this.#words[word]! & ~(1 << (slot & 31))
    this.#words[word] = bits
    if (bits === 0) this.#summaries[slot >> levelBits]! &= ~(1 << (word & 31))
  }

  /** Bits below the cursor are never set, so the lowest one is the next slot. */
  #firstSlot(level: number): number {
    const word = (level << 5) + lowestBit(this.#summaries[level]!)
    return (word << 5) + lowestBit(this.#words[word]!)
  }

  #grow(): Entry {
    const link = this.#entries.length * stride
    if (link === this.#links.length) {
      const larger = new Int32Array(2 * link)
      larger.set(this.#links)
      this.#links = larger
    }
    this.#links[link + slotOf] = nowhere
    const entry = new Entry(link)
    this.#entries.push(entry)
    return entry
  }
}
