/** About how many bytes a message takes on the wire, without encoding it: what simulated bandwidth is charged for. */
import type { Message } from '../message.js'
import type { KeyRef } from '../types.js'
import { stateBytes } from '../version/siblings.js'

const headerBytes = 32

const keyBytes = (key: KeyRef): number => 8 + key.id.length

export function messageBytes(message: Message): number {
  switch (message.kind) {
    case 'replicate':
    case 'repair':
      return headerBytes + keyBytes(message.key) + stateBytes(message.state)
    case 'read':
      return headerBytes + keyBytes(message.key)
    case 'read_ok':
      return headerBytes + (message.state === null ? 1 : stateBytes(message.state))
    case 'forward': {
      const { operation } = message
      const value = operation.kind === 'put' ? (operation.value?.length ?? 0) : 0
      return headerBytes + 32 + operation.key.length + value
    }
    case 'forward_ok':
      return headerBytes + 64
    case 'handoff': {
      let bytes = headerBytes
      for (const item of message.items) bytes += keyBytes(item.key) + stateBytes(item.state)
      return bytes
    }
    default:
      return headerBytes
  }
}
