/** Messages by number: which kind, for totals and the trace, and which class of latency. */
import type { MessageKind } from '../core/index.js'
import { messageKinds } from '../core/index.js'

/** Place in `messageKinds`. The kinds of the common path first: this is asked twice a message. */
export function codeOf(kind: MessageKind): number {
  switch (kind) {
    case 'read':
      return 6
    case 'read_ok':
      return 7
    case 'replicate':
      return 3
    case 'replicate_ok':
      return 4
    default:
      return messageKinds.indexOf(kind)
  }
}

/** Indices of `messageClasses`. */
export const classOfKind: readonly number[] = messageKinds.map((kind) => {
  if (kind === 'replicate') return 0
  if (kind === 'replicate_ok') return 1
  if (kind === 'read') return 2
  if (kind === 'read_ok') return 3
  return 4
})
