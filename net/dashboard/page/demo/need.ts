/** What a demonstration needs of the cluster, and what is missing for it. */
import type { LocalNode, Ring } from '../watch.js'

export interface Situation {
  readonly self: string
  readonly nodes: readonly LocalNode[]
  readonly ring: Ring
  /** The node of the page answers. */
  readonly isUp: boolean
}

const words: Readonly<Record<LocalNode['state'], string>> = {
  starting: 'starting',
  ready: 'ready',
  paused: 'paused',
  stopping: 'stopping',
  stopped: 'stopped',
  died: 'dead',
}

export const bucketFor = ({ buckets }: Ring): string | null =>
  buckets.find((each) => each.conflict === 'siblings' && !each.context_required)?.name ?? null

/** Why it cannot be shown now; null: it can. `spare`: how many nodes will be missing meanwhile. */
export function whyNot({ self, nodes, ring, isUp }: Situation, spare: number): string | null {
  const { r, w } = ring.replication
  if (!isUp) return `${self} does not answer.`
  if (bucketFor(ring) === null) {
    return 'The cluster has no bucket that keeps siblings and takes writes without a context.'
  }
  const need = Math.max(r, w, 2 - spare) + spare
  if (nodes.length < need) {
    return (
      `With R=${String(r)} and W=${String(w)} it needs ${String(need)} nodes: ` +
      `sim cluster --nodes ${String(need)}.`
    )
  }
  const absent = nodes.filter(({ state }) => state !== 'ready')
  if (absent.length === 0) return null
  const names = absent.map(({ id, state }) => `${id} is ${words[state]}`).join(', ')
  return `All nodes must be ready: ${names}.`
}
