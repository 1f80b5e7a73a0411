/**
 * Strings known by their bytes: the id of a string that was met before is found without making the
 * string.
 */
export class ByteNames {
  /** What a string that is new here is called; asked once per string. */
  private readonly name: (text: string) => number
  /** Slot -> entry + 1. */
  private table = new Int32Array(64)
  private readonly hashes: number[] = []
  private readonly ids: number[] = []
  private readonly from: number[] = []
  private pool = new Uint8Array(256)
  private used = 0

  constructor(name: (text: string) => number) {
    this.name = name
  }

  of(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    hash ^= hash >>> 15
    let slot = hash & (this.table.length - 1)
    for (;;) {
      const entry = (this.table[slot] as number) - 1
      if (entry < 0) return this.add(bytes, from, to, hash, slot)
      if (this.hashes[entry] === hash && this.isSame(entry, bytes, from, to)) {
        return this.ids[entry] as number
      }
      slot = (slot + 1) & (this.table.length - 1)
    }
  }

  private isSame(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.from[entry] as number
    const end = this.from[entry + 1] ?? this.used
    if (end - start !== to - from) return false
    for (let at = from; at < to; at++) if (bytes[at] !== this.pool[start + at - from]) return false
    return true
  }

  private add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const id = this.name(latin1(bytes, from, to))
    while (this.used + to - from > this.pool.length) {
      const wider = new Uint8Array(this.pool.length * 2)
      wider.set(this.pool)
      this.pool = wider
    }
    this.from.push(this.used)
    for (let at = from; at < to; at++) this.pool[this.used++] = bytes[at] as number
    this.hashes.push(hash)
    this.ids.push(id)
    this.table[slot] = this.ids.length
    if (this.ids.length * 2 > this.table.length) this.rehash()
    return id
  }

  private rehash(): void {
    this.table = new Int32Array(this.table.length * 4)
    for (let entry = 0; entry < this.hashes.length; entry++) {
      let slot = (this.hashes[entry] as number) & (this.table.length - 1)
      while (this.table[slot] !== 0) slot = (slot + 1) & (this.table.length - 1)
      this.table[slot] = entry + 1
    }
  }
}

/** Bytes below 128 as text. */
export const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
