/** Conflicts in words. */
import { READ } from '../history.js'
import type { History } from '../history.js'
import { begun, endText, operationText, outcomeValue, startText, wasOver, who } from '../words.js'
import type { Conflict } from './chain.js'
import type { Cut } from './justintime.js'
import type { Problem } from './problem.js'
import { isCrashed, proofOf } from './proof.js'
import type { TreeConflict } from './tree.js'

/** The operations a reader must see, as history operations, by start. */
export const operationsOf = (
  history: History,
  problem: Problem,
  conflict: Conflict,
): readonly number[] => {
  const shown = new Set<number>(indicesOf(conflict))
  for (const index of [...shown])
    for (const witness of proofOf(history, problem, index)) shown.add(witness)
  // Who wrote what was seen belongs to the story.
  for (const index of [...shown]) {
    const state = (problem.leaves[index] as number) < 0 ? (problem.wants[index] as number) : -1
    const producer = state < 0 ? -1 : problem.leaves.indexOf(state)
    if (producer >= 0) shown.add(producer)
  }
  return [...shown].sort((a, b) => a - b).map((index) => problem.operation[index] as number)
}

const indicesOf = (conflict: Conflict): readonly number[] => {
  switch (conflict.kind) {
    case 'unwritten':
      return [conflict.read]
    case 'forked':
      return [conflict.one, conflict.other]
    case 'circular':
      return conflict.operations
    case 'inverted':
      return [conflict.earlier, conflict.later]
    case 'returned':
      return [conflict.first, conflict.betweenStart, conflict.betweenEnd, conflict.again].filter(
        (index) => index >= 0,
      )
  }
}

export const explainConflict = (history: History, problem: Problem, conflict: Conflict): string => {
  const name = (index: number): string => operationText(history, problem.operation[index] as number)
  const ended = (index: number): string => endText(history, problem.operation[index] as number)
  switch (conflict.kind) {
    case 'unwritten':
      return isCrashed(history, problem, conflict.read)
        ? `${over(history, problem, conflict.read)} and builds on ${name(conflict.read)}, ` +
            'which needs a value that nobody had written by then.'
        : `${name(conflict.read)} ended at ${ended(conflict.read)}, but nobody had written that.`
    case 'forked':
      return `${name(conflict.one)} and ${name(conflict.other)} both replaced the same value.`
    case 'circular':
      return conflict.operations.length === 1
        ? `${conflict.operations.map(name).join()} needs a value that nobody else had written.`
        : `${conflict.operations.map(name).join(', ')}: each needs another of them to come first.`
    case 'inverted':
      return explainInversion(history, problem, conflict)
    case 'returned':
      return explainReturn(history, problem, conflict)
  }
}

/** `later` builds on `earlier`, or replaced what it saw, but was over before that began. */
const explainInversion = (
  history: History,
  problem: Problem,
  { earlier, later }: Conflict & { readonly kind: 'inverted' },
): string => {
  const first = problem.operation[earlier] as number
  if (history.kind[first] !== READ) {
    return (
      `${over(history, problem, later)} and builds on ` +
      `${operationText(history, first)}, which began only at ${startText(history, first)}.`
    )
  }
  const last = operationText(history, problem.operation[later] as number)
  const seen = isCrashed(history, problem, later)
    ? `; ${over(history, problem, later)} and had seen that.`
    : `, which was over at ${endText(history, problem.operation[later] as number)}.`
  return `${begun(history, first)}, knows nothing of ${last}${seen}`
}

/** "c1's write of x7 was over at 1.2034 s", or who had seen by then what a crashed one left. */
const over = (history: History, problem: Problem, index: number): string => {
  const witness = proofOf(history, problem, index).at(-1) ?? index
  return wasOver(history, problem.operation[witness] as number)
}

const explainReturn = (
  history: History,
  problem: Problem,
  conflict: Conflict & { readonly kind: 'returned' },
): string => {
  const of = (index: number): number => problem.operation[index] as number
  const { first, betweenStart, betweenEnd, again } = conflict
  const before = first < 0 ? 'At first there was nothing' : over(history, problem, first)
  const between =
    betweenStart === betweenEnd && !isCrashed(history, problem, betweenEnd)
      ? `${operationText(history, of(betweenEnd))} ran from ` +
        `${startText(history, of(betweenEnd))} to ${endText(history, of(betweenEnd))}`
      : `${operationText(history, of(betweenStart))} began at ` +
        `${startText(history, of(betweenStart))} and ${over(history, problem, betweenEnd)}`
  const began = startText(history, of(again))
  const last =
    history.kind[of(again)] === READ
      ? `${who(history, of(again))}, who began to read at ${began}, ` +
        `still got ${outcomeValue(history, of(again))}`
      : `${operationText(history, of(again))}, which needs the older value, began at ${began}`
  return `${before}; after that ${between}; yet ${last}.`
}

export const explainTree = (history: History, problem: Problem, conflict: TreeConflict): string => {
  const names = conflict.indices.map((index) =>
    operationText(history, problem.operation[index] as number),
  )
  const piece = JSON.stringify(conflict.text.slice(0, 40))
  switch (conflict.kind) {
    case 'unknown_text':
      return `${names[0] as string} contains ${piece}, which nobody wrote.`
    case 'forked':
      return (
        `${names.join(' and ')} agree up to a point, then one of them goes on with ${piece}: ` +
        'text that was there is missing in the other.'
      )
    case 'put_inside':
      return (
        `${names.at(-1) as string} shows ${piece} after other text, but it was put, ` +
        'which replaces what was there.'
      )
    case 'repeated':
      return `${piece} was seen in more places than it was written: ${names.join(', ')}.`
  }
}

/** What a search found: the operations left after shrinking, none of which can be spared. */
export const explainCore = (
  history: History,
  problem: Problem,
  core: {
    /** Operations of the history. */
    readonly shown: readonly number[]
    /** Of the problem: the one whose end comes too soon. */
    readonly blocked: number
    readonly certainty: string | null
  },
): string => {
  const count = core.shown.length
  const start = core.certainty === null ? '' : `${core.certainty}. After that, `
  const last = over(history, problem, core.blocked)
  if (count === 1) return `${start}${last}, which nothing explains.`
  return `${start}${last}; no order of these ${String(count)} operations explains that.`
}

/**
 * "By line 57, whatever the order, the state had been that of process 4's write of 3": where a
 * window starts, and an operation that left it so. Had been, not is: one that was open then may
 * have followed already.
 */
export const explainCut = (
  history: History,
  problem: Problem,
  cut: Cut,
): { readonly text: string; readonly operation: number | null } => {
  let last = -1
  for (let index = 0; index < cut.next; index++) {
    const looked = (problem.leaves[index] as number) < 0
    const state = (looked ? problem.wants[index] : problem.leaves[index]) as number
    if (state === cut.state && !cut.pending.includes(index)) last = index
  }
  const line = `By line ${String(cut.line + 1)}, whatever the order, the state had been`
  if (problem.stepper !== null || last < 0) return { text: `${line} certain`, operation: null }
  const operation = problem.operation[last] as number
  return { text: `${line} that of ${operationText(history, operation)}`, operation }
}
