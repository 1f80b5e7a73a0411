/** Writes events.jsonl: what a person would want to find in a log (docs/results.md). */
import type { FileDamage, Note } from '../core/index.js'
import { never } from '../core/index.js'
import type { Sink } from './sink.js'

export type EventKind =
  | Note['kind']
  | 'fault_start'
  | 'fault_step'
  | 'fault_end'
  | 'fault_moved'
  | 'fault_held_back'
  | 'corruption_unnoticed'
  | 'log_damaged'
  | 'disk_failed'
  | 'node_crashed'
  | 'healed'
  | 'converged'

export class EventLog {
  readonly #sink: Sink

  constructor(sink: Sink) {
    this.#sink = sink
  }

  write(timeMicros: number, kind: EventKind, node: string | null, detail: string): void {
    this.#sink.event(JSON.stringify({ timeMicros, kind, node, detail }))
  }

  damage(timeMicros: number, node: string, damage: readonly FileDamage[]): void {
    for (const { file, from, to, what } of damage) {
      const place = to === 0 ? file : `${file}, bytes ${String(from)} to ${String(to)}`
      this.write(timeMicros, 'log_damaged', node, `${place}: ${what}`)
    }
  }

  note(timeMicros: number, node: string, note: Note): void {
    this.write(timeMicros, note.kind, node, describe(note))
  }
}

function describe(note: Note): string {
  switch (note.kind) {
    case 'peer_suspected':
      return `suspects ${note.peer}`
    case 'peer_dead':
      return `takes ${note.peer} for dead`
    case 'peer_left':
      return `has heard that ${note.peer} leaves`
    case 'peer_alive':
      return `relies on ${note.peer} again`
    case 'node_ready':
      return `serves, in its life ${String(note.incarnation)}`
    case 'read_only':
      return 'has no room on its disk: refuses writes, serves reads'
    case 'writable':
      return 'has room on its disk again'
    case 'hint_refused':
      return `takes no more hints for ${note.target} (partition ${String(note.partition)})`
    case 'handoff_done':
      return `has delivered ${String(note.hints)} hints to ${note.target}`
    case 'doubt_forgotten':
      return (
        `cannot say whether what it held was reaped: forgets ${String(note.keys)} keys ` +
        `of ${String(note.partitions)} partitions, to have them from their other owners`
      )
    case 'reaped':
      return (
        `has had ${String(note.keys)} keys' tombstones deleted everywhere ` +
        `(partition ${String(note.partition)})`
      )
    case 'sync_done':
      return (
        `has compared with ${note.peer}, and mended ${String(note.keys)} keys ` +
        `in ${String(note.partitions)} partitions`
      )
    default:
      return never(note)
  }
}
