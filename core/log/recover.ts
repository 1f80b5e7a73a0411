/**
 * Reading a segment after a crash (protocol.md section 10).
 *
 * A crash leaves a tail that was never acknowledged: it is cut. Anything else that cannot be read
 * was told to somebody once, and cutting there would lose in silence what lies behind it (WAL-5;
 * planted bug 32). What tells the two apart is whether a valid record follows. So a bad stretch is
 * searched to its end, offset by offset:
 *
 *   rec 1 | rec 2 | ///            torn: valid up to here, the rest is cut
 *   rec 1 | ///// | rec 3 | ...    corrupt: nothing is cut, the stretch is reported
 *
 * A flipped bit in the very last record looks like a torn tail and nothing can tell them apart.
 */
import type { FoundRecord, SegmentHeader } from './codec.js'
import { decodeHeader, decodeRecord, endOfRecord, leastRecordBytes, seqAt } from './codec.js'
import type { LogRecord } from './record.js'
import { Names } from '../wire/names.js'

export type { DurableState, Held } from './state.js'
export { Fold, foldRecords, snapshotRecords } from './state.js'

/**
 * Bytes `from` (inclusive) to `to` (exclusive) that are no records, though records are missing
 * there.
 */
export interface Damage {
  readonly from: number
  readonly to: number
  /** Last seq before the stretch, 0 if it is the first; and first one after it. */
  readonly afterSeq: number
  readonly beforeSeq: number
}

export interface RecoveredLog extends ScannedLog {
  /** Every valid record, in the order of seq; those after damage as well. */
  readonly records: readonly LogRecord[]
}

export interface ScannedLog {
  /** Null if it cannot be read. */
  readonly header: SegmentHeader | null
  /** Of the last record; 0 without records. */
  readonly lastSeq: number
  /** Length of the prefix without anything bad in it. */
  readonly validBytes: number
  readonly tail: 'clean' | 'torn' | 'corrupt'
  /** Not empty exactly if `tail` is `corrupt`. */
  readonly damage: readonly Damage[]
}

/** Of one segment, header included. Any bytes will do; it never throws. */
export function recoverLog(bytes: Uint8Array): RecoveredLog {
  const records: LogRecord[] = []
  const scanned = scanLog(bytes, (record) => records.push(record))
  return { ...scanned, records }
}

/** The same, each valid record handed on as soon as it is read. */
export function scanLog(
  bytes: Uint8Array,
  keep: (record: LogRecord, seq: number) => void,
): ScannedLog {
  const start = decodeHeader(bytes)
  const recovery = new Recovery(bytes, keep)
  recovery.run(start?.to ?? 0, start !== null)
  const { lastSeq, damage, end } = recovery
  const firstDamage = damage[0]
  const whole = start !== null && end === bytes.length
  return {
    header: start?.header ?? null,
    lastSeq,
    validBytes: firstDamage === undefined ? end : firstDamage.from,
    tail: firstDamage !== undefined ? 'corrupt' : whole ? 'clean' : 'torn',
    damage,
  }
}

/**
 * Hostile bytes may look like the start of a record at every offset; the search gives up after
 * reading this often.
 */
const mostReadings = 64

class Recovery {
  readonly damage: Damage[] = []
  lastSeq = 0
  /** Where the last valid record ends. */
  end = 0
  readonly #bytes: Uint8Array
  /** A node's keys share the names of its actors, and not a copy each. */
  readonly #names = new Names()
  readonly #visit: (record: LogRecord, seq: number) => void
  #bytesToRead: number

  constructor(bytes: Uint8Array, visit: (record: LogRecord, seq: number) => void) {
    this.#bytes = bytes
    this.#visit = visit
    this.#bytesToRead = mostReadings * (bytes.length + 1_024)
  }

  run(from: number, headed: boolean): void {
    this.end = from
    let found = headed ? this.#next(from) : null
    for (;;) {
      if (found === null) {
        if (headed && this.end === this.#bytes.length) return
        found = this.#resume(this.end)
        if (found === null) return
      }
      this.#keep(found)
      found = this.#next(found.to)
    }
  }

  /**
   * The record at `at`, if it is the one expected there. The first of a segment may have any seq.
   */
  #next(at: number): FoundRecord | null {
    const found = decodeRecord(this.#bytes, at, this.#names)
    if (found === null || found.seq === 0) return null
    return this.lastSeq === 0 || found.seq === this.lastSeq + 1 ? found : null
  }

  #keep(found: FoundRecord): void {
    this.#visit(found.record, found.seq)
    this.lastSeq = found.seq
    this.end = found.to
  }

  /**
   * The first valid record at or after a bad place, noted as damage; null: the rest is a torn tail.
   */
  #resume(from: number): FoundRecord | null {
    const last = this.#bytes.length - leastRecordBytes
    for (let at = from; at <= last; at++) {
      const to = endOfRecord(this.#bytes, at)
      if (to < 0 || !this.#canFollow(seqAt(this.#bytes, at), at - from)) continue
      this.#bytesToRead -= to - at
      if (this.#bytesToRead < 0) {
        // Too much of it looks like records to call it a torn write. Not cutting is the safe
        // answer.
        this.damage.push(this.#damage(from, this.#bytes.length, this.lastSeq + 1))
        return null
      }
      const found = decodeRecord(this.#bytes, at, this.#names)
      if (found === null) continue
      this.damage.push(this.#damage(from, at, found.seq))
      return found
    }
    return null
  }

  /**
   * Later than what came before, but not by more records than the bytes between have room for;
   * right behind it, by any.
   */
  #canFollow(seq: number, gapBytes: number): boolean {
    if (!Number.isSafeInteger(seq) || seq <= this.lastSeq) return false
    return (
      this.lastSeq === 0 || gapBytes === 0 || seq <= this.lastSeq + 1 + gapBytes / leastRecordBytes
    )
  }

  #damage(from: number, to: number, beforeSeq: number): Damage {
    return { from, to, afterSeq: this.lastSeq, beforeSeq }
  }
}
