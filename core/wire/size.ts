/**
 * About how many bytes a message takes, without encoding it: what simulated bandwidth is charged
 * for.
 */
import { never } from '../assert.js'
import type { ClientRequest } from '../request.js'
import type { Message } from '../message.js'
import type { Outcome } from '../outcome.js'
import type { KeyRef, KeyState } from '../types.js'
import { stateBytes } from '../version/siblings.js'
import { reapBytes } from './reap.js'
import { memberBytes } from './member.js'
import { syncBytes } from './sync.js'

/** Format, kind, cluster, node, incarnation, epoch; and the numbers of a request and its answer. */
const headerBytes = 24
const askingBytes = 16
const answerBytes = 6

/** Text counts one byte a code unit. */
export function messageBytes(message: Message): number {
  switch (message.kind) {
    case 'replicate':
      return headerBytes + askingBytes + heldBytes(message.key, message.state)
    case 'replicate_ok':
    case 'handoff_ok':
    case 'forward_failed':
    case 'replicate_failed':
    case 'read_failed':
      return headerBytes + answerBytes
    case 'read':
      return headerBytes + askingBytes + keyBytes(message.key)
    case 'read_ok':
      return headerBytes + answerBytes + (message.state === null ? 2 : stateBytes(message.state))
    case 'repair':
      return headerBytes + heldBytes(message.key, message.state)
    case 'forward':
      return headerBytes + askingBytes + operationBytes(message.operation)
    case 'forward_ok':
      return headerBytes + answerBytes + outcomeBytes(message.outcome)
    case 'handoff': {
      let bytes = headerBytes + answerBytes
      for (const { key, state } of message.items) bytes += heldBytes(key, state)
      return bytes
    }
    case 'sync_roots':
    case 'sync_roots_ok':
    case 'sync_segments':
    case 'sync_segments_ok':
    case 'sync_keys':
    case 'sync_keys_ok':
    case 'sync_states':
    case 'sync_states_ok':
    case 'sync_wanted':
    case 'sync_wanted_ok':
      return headerBytes + syncBytes(message)
    case 'reap_check':
    case 'reap_check_ok':
    case 'reap_delete':
    case 'reap_delete_ok':
    case 'reap_epochs':
    case 'reap_epochs_ok':
    case 'vouch':
    case 'vouch_ok':
      return headerBytes + reapBytes(message)
    case 'announce':
    case 'ping':
    case 'ping_req':
    case 'ack':
    case 'nack':
    case 'gossip':
    case 'push_pull':
    case 'push_pull_ok':
      return headerBytes + memberBytes(message)
    default:
      return never(message)
  }
}

const keyBytes = (key: KeyRef): number => 2 + key.id.length

const heldBytes = (key: KeyRef, state: KeyState): number => keyBytes(key) + stateBytes(state)

const bytesPerEntry = 8
const bytesPerValue = 16

function operationBytes(operation: ClientRequest): number {
  const { bucket, key, opId } = operation
  const bytes = 16 + bucket.length + key.length + opId.length
  if (operation.kind === 'get') return bytes + (operation.minimum?.length ?? 0) * bytesPerEntry
  const { value, context } = operation
  return bytes + (value?.length ?? 0) + (context === null ? 0 : context.vv.length * bytesPerEntry)
}

function outcomeBytes(outcome: Outcome): number {
  if (outcome.kind !== 'ok') return 16
  let bytes = 16 + outcome.context.vv.length * bytesPerEntry
  if (outcome.f === 'get') {
    for (const { value } of outcome.values) bytes += bytesPerValue + (value?.length ?? 0)
  }
  return bytes
}
