/** Messages by number: which kind, for totals and the trace, and which class of latency. */
import type { Message, MessageKind } from '../core/index.js'
import type { Read, ReadOk, Replicate, ReplicateOk } from '../core/message.js'
import { messageKinds } from '../core/index.js'

const codeOfReplicate = messageKinds.indexOf('replicate')
export const codeOfAck = messageKinds.indexOf('replicate_ok')
const codeOfRead = messageKinds.indexOf('read')
const codeOfReadOk = messageKinds.indexOf('read_ok')

/** Place in `messageKinds`. The kinds of the common path first: this is asked twice a message. */
export function codeOf(kind: MessageKind): number {
  switch (kind) {
    case 'read':
      return codeOfRead
    case 'read_ok':
      return codeOfReadOk
    case 'replicate':
      return codeOfReplicate
    case 'replicate_ok':
      return codeOfAck
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

/**
 * What the trace is told of a message that arrives. The common kinds apart: each is of one shape,
 * and a field of what may be any kind is looked up by its name. By a name of its own in each case,
 * for the engine remembers shapes by variable.
 */
export function markOf(message: Message, code: number): number {
  const mark = code << 24
  switch (code) {
    case codeOfRead: {
      const read = message as Read
      return mark ^ read.request
    }
    case codeOfReadOk: {
      const answer = message as ReadOk
      return mark ^ answer.request
    }
    case codeOfReplicate: {
      const copy = message as Replicate
      return mark ^ copy.request
    }
    case codeOfAck: {
      const ack = message as ReplicateOk
      return mark ^ ack.request
    }
    default:
      return isNumberedKind[code] === true ? mark ^ (message as Numbered).request : code
  }
}
