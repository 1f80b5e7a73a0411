/** A node's side of what it and its supervisor say to each other, over the channel between them. */
import type { NodeLogPage, SupervisedNode, Supervision } from './door.js'

/** What a node wants of its supervisor. */
export type Wish =
  | { readonly kind: 'nodes' }
  | { readonly kind: 'act'; readonly node: string; readonly act: string }
  | {
      readonly kind: 'log'
      readonly node: string
      readonly after: number
      readonly limit: number
    }

export type FromNode =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'ask'; readonly number: number; readonly wish: Wish }

export interface ToNode {
  readonly kind: 'answer'
  /** Of the question. */
  readonly number: number
  /** Null: it is done. */
  readonly problem: string | null
  readonly nodes: readonly SupervisedNode[]
  /** Where a log was asked for. */
  readonly log: NodeLogPage | null
}

export function tell(message: FromNode): void {
  process.send?.(message)
}

/** Null: this process was started by no supervisor. */
export function supervisionOf(): Supervision | null {
  if (process.send === undefined) return null
  let last = 0
  const waiting = new Map<number, (answer: ToNode) => void>()
  process.on('message', (message: ToNode) => {
    waiting.get(message.number)?.(message)
    waiting.delete(message.number)
  })
  const ask = (wish: Wish): Promise<ToNode> =>
    new Promise((done, fail) => {
      const number = ++last
      waiting.set(number, (answer) => {
        if (answer.problem === null) done(answer)
        else fail(new Error(answer.problem))
      })
      tell({ kind: 'ask', number, wish })
    })
  return {
    nodes: async () => (await ask({ kind: 'nodes' })).nodes,
    act: async (node, act) => (await ask({ kind: 'act', node, act })).nodes,
    log: async (node, after, limit) => {
      const { log } = await ask({ kind: 'log', node, after, limit })
      return log ?? { lines: [], source: 'file' }
    },
  }
}
