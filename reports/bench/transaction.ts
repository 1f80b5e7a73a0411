/**
 * Transactions of `sim bench --type txn`, put together from their single operations: the history
 * says which belong together, and a version vector whether somebody else wrote in between.
 */
import type { HistoryEvent } from '../../core/history.js'
import { Histogram } from '../aggregate/histogram.js'
import { siblingCount } from '../aggregate/history.js'
import type { TransactionData } from './model.js'

interface Open {
  readonly begunNanos: number
  /** Operations that have ended. */
  ended: number
  written: number
  overlapped: boolean
  merged: boolean
}

export class TransactionMeter implements TransactionData {
  ok = 0
  fail = 0
  info = 0
  partial = 0
  overlapped = 0
  merged = 0
  readonly latency = new Histogram()
  readonly #operations: number
  readonly #open = new Map<string, Open>()

  /** @param keys how many each reads, and then writes */
  constructor(keys: number) {
    this.#operations = 2 * keys
  }

  /** `completion`: null where nobody knows the end. */
  add(invoke: HistoryEvent, completion: HistoryEvent | null): void {
    if (invoke.txn === undefined) return
    const open = this.#open.get(invoke.txn) ?? begin(invoke)
    this.#open.set(invoke.txn, open)
    open.ended++
    if (completion?.type === 'ok') {
      note(open, completion)
      if (open.ended < this.#operations) return
    }
    this.#open.delete(invoke.txn)
    this.#end(open, invoke, completion)
  }

  /** Those whose next operation was never begun: their program was ended. */
  close(): void {
    for (const open of this.#open.values()) {
      this.#tally(open)
      if (open.written > 0) this.#isPartial()
      else this.fail++
    }
    this.#open.clear()
  }

  #end(open: Open, { f }: HistoryEvent, completion: HistoryEvent | null): void {
    this.#tally(open)
    if (completion?.type === 'ok') {
      this.ok++
      this.latency.add(Math.max(0, Math.round((completion.time - open.begunNanos) / 1_000)))
    } else if (open.written > 0) this.#isPartial()
    else if (f === 'read' || completion?.type === 'fail') this.fail++
    else this.info++
  }

  #tally({ overlapped, merged }: Open): void {
    if (overlapped) this.overlapped++
    if (merged) this.merged++
  }

  #isPartial(): void {
    this.info++
    this.partial++
  }
}

const begin = ({ time }: HistoryEvent): Open => ({
  ...{ begunNanos: time, ended: 0, written: 0, overlapped: false, merged: false },
})

function note(open: Open, completion: HistoryEvent): void {
  if (completion.f === 'read') {
    if (siblingCount(completion) > 1) open.merged = true
    return
  }
  open.written++
  if (!isAlone(completion)) open.overlapped = true
}

/** The context of a write's answer covers the write, unless a sibling was left beside it. */
function isAlone({ dot, vv }: HistoryEvent): boolean {
  if (dot === undefined || vv === undefined) return true
  const at = dot.lastIndexOf('#')
  return (vv[dot.slice(0, at)] ?? 0) >= Number(dot.slice(at + 1))
}
