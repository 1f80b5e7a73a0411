/**
 * Tells what happens in a test cluster as lines of text that a person can follow, for the
 * interaction goldens.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type {
  Effect,
  HandoffItem,
  KeyState,
  LogRecord,
  Message,
  Outcome,
  VersionVector,
} from '../../core/index.js'
import { isMemberMessage } from '../../core/index.js'
import type { TestCluster } from './cluster.js'

/** Compiled or run as it is, this file is somewhere below the repository's root. */
const root = resolve(fileURLToPath(import.meta.url), '../../..').replace(/[\\/]dist$/, '')

export class Narrator {
  readonly lines: string[] = []
  readonly #cluster: TestCluster
  readonly #startMicros: number

  /** From now on; failure detection is left out. */
  constructor(cluster: TestCluster) {
    this.#cluster = cluster
    this.#startMicros = cluster.nowMicros
    cluster.observers.push({
      persisted: (box, records) => {
        const what = records.length === 0 ? 'what is in flight' : records.map(recordText).join(', ')
        this.#line(box.id, `waits for its disk: ${what}`)
      },
      sent: (box, to, message) => {
        if (!isMemberMessage(message)) this.#line(`${box.id} -> ${to}`, messageText(message))
      },
      replied: (box, request, outcome) => {
        this.#line(`${box.id} -> client`, `${String(request)} ${outcomeText(outcome)}`)
      },
      noted: (box, note) => {
        this.#line(box.id, `notes ${noteText(note)}`)
      },
      crashed: (box) => {
        this.#line(box.id, 'crashes')
      },
    })
  }

  say(text: string): void {
    this.lines.push(`        # ${text}`)
  }

  #line(who: string, what: string): void {
    const micros = this.#cluster.nowMicros - this.#startMicros
    this.lines.push(`${String(micros / 1000).padStart(6)}  ${who.padEnd(13)} ${what}`)
  }
}

const vectorText = (vv: VersionVector): string =>
  `{${vv.map(({ actor, n }) => `${actor}:${String(n)}`).join(' ')}}`

function stateText(state: KeyState | null): string {
  if (state === null) return 'nothing'
  const siblings = state.siblings.map(
    ({ actor, n, value }) => `${actor}#${String(n)}=${value ?? 'tombstone'}`,
  )
  return `${vectorText(state.vv)} ${siblings.join(' | ')}`
}

function recordText(record: LogRecord): string {
  switch (record.type) {
    case 'counter_lease':
      return `dots up to ${String(record.upTo)}`
    case 'key_state':
      return `${record.key.key} ${stateText(record.state)}`
    case 'hint':
      return `hint for ${record.target}: ${record.key.key} ${stateText(record.state)}`
    case 'hint_deleted':
      return `no hint for ${record.target} any more: ${record.key.key}`
    default:
      return record.type
  }
}

const itemText = ({ key, state }: HandoffItem): string => `${key.key} ${stateText(state)}`

function messageText(message: Message): string {
  switch (message.kind) {
    case 'forward': {
      const { kind, key } = message.operation
      return `forward ${kind} ${key}, to life ${String(message.expects)}`
    }
    case 'replicate': {
      const hint = message.hintFor === null ? '' : ` hint for ${message.hintFor}:`
      return `replicate${hint} ${message.key.key} ${stateText(message.state)}`
    }
    case 'read':
      return `read ${message.key.key}`
    case 'read_ok':
      return `read_ok ${stateText(message.state)}${message.owner ? '' : ' (no owner)'}`
    case 'repair':
      return `repair ${message.key.key} ${stateText(message.state)}`
    case 'handoff':
      return `handoff ${message.items.map(itemText).join(', ')}`
    case 'forward_ok':
      return `forward_ok ${outcomeText(message.outcome)}`
    case 'forward_failed':
    case 'replicate_failed':
    case 'read_failed':
      return `${message.kind} ${message.code}`
    default:
      return message.kind
  }
}

function outcomeText(outcome: Outcome): string {
  if (outcome.kind !== 'ok') {
    const { kind, code, need, got } = outcome
    return `${kind} ${code}, need ${String(need)}, got ${String(got)}`
  }
  const { nodes, owners } = outcome.counts
  const counts = `${String(nodes)} nodes, ${String(owners)} of them owners`
  const context = `context ${vectorText(outcome.context.vv)}`
  if (outcome.f === 'put') {
    return `ok ${outcome.dot.actor}#${String(outcome.dot.n)}, ${context}, ${counts}`
  }
  const values = outcome.values.map(({ value }) => value ?? '').join(' | ')
  return `ok ${values === '' ? 'not found' : values}, ${context}, ${counts}`
}

function noteText(note: Extract<Effect, { kind: 'note' }>['note']): string {
  const { kind, ...rest } = note
  return [kind, ...Object.values(rest).map(String)].join(' ')
}

/** Compares with `test/golden/NAME.txt`; with UPDATE_GOLDEN=1 writes it. */
export function golden(name: string, lines: readonly string[]): void {
  const path = `${root}/test/golden/${name}.txt`
  const text = `${lines.join('\n')}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text)
  assert.ok(existsSync(path), `${name} has no golden: UPDATE_GOLDEN=1 writes it`)
  assert.fixture(text, readFileSync(path, 'utf8'))
}
