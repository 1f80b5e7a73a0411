/** How dots, vectors and states are shown to a person. */
import type { Dot, KeyState, VersionVector } from '../../core/index.js'
import { tagOf } from '../../scenarios/workload.js'

export const dotText = ({ actor, n }: Dot): string => `${actor}#${String(n)}`

export const vectorText = (vv: VersionVector): string =>
  vv.length === 0 ? '{}' : `{${vv.map(({ actor, n }) => `${actor}:${String(n)}`).join(' ')}}`

/** One line: who, what is covered, what is there. */
export function stateText(who: string, state: KeyState | null): string {
  if (state === null) return `${who}: nothing`
  const values = state.siblings.map((sibling) => {
    const { value } = sibling
    return `${dotText(sibling)}=${value === null ? 'tombstone' : tagOf(value)}`
  })
  return `${who}: ${vectorText(state.vv)} [${values.join(', ')}]`
}
