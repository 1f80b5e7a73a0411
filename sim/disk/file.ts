/**
 * One file of a simulated disk. What was written is kept as it was handed over, and encoded only
 * when a restart, a crash or a fault asks for bytes: a run without faults encodes nothing.
 */
import type { Content } from '../../core/log/file.js'
import { encodeContent } from '../../core/log/file.js'
import type { LogRecord } from '../../core/log/record.js'
import { ByteWriter } from '../../core/wire/bytes.js'

/** One record without a header, which is the rule, is kept without the lists around it. */
type Chunk = Content | LogRecord | Uint8Array

export class SimFile {
  #chunks: Chunk[] = []
  /** Of each chunk that is a record by itself its number in the log; 0 for the others. */
  #seqs: number[] = []
  /** How many chunks are on the disk, whatever happens. */
  #synced = 0
  /** How many a disk that lies has said are. */
  #claimed = 0
  /**
   * Places of chunks whose sync has failed. The system goes on showing them, as from its cache, and
   * takes them for clean; the disk has nothing of them.
   */
  readonly #failed = new Set<number>()

  /** Whether a power cut would leave it as it is. */
  get isSafe(): boolean {
    return this.#synced === this.#chunks.length && this.#failed.size === 0
  }

  write(content: Content | Uint8Array): void {
    const isLone =
      !(content instanceof Uint8Array) && content.header === null && content.records.length === 1
    this.#chunks.push(isLone ? (content.records[0] as LogRecord) : content)
    this.#seqs.push(isLone ? content.firstSeq : 0)
  }

  sync(): void {
    this.#synced = this.#chunks.length
  }

  claim(): void {
    this.#claimed = this.#chunks.length
  }

  /** A disk that has lied writes out what it has kept back. */
  flush(): void {
    this.#synced = Math.max(this.#synced, this.#claimed)
  }

  /** The sync of what is not synced has failed. */
  failSync(): void {
    for (let i = this.#synced; i < this.#chunks.length; i++) this.#failed.add(i)
  }

  bytes(): Uint8Array {
    return this.#encode(this.#chunks.length, false)
  }

  /** As the disk has it, and how much of that is safe. */
  onDisk(): { readonly bytes: Uint8Array; readonly safeBytes: number } {
    const safeBytes = this.#encode(this.#synced, false).length
    return { bytes: this.#encode(this.#chunks.length, true), safeBytes }
  }

  /** Other bytes in the place of these, with as much of them synced. */
  overwrite(bytes: Uint8Array): void {
    const { safeBytes } = this.onDisk()
    this.become(bytes.slice(0, safeBytes))
    if (safeBytes < bytes.length) this.write(bytes.slice(safeBytes))
  }

  /** What is on the disk from now on. */
  become(bytes: Uint8Array): void {
    this.#chunks = [bytes]
    this.#seqs = [0]
    this.#synced = 1
    this.#claimed = 0
    this.#failed.clear()
  }

  /** The first so many chunks; zeros, if asked for, where a sync has failed. */
  #encode(count: number, blanksFailed: boolean): Uint8Array {
    const writer = new ByteWriter()
    for (let i = 0; i < count; i++) {
      if (blanksFailed && this.#failed.has(i)) writer.raw(new Uint8Array(this.#one(i).length))
      else this.#write(writer, i)
    }
    return writer.finish()
  }

  #one(place: number): Uint8Array {
    const writer = new ByteWriter()
    this.#write(writer, place)
    return writer.finish()
  }

  #write(writer: ByteWriter, place: number): void {
    const chunk = this.#chunks[place] as Chunk
    if (chunk instanceof Uint8Array) writer.raw(chunk)
    else if ('header' in chunk) encodeContent(writer, chunk)
    else encodeContent(writer, { header: null, records: [chunk], firstSeq: this.#seqs[place]! })
  }
}
