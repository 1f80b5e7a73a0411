/**
 * Typed arrays that grow by doubling. A history of a million operations is held as columns of
 * numbers (about 150 bytes an operation) instead of objects (about 600), and the garbage collector
 * has nothing to walk.
 */
export class IntegerColumn {
  private array: Int32Array
  length = 0

  constructor(capacity = 64) {
    this.array = new Int32Array(capacity)
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const wider = new Int32Array(this.length * 2)
      wider.set(this.array)
      this.array = wider
    }
    this.array[this.length++] = value
  }

  at(index: number): number {
    return this.array[index] as number
  }

  set(index: number, value: number): void {
    this.array[index] = value
  }

  /** A view of what was pushed; the column must not be pushed to afterwards. */
  finish(): Int32Array {
    return this.array.subarray(0, this.length)
  }
}

/** The same for numbers beyond 32 bits: times, and the counters of dots. */
export class NumberColumn {
  private array: Float64Array
  length = 0

  constructor(capacity = 64) {
    this.array = new Float64Array(capacity)
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const wider = new Float64Array(this.length * 2)
      wider.set(this.array)
      this.array = wider
    }
    this.array[this.length++] = value
  }

  set(index: number, value: number): void {
    this.array[index] = value
  }

  finish(): Float64Array {
    return this.array.subarray(0, this.length)
  }
}

/** Gives equal things one small integer, in order of first sight. */
export class Names<T> {
  private readonly ids = new Map<T, number>()
  /** How many of the list are in the map; -1 while there is no map. */
  private mapped = -1
  readonly list: T[] = []

  of(name: T): number {
    if (this.mapped < 0) this.mapped = 0
    for (; this.mapped < this.list.length; this.mapped++) {
      this.ids.set(this.list[this.mapped] as T, this.mapped)
    }
    const known = this.ids.get(name)
    return known ?? this.list.push(name) - 1
  }

  /**
   * For callers who remember what they have asked, and ask once: while nobody uses `of`, no map is
   * kept, and that is most of the cost of a million names.
   */
  ofNew(name: T): number {
    return this.mapped < 0 ? this.list.push(name) - 1 : this.of(name)
  }
}
