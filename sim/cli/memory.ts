/** A run that is kept in memory: its history goes straight into the columns that checkers read. */
import { HistoryBuilder } from '../../reports/check/build.js'
import type { RawEvent } from '../../reports/check/build.js'
import type { History } from '../../reports/check/history.js'
import { LineWriter } from '../line.js'
import { noSink } from '../sink.js'
import type { Sink } from '../sink.js'

export interface Memory {
  readonly sink: Sink
  /** Once, when the run is over. */
  readonly finish: () => History
}

export function inMemory(): Memory {
  const builder = new HistoryBuilder()
  const history = new LineWriter((bytes) => addLines(builder, bytes))
  const finish = (): History => {
    history.flush()
    return builder.finish('history')
  }
  return { sink: { ...noSink, history }, finish }
}

const decoder = new TextDecoder()

/** The writer hands on whole lines, in an array that it uses again. */
function addLines(builder: HistoryBuilder, bytes: Uint8Array): void {
  let from = 0
  for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
    if (!builder.addPlain(bytes, from, to)) {
      builder.add(JSON.parse(decoder.decode(bytes.subarray(from, to))) as RawEvent)
    }
    from = to + 1
  }
}
