/** Kinds of disk faults, and what they mean for whoever draws or compares faults. */
import type { DiskFault, DiskStop } from './model.js'

/** After these the node is down until the fault ends. */
export function isDiskStop(fault: DiskFault): fault is DiskStop {
  switch (fault.kind) {
    case 'fsync_fails':
    case 'unsynced_lost':
    case 'torn':
    case 'reordered':
    case 'wipe':
      return true
    default:
      return false
  }
}

/**
 * These may take what the node has acknowledged: that a write has reached W nodes is no promise any
 * more once W of them are hit.
 */
export function losesAcknowledged(fault: DiskFault): boolean {
  switch (fault.kind) {
    case 'corrupt':
    case 'misdirected':
    case 'lying_fsync':
    case 'wipe':
      return true
    default:
      return false
  }
}
