/**
 * The files of a data folder, and what is done to them, as data. The simulated disk and the real
 * one only carry it out.
 *
 *   segment-0000000000000001.log      records from seq 1 on
 *   snapshot-0000000000004096.snap    all that was said up to seq 4096
 *   snapshot-0000000000008192.tmp     a snapshot that is being written
 *   damaged-7-segment-...             set aside by life 7, for people
 */
import type { NodeId } from '../types.js'
import type { ByteWriter } from '../wire/bytes.js'
import { encodeHeader, encodeRecord } from './codec.js'
import type { LogRecord } from './record.js'

/** What is written at the end of a file. A driver encodes it when it needs the bytes. */
export interface Content {
  /** Null: the file has its header already. */
  readonly header: { readonly nodeId: NodeId; readonly incarnation: number } | null
  readonly records: readonly LogRecord[]
  readonly firstSeq: number
}

export type FileOperation =
  /** An empty file; one of that name is emptied. */
  | { readonly kind: 'create'; readonly file: string }
  | { readonly kind: 'write'; readonly file: string; readonly content: Content }
  | { readonly kind: 'sync'; readonly file: string }
  /** Takes the place of any file called `to`. */
  | { readonly kind: 'rename'; readonly file: string; readonly to: string }
  | { readonly kind: 'remove'; readonly file: string }
  /** Makes names durable: those of files created, renamed, removed. */
  | { readonly kind: 'sync_directory' }

export function encodeContent(writer: ByteWriter, content: Content): void {
  const { header, records, firstSeq } = content
  if (header !== null) encodeHeader(writer, header)
  for (let i = 0; i < records.length; i++) {
    encodeRecord(writer, records[i] as LogRecord, firstSeq + i)
  }
}

const digits = 16
const numbered = (kind: string, seq: number, ending: string): string =>
  `${kind}-${String(seq).padStart(digits, '0')}.${ending}`

export const segmentName = (firstSeq: number): string => numbered('segment', firstSeq, 'log')
export const snapshotName = (upTo: number): string => numbered('snapshot', upTo, 'snap')
export const unfinishedName = (upTo: number): string => numbered('snapshot', upTo, 'tmp')
export const damagedName = (incarnation: number, file: string): string =>
  `damaged-${String(incarnation)}-${file}`

export interface LogFile {
  readonly kind: 'segment' | 'snapshot' | 'unfinished'
  readonly name: string
  readonly seq: number
}

const shape = /^(segment|snapshot)-(\d{16})\.(log|snap|tmp)$/

/** Null for files that are none of the log's. */
export function logFile(name: string): LogFile | null {
  const parts = shape.exec(name)
  if (parts === null) return null
  const [, , number, ending] = parts
  const seq = Number(number)
  if (segmentName(seq) === name) return { kind: 'segment', name, seq }
  if (snapshotName(seq) === name) return { kind: 'snapshot', name, seq }
  return ending === 'tmp' ? { kind: 'unfinished', name, seq } : null
}
