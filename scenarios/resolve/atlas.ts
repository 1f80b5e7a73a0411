/** Faults of a file that leave no good copy of what was acknowledged: see scenarios/atlas.ts. */
import type { AtlasGround, Damage } from '../atlas.js'
import { damagedBy, damagedWith, mostDamaged, repairMicros } from '../atlas.js'
import type { Problems } from '../decode.js'
import type { Placed } from './overlap.js'

/**
 * Faults written down that would leave no good copy whatever the run does: refused where durability
 * is asked for. What only the run can tell is judged when it comes to it.
 */
export function checkAtlas(
  faults: readonly Placed[],
  ground: AtlasGround,
  problems: Problems,
): void {
  if (ground.expect.durability !== true) return
  const most = mostDamaged(ground)
  const damages: (Damage & { readonly line: number })[] = []
  for (const { fault, index } of inTime(faults)) {
    const nodes = damagedBy(fault.action)
    if (nodes.length === 0 || fault.action?.kind !== 'disk') continue
    const { trigger } = fault
    const fromMicros = trigger.kind === 'at' ? trigger.atMicros : null
    const lasts = fault.duration?.kind === 'constant' ? fault.duration.micros : 0
    const untilMicros = (fromMicros ?? 0) + lasts + repairMicros(ground)
    const before = fromMicros === null ? [] : damages
    const all = damagedWith(before, nodes, fromMicros ?? 0, untilMicros)
    if (all.size > most) {
      const others = before.filter(({ node }) => all.has(node) && !nodes.includes(node))
      problems.add(['faults', index, fault.action.fault.kind], refusal(nodes, others, most), 'key')
    } else if (fromMicros !== null) {
      for (const node of nodes) damages.push({ node, fromMicros, untilMicros, line: fault.line })
    }
  }
}

const inTime = (faults: readonly Placed[]): readonly Placed[] => {
  const startOf = ({ fault: { trigger } }: Placed): number =>
    trigger.kind === 'at' ? trigger.atMicros : Infinity
  return faults.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0))
}

function refusal(
  nodes: readonly string[],
  others: readonly { readonly node: string; readonly line: number }[],
  most: number,
): string {
  const also = [...new Map(others.map(({ node, line }) => [node, line]))]
    .map(([node, line]) => ` and ${node} (line ${String(line)})`)
    .join('')
  const copies = most === 0 ? 'one disk alone' : `${String(most + 1)} disks alone`
  return (
    `${nodes.join(', ')}${also}: an acknowledged write may be on ${copies}, and would be lost ` +
    `(W=${String(most + 1)}). Damage fewer at a time, raise w, let anti_entropy mend in between, ` +
    'or say that this may be: atlas: false'
  )
}
