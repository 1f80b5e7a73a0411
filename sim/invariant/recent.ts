/** The last events of a run, for whoever has to understand why it was stopped. */
import { describeEvent } from '../kind.js'
import type { SimEvent } from '../queue.js'

const most = 256
const shownOfKey = 16
const shownLast = 8

interface Slot {
  atMicros: number
  sequence: number
  kind: number
  target: number
  payload: unknown
  readonly note: number
}

export class Recent {
  readonly #ring: Slot[] = Array.from({ length: most }, () => {
    return { atMicros: 0, sequence: 0, kind: 0, target: 0, payload: null, note: 0 }
  })
  #count = 0

  /** A copy: the queue uses its events again. */
  add({ atMicros, kind, target, payload }: SimEvent): void {
    const slot = this.#ring[this.#count++ & (most - 1)] as Slot
    slot.atMicros = atMicros
    slot.kind = kind
    slot.target = target
    slot.payload = payload
  }

  /** Those about the key among the last, and the very last; oldest first. */
  lines(keyId: string | null): readonly string[] {
    const events: SimEvent[] = []
    for (let i = Math.max(0, this.#count - most); i < this.#count; i++) {
      events.push(this.#ring[i & (most - 1)] as Slot)
    }
    const last = new Set(events.slice(-shownLast))
    const ofKey = new Set(
      keyId === null ? [] : events.filter((one) => keyOf(one) === keyId).slice(-shownOfKey),
    )
    return events.filter((event) => last.has(event) || ofKey.has(event)).map(describeEvent)
  }
}

/** Null: no message, or one about no single key. */
function keyOf({ payload }: SimEvent): string | null {
  if (typeof payload !== 'object' || payload === null || !('key' in payload)) return null
  const { key } = payload
  if (typeof key !== 'object' || key === null || !('id' in key)) return null
  return typeof key.id === 'string' ? key.id : null
}
