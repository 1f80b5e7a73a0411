/** events.jsonl: the first few hundred, and how many there were of each kind. */
import { corrupt, eachObject } from './line.js'
import type { RunEvent } from '../load.js'

export interface EventLog {
  readonly first: readonly RunEvent[]
  readonly total: number
  readonly kinds: ReadonlyMap<string, number>
}

/** @throws LoadError */
export async function readEventLog(
  file: string,
  allowCutTail: boolean,
  most: number,
): Promise<EventLog> {
  const first: RunEvent[] = []
  const kinds = new Map<string, number>()
  let total = 0
  await eachObject(file, allowCutTail, (value, line) => {
    const { timeMicros, kind, node, detail } = value
    if (typeof timeMicros !== 'number') throw corrupt(file, line, 'timeMicros is not a number')
    if (typeof kind !== 'string') throw corrupt(file, line, 'kind is not text')
    total++
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    if (first.length >= most) return
    first.push({
      timeMicros,
      kind,
      node: typeof node === 'string' ? node : null,
      detail: typeof detail === 'string' ? detail : '',
    })
  })
  return { first, total, kinds }
}
