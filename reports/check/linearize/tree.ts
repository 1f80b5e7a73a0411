/**
 * The texts that reads of one key returned, cut into the pieces that put and append wrote: a tree
 * of versions, each its parent's text with one piece more. Needs pieces of which none begins
 * another; then a text can be cut in one way only.
 */
import { APPEND, NEVER, READ, WRITE } from '../history.js'
import type { History } from '../history.js'

/** One version. Node 0 is the empty text. */
export interface Node {
  readonly parent: number
  /** The last piece. */
  readonly text: string
  /** Problem indices that may have added it. */
  readonly writers: readonly number[]
  /** A read that shows it. */
  readonly witness: number
  /** Whoever added it began before this line: the first end of a read that shows it. */
  seenBy: number
  /**
   * Whoever added it ended after this line: the last start of a read of an earlier version of the
   * chain.
   */
  notBefore: number
}

export interface Tree {
  readonly nodes: readonly Node[]
  /** Problem index of a read -> its node. */
  readonly read: Int32Array
}

/** Reads that contradict each other before any question of time; `indices` are of the problem. */
export interface TreeConflict {
  readonly kind: 'unknown_text' | 'forked' | 'put_inside' | 'repeated'
  readonly text: string
  readonly indices: readonly number[]
}

/** null: the texts cannot be cut in one way only. */
export const growTree = (
  history: History,
  operations: readonly number[],
): Tree | TreeConflict | null => {
  const writers = writersOf(history, operations)
  return writers === null ? null : new Grower(history, operations, writers).grow()
}

interface Writers {
  readonly puts: readonly number[]
  readonly appends: readonly number[]
}

const none: Writers = { puts: [], appends: [] }

/**
 * Piece -> who wrote it; null if pieces are empty, begin one another, or were put twice, or put and
 * appended, for an append may begin a text too (two versions of one text).
 */
const writersOf = (
  history: History,
  operations: readonly number[],
): ReadonlyMap<string, Writers> | null => {
  const writers = new Map<string, { puts: number[]; appends: number[] }>()
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index] as number
    const kind = history.kind[operation]
    if (kind === READ) continue
    const text = textOf(history, operation)
    const known = writers.get(text) ?? { puts: [], appends: [] }
    writers.set(text, known)
    if (kind === APPEND) known.appends.push(index)
    if (kind === WRITE) known.puts.push(index)
    const begins = known.puts.length + (known.appends.length > 0 ? 1 : 0)
    if (text === '' || (known.puts.length > 0 && begins > 1)) return null
  }
  const texts = [...writers.keys()].sort((a, b) => (a < b ? -1 : 1))
  const nested = texts.some((text, at) => at > 0 && text.startsWith(texts[at - 1] as string))
  return nested ? null : writers
}

class Grower {
  private readonly history: History
  private readonly operations: readonly number[]
  private readonly writers: ReadonlyMap<string, Writers>
  private readonly lengths: readonly number[]
  private readonly nodes: Node[] = []
  private readonly read: Int32Array
  private readonly known = new Map<string, number>([['', 0]])
  /** Node -> the one that continues it. Roots continue node 0, as many as there are. */
  private readonly next: number[] = [0]
  private readonly roots = new Map<string, number>()

  constructor(
    history: History,
    operations: readonly number[],
    writers: ReadonlyMap<string, Writers>,
  ) {
    this.history = history
    this.operations = operations
    this.writers = writers
    this.lengths = [...new Set([...writers.keys()].map((text) => text.length))]
    this.read = new Int32Array(operations.length)
    this.nodes.push({ parent: 0, text: '', writers: [], witness: -1, seenBy: NEVER, notBefore: -1 })
  }

  grow(): Tree | TreeConflict {
    for (let index = 0; index < this.operations.length; index++) {
      const operation = this.operations[index] as number
      if (this.history.kind[operation] !== READ) continue
      const text = textOf(this.history, operation)
      const conflict = this.known.has(text) ? null : this.cut(text, index)
      if (conflict !== null) return conflict
      this.read[index] = this.known.get(text) as number
    }
    this.bound()
    return { nodes: this.nodes, read: this.read }
  }

  private cut(text: string, read: number): TreeConflict | null {
    let node = 0
    for (let at = 0; at < text.length;) {
      const piece = this.pieceAt(text, at)
      if (piece === null) return { kind: 'unknown_text', text: text.slice(at), indices: [read] }
      const child = this.child(node, piece, read)
      if (typeof child !== 'number') return child
      node = child
      at += piece.length
    }
    this.known.set(text, node)
    return null
  }

  private pieceAt(text: string, at: number): string | null {
    for (const length of this.lengths) {
      const piece = text.slice(at, at + length)
      if (this.writers.has(piece)) return piece
    }
    return null
  }

  private child(parent: number, text: string, witness: number): number | TreeConflict {
    const known = parent === 0 ? this.roots.get(text) : this.next[parent]
    if (known !== undefined && known !== 0) {
      const other = this.nodes[known] as Node
      if (other.text === text) return known
      return { kind: 'forked', text, indices: [other.witness, witness] }
    }
    const { puts, appends } = this.writers.get(text) ?? none
    const writers = parent === 0 ? [...puts, ...appends] : appends
    if (writers.length === 0) return { kind: 'put_inside', text, indices: [...puts, witness] }
    const id = this.nodes.length
    this.nodes.push({ parent, text, writers, witness, seenBy: NEVER, notBefore: -1 })
    this.next[id] = 0
    if (parent === 0) this.roots.set(text, id)
    else this.next[parent] = id
    return id
  }

  /** Parents come before their children in `nodes`. */
  private bound(): void {
    const { start, end } = this.history
    const lastStart = new Int32Array(this.nodes.length).fill(-1)
    this.operations.forEach((operation, index) => {
      if (this.history.kind[operation] !== READ) return
      const id = this.read[index] as number
      const node = this.nodes[id] as Node
      node.seenBy = Math.min(node.seenBy, end[operation] as number)
      lastStart[id] = Math.max(lastStart[id] as number, start[operation] as number)
    })
    for (let id = this.nodes.length - 1; id > 0; id--) {
      const node = this.nodes[id] as Node
      const parent = this.nodes[node.parent] as Node
      parent.seenBy = Math.min(parent.seenBy, node.seenBy)
    }
    for (let id = 1; id < this.nodes.length; id++) {
      const node = this.nodes[id] as Node
      // A put may follow anything; only what it begins is bound to come after it.
      if (node.parent === 0) continue
      const parent = this.nodes[node.parent] as Node
      node.notBefore = Math.max(parent.notBefore, lastStart[node.parent] as number)
    }
  }
}

export const textOf = (history: History, operation: number): string => {
  const value = history.values[history.value[operation] as number]
  return value === null || value === undefined ? '' : String(value)
}
