/** Messages by number: which kind, for totals and the trace, and which class of latency. */
import type { Message, MessageKind } from '../core/index.js'
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

type Numbered = Extract<Message, { readonly request: number }>

/** All others carry the number of a request. */
const unnumbered: Readonly<Record<Exclude<MessageKind, Numbered['kind']>, true>> = {
  repair: true,
  announce: true,
  gossip: true,
}
const isNumberedKind: readonly boolean[] = messageKinds.map((kind) => !(kind in unnumbered))

/** Whether it carries the number of a request: its kind tells, and no object is asked. */
export function isNumbered(message: Message, code: number): message is Numbered {
  return isNumberedKind[code] === true
}
