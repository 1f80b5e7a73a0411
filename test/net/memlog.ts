/** A log that keeps its records in memory and makes them durable a turn later, in order. */
import type { DurableState, LogRecord } from '../../core/index.js'
import { foldRecords } from '../../core/index.js'
import type { NodeLog, OpenedLog } from '../../net/node.js'

export class MemoryLog {
  readonly records: LogRecord[] = []
  opened = 0

  open(): Promise<OpenedLog> {
    this.opened++
    const recovered: DurableState | null =
      this.records.length === 0 ? null : foldRecords(this.records)
    let closed = false
    const log: NodeLog = {
      append: (records, done) => {
        setImmediate(() => {
          if (closed) return
          this.records.push(...records)
          done()
        })
      },
      snapshotFrom: () => undefined,
      close: () => {
        closed = true
        return Promise.resolve()
      },
    }
    return Promise.resolve({ recovered, damage: [], log })
  }
}
