/**
 * Faults of links that set to nothing what is nothing anyway: whoever writes `loss: 0` means
 * something else. Where the network or another fault loses messages it is a rest from that.
 */
import type { Problems } from '../decode.js'
import type { LinkSettings, NetworkModel } from '../model.js'
import type { Placed } from './overlap.js'

type Chance = 'lossPpm' | 'duplicatePpm' | 'reorderPpm' | 'corruptPpm'

const keys = {
  loss: 'lossPpm',
  duplicate: 'duplicatePpm',
  reorder: 'reorderPpm',
  corrupt_payload: 'corruptPpm',
} as const

export function checkIdleLinks(
  faults: readonly Placed[],
  network: NetworkModel,
  problems: Problems,
): void {
  for (const [key, chance] of Object.entries(keys)) {
    if (happens(faults, network, chance)) continue
    for (const { index, fault } of faults) {
      if (settingsOf(fault)?.[chance] !== 0) continue
      const message = `${key} of 0 changes nothing: the network has none; write for example 20%`
      problems.add(['faults', index, key], message)
    }
  }
}

function happens(faults: readonly Placed[], network: NetworkModel, chance: Chance): boolean {
  if (network[chance] > 0) return true
  // Corruption is no setting of a single link.
  const ofLinks = chance === 'corruptPpm' ? [] : network.links.map((link) => link[chance] ?? 0)
  if (ofLinks.some((ppm) => ppm > 0)) return true
  return faults.some(({ fault }) => fault.pick.length > 0 || (settingsOf(fault)?.[chance] ?? 0) > 0)
}

const settingsOf = ({ action }: Placed['fault']): LinkSettings | null =>
  action?.kind === 'link' ? action : null
