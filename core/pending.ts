/**
 * What is open, by rising numbers: requests, their timers. Most are closed in about the order in
 * which they were opened, so the stretch between the oldest open one and the newest is short, and a
 * ring of its length serves as the map: no hashing, and nothing to clean up after what was deleted.
 */

const least = 64

export class Pending<Value extends object> {
  /** Number n is at n modulo the length, a power of two; null where nothing is open. */
  #slots: (Value | null)[] = emptySlots(least)
  /** Every open number is in [from, to). */
  #from = 0
  #to = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  get(number: number): Value | null {
    if (number < this.#from || number >= this.#to) return null
    return this.#slots[number & (this.#slots.length - 1)] as Value | null
  }

  /** `number`: a safe integer. Adds it, or replaces what is there. */
  set(number: number, value: Value): void {
    if (this.#size === 0) {
      this.#from = number
      this.#to = number
    }
    if (number >= this.#to || number < this.#from) this.#stretch(number)
    const index = number & (this.#slots.length - 1)
    if (this.#slots[index] === null) this.#size++
    this.#slots[index] = value
  }

  delete(number: number): void {
    if (this.get(number) === null) return
    this.#slots[number & (this.#slots.length - 1)] = null
    this.#size--
    const mask = this.#slots.length - 1
    while (this.#from < this.#to && this.#slots[this.#from & mask] === null) this.#from++
  }

  clear(): void {
    this.#slots = emptySlots(least)
    this.#from = 0
    this.#to = 0
    this.#size = 0
  }

  /** Oldest number first. */
  values(): readonly Value[] {
    return this.#inOrder().filter((value) => value !== null)
  }

  #inOrder(): (Value | null)[] {
    const values: (Value | null)[] = []
    for (let number = this.#from; number < this.#to; number++) values.push(this.get(number))
    return values
  }

  #stretch(number: number): void {
    const from = Math.min(this.#from, number)
    const to = Math.max(this.#to, number + 1)
    let length = this.#slots.length
    while (length < to - from) length *= 2
    if (length > this.#slots.length) {
      const open = this.#inOrder()
      this.#slots = emptySlots<Value>(length)
      for (let i = 0; i < open.length; i++) {
        this.#slots[(this.#from + i) & (length - 1)] = open[i] as Value | null
      }
    }
    this.#from = from
    this.#to = to
  }
}

function emptySlots<Value>(length: number): (Value | null)[] {
  const slots: (Value | null)[] = []
  for (let i = 0; i < length; i++) slots.push(null)
  return slots
}
