/**
 * Typed arrays that grow by doubling. A history of a million operations is held as columns of numbers (about
 * 150 bytes an operation) instead of objects (about 600), and the garbage collector has nothing to walk.
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
  readonly list: T[] = []

  of(name: T): number {
    const known = this.ids.get(name)
    if (known !== undefined) return known
    const id = this.list.length
    this.ids.set(name, id)
    this.list.push(name)
    return id
  }

  /** -1 if never seen. */
  find(name: T): number {
    return this.ids.get(name) ?? -1
  }
}
