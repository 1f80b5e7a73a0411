/**
 * One file of a simulated disk. What was written is kept as it was handed over, and encoded only
 * when a restart, a crash or a fault asks for bytes: a run without faults encodes nothing.
 */
import type { Content } from '../../core/log/file.js'
import { encodeContent } from '../../core/log/file.js'
import { ByteWriter } from '../../core/wire/bytes.js'

type Chunk = Content | Uint8Array

export class SimFile {
  #chunks: Chunk[] = []
  /** How many chunks are on the disk, whatever happens. */
  #synced = 0
  /** How many a disk that lies has said are. */
  #claimed = 0
  /**
   * Chunks whose sync has failed. The system goes on showing them, as from its cache, and takes
   * them for clean; the disk has nothing of them.
   */
  readonly #failed = new Set<Chunk>()

  /** Whether a power cut would leave it as it is. */
  get isSafe(): boolean {
    return this.#synced === this.#chunks.length && this.#failed.size === 0
  }

  write(content: Chunk): void {
    this.#chunks.push(content)
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
    for (const chunk of this.#chunks.slice(this.#synced)) this.#failed.add(chunk)
  }

  bytes(): Uint8Array {
    return encode(this.#chunks)
  }

  /** As the disk has it, and how much of that is safe. */
  onDisk(): { readonly bytes: Uint8Array; readonly safeBytes: number } {
    const safe = encode(this.#chunks.slice(0, this.#synced)).length
    if (this.#failed.size === 0) return { bytes: this.bytes(), safeBytes: safe }
    const chunks = this.#chunks.map((chunk) =>
      this.#failed.has(chunk) ? new Uint8Array(encode([chunk]).length) : chunk,
    )
    return { bytes: encode(chunks), safeBytes: safe }
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
    this.#synced = 1
    this.#claimed = 0
    this.#failed.clear()
  }
}

function encode(chunks: readonly Chunk[]): Uint8Array {
  const writer = new ByteWriter()
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) writer.raw(chunk)
    else encodeContent(writer, chunk)
  }
  return writer.finish()
}
