/** The verdicts of a made-up run, and the messages around its violation. */
import type { HistoryEvent } from '../../core/history.js'
import type { SyntheticOptions } from './synthetic-options.js'

interface Victims {
  readonly write: HistoryEvent
  readonly writeOk: HistoryEvent
  readonly read: HistoryEvent
  readonly readOk: HistoryEvent
}

const isEnd = (event: HistoryEvent, of: HistoryEvent): boolean =>
  event.process === of.process && event.index > of.index

/**
 * The first acknowledged write, and the first answered read of its key by somebody else after it.
 */
function victims(events: readonly HistoryEvent[]): Victims {
  for (const write of events) {
    if (write.type !== 'invoke' || write.f !== 'write') continue
    const writeOk = events
      .slice(write.index, write.index + 200)
      .find((event) => isEnd(event, write))
    if (writeOk?.type !== 'ok') continue
    const read = events
      .slice(writeOk.index, writeOk.index + 400)
      .find((event) => event.f === 'read' && event.type === 'invoke' && event.key === write.key)
    if (read === undefined || read.process === write.process) continue
    const readOk = events.slice(read.index, read.index + 200).find((event) => isEnd(event, read))
    if (readOk?.type === 'ok') return { write, writeOk, read, readOk }
  }
  throw new Error('the made-up history holds no write that is read afterwards')
}

const micros = (event: HistoryEvent): number => event.time / 1000

function counterexample({ write, writeOk, read, readOk }: Victims): object {
  return {
    key: write.key,
    fromMicros: micros(write),
    toMicros: micros(readOk),
    explanation:
      `${String(read.session)} read ${JSON.stringify(readOk.value)} although ` +
      `${String(write.session)}'s write of ${JSON.stringify(write.value)} had been acknowledged ` +
      `${((micros(read) - micros(writeOk)) / 1000).toFixed(1)} ms before the read began.`,
    events: [write, writeOk, read, readOk].map((event) => event.index),
  }
}

const visibility = Array.from({ length: 60 }, (_, index) => {
  const tMicros = Math.round(50 * 1.2 ** index)
  const probability = 1 - 0.08 * Math.exp(-tMicros / 9000)
  const low = Math.max(0, probability - 0.012)
  return { tMicros, reads: 300, probability, low, high: Math.min(1, probability + 0.006) }
})

export function verdictFile(options: SyntheticOptions, events: readonly HistoryEvent[]): object {
  const ok = { verdict: 'ok', expected: 'ok', met: true, counterexamples: [] }
  const checks: object[] = [
    {
      ...ok,
      check: 'durability',
      summary: 'all 5,812 acknowledged writes are in the final state',
      figures: { acknowledged: 5812, lost: 0 },
    },
    {
      ...ok,
      check: 'convergence',
      summary: 'replicas were equal 400 ms after the heal',
      figures: { keys: 100 },
    },
    {
      ...ok,
      check: 'availability',
      summary: '99.4% of operations answered',
      figures: { answered: 0.994 },
    },
    {
      ...ok,
      check: 'staleness',
      expected: null,
      met: null,
      summary: '0.6% of reads were stale, none by more than 3 versions',
      figures: { reads: 14000, staleReads: 84, t99Micros: 18_400, t999Micros: 39_100 },
      series: {
        k: [
          { k: 0, reads: 13_916 },
          { k: 1, reads: 61 },
          { k: 2, reads: 17 },
          { k: 3, reads: 6 },
        ],
        visibility,
      },
    },
    {
      ...ok,
      check: 'monotonic_reads',
      verdict: 'unknown',
      expected: null,
      met: null,
      summary: 'not decided within 2 s',
      figures: {},
    },
  ]
  if (options.violation) {
    checks.unshift({
      check: 'linearizable',
      verdict: 'violation',
      expected: 'violation',
      met: true,
      summary: 'a read returned an older value than one already acknowledged (3 keys of 100)',
      figures: { keys: 100, violations: 3 },
      counterexamples: [counterexample(victims(events))],
    })
  }
  return { verdict: 'ok', checks }
}

interface Hop {
  readonly at: number
  readonly delivered: number | null
  readonly fate: string
  readonly from: string
  readonly to: string
  readonly kind: string
}

/** W=1: one replica answers at once, the copy to another is lost, and the read asks that one. */
function hops({ write, writeOk, read, readOk }: Victims): Hop[] {
  const [w0, w1, r0, r1] = [micros(write), micros(writeOk), micros(read), micros(readOk)]
  const writer = String(write.session)
  const reader = String(read.session)
  const arrives = (at: number, after: number, from: string, to: string, kind: string): Hop => {
    return { at, delivered: at + after, fate: 'delivered', from, to, kind }
  }
  const vanishes = (at: number, fate: string, from: string, to: string, kind: string): Hop => {
    return { at, delivered: null, fate, from, to, kind }
  }
  return [
    arrives(w0, 250, writer, 'n1', 'put'),
    arrives(w0 + 300, 400, 'n1', 'n2', 'replicate'),
    vanishes(w0 + 310, 'lost', 'n1', 'n3', 'replicate'),
    vanishes(w0 + 320, 'cut', 'n1', 'n4', 'replicate'),
    arrives(w0 + 750, 260, 'n2', 'n1', 'replicate_ok'),
    arrives(w1 - 150, 150, 'n1', writer, 'put_ok'),
    arrives(r0, 210, reader, 'n3', 'get'),
    arrives(r0 + 230, 350, 'n3', 'n4', 'read'),
    vanishes(r0 + 235, 'down', 'n3', 'n5', 'read'),
    arrives(r0 + 600, 280, 'n4', 'n3', 'read_ok'),
    arrives(r1 - 140, 140, 'n3', reader, 'get_ok'),
  ]
}

export function messagesAround(events: readonly HistoryEvent[]): string {
  const found = victims(events)
  const lines = hops(found).map((hop) => ({
    sentMicros: Math.round(hop.at),
    deliveredMicros: hop.delivered === null ? null : Math.round(hop.delivered),
    fate: hop.fate,
    from: hop.from,
    to: hop.to,
    kind: hop.kind,
    key: found.write.key,
    request: 17,
    opId: hop.at < micros(found.read) ? found.write.op : found.read.op,
    detail: `${hop.kind} of ${found.write.key}`,
  }))
  return lines.map((line) => JSON.stringify(line)).join('\n') + '\n'
}
