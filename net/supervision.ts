/** A node's side of what it and its supervisor say to each other, over the channel between them. */
import type { SupervisedNode, Supervision } from './door.js'

export type FromNode =
  | { readonly kind: 'ready'; readonly url: string }
  /** `node` and `act` null: only how all of them are. */
  | {
      readonly kind: 'ask'
      readonly number: number
      readonly node: string | null
      readonly act: string | null
    }

export interface ToNode {
  readonly kind: 'answer'
  /** Of the question. */
  readonly number: number
  /** Null: it is done. */
  readonly problem: string | null
  readonly nodes: readonly SupervisedNode[]
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
  const ask = (node: string | null, act: string | null): Promise<readonly SupervisedNode[]> =>
    new Promise((done, fail) => {
      const number = ++last
      waiting.set(number, ({ problem, nodes }) => {
        if (problem === null) done(nodes)
        else fail(new Error(problem))
      })
      tell({ kind: 'ask', number, node, act })
    })
  return { nodes: () => ask(null, null), act: (node, act) => ask(node, act) }
}
