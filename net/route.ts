/** Which way a message goes to a peer. */
import type { Message } from '../core/index.js'
import { messageBytes, never } from '../core/index.js'

export type Route = 'packet' | 'urgent' | 'bulk'

/** A value of this size holds up a small message behind it for longer than it takes to dial. */
const mostUrgentBytes = 64 * 1024

export function routeOf(message: Message): Route {
  switch (message.kind) {
    case 'announce':
    case 'ping':
    case 'ping_req':
    case 'ack':
    case 'nack':
    case 'gossip':
    case 'push_pull':
    case 'push_pull_ok':
      return 'packet'
    case 'forward':
    case 'forward_ok':
    case 'replicate':
    case 'read_ok':
    case 'repair':
      return messageBytes(message) > mostUrgentBytes ? 'bulk' : 'urgent'
    case 'forward_failed':
    case 'replicate_ok':
    case 'replicate_failed':
    case 'read':
    case 'read_failed':
    case 'handoff_ok':
    case 'sync_wanted':
    case 'sync_wanted_ok':
    case 'vouch':
    case 'vouch_ok':
      return 'urgent'
    case 'reap_epochs':
    case 'reap_epochs_ok':
    case 'reap_check':
    case 'reap_check_ok':
    case 'reap_delete':
    case 'reap_delete_ok':
    case 'handoff':
    case 'sync_roots':
    case 'sync_roots_ok':
    case 'sync_segments':
    case 'sync_segments_ok':
    case 'sync_keys':
    case 'sync_keys_ok':
    case 'sync_states':
    case 'sync_states_ok':
      return 'bulk'
    default:
      return never(message)
  }
}
