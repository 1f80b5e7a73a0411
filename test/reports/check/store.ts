/**
 * A toy store with the real version functions of core/: replicas that merge whole states, sessions
 * that remember contexts, messages that may be lost until everything is merged at the end. Its
 * histories are right by construction; tests break them on purpose.
 */
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import type { History } from '../../../reports/check/history.js'
import type { Actor, ConflictRule, KeyState, VersionVector } from '../../../core/types.js'
import { mergeVectors } from '../../../core/version/dotted.js'
import {
  emptyState,
  liveSiblings,
  mergeStates,
  writeState,
} from '../../../core/version/siblings.js'

export interface StoreOptions {
  readonly seed: number
  readonly operations: number
  readonly replicas: number
  readonly sessions: number
  readonly keys: number
  /** Probability that a write reaches another replica at once. */
  readonly delivery: number
  /** Replicas that a read asks. */
  readonly asked: number
  readonly conflict: ConflictRule
  /** Sessions send the context of what they read and wrote. */
  readonly contexts: boolean
  /** Share of writes whose client never hears how they ended. */
  readonly unknown: number
}

export const storeDefaults: StoreOptions = {
  seed: 1,
  operations: 400,
  replicas: 3,
  sessions: 4,
  keys: 3,
  delivery: 0.5,
  asked: 1,
  conflict: 'siblings',
  contexts: true,
  unknown: 0.05,
}

/** Quorums that overlap, so that reads see every acknowledged write. */
export const strictQuorum: Partial<StoreOptions> = { delivery: 1, asked: 3, unknown: 0 }

export const storeEvents = (options: Partial<StoreOptions> = {}): RawEvent[] =>
  new Store({ ...storeDefaults, ...options }).run()

export const storeHistory = (options: Partial<StoreOptions> = {}): History =>
  historyOf(storeEvents(options))

/** Mulberry32. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface Session {
  readonly name: string
  process: number
  readonly contexts: Map<string, VersionVector>
  pending: { complete: () => void } | null
}

class Store {
  private readonly options: StoreOptions
  private readonly random: () => number
  private readonly replicas: Map<string, KeyState>[]
  private readonly counters: number[]
  private readonly events: RawEvent[] = []
  private time = 0
  private processes: number

  constructor(options: StoreOptions) {
    this.options = options
    this.random = randomFrom(options.seed)
    this.replicas = Array.from({ length: options.replicas }, () => new Map<string, KeyState>())
    this.counters = this.replicas.map(() => 0)
    this.processes = options.sessions
  }

  run(): RawEvent[] {
    const sessions = Array.from({ length: this.options.sessions }, (_, index): Session => {
      return { name: `c${String(index + 1)}`, process: index, contexts: new Map(), pending: null }
    })
    for (let done = 0; done < this.options.operations;) {
      const session = sessions[this.below(sessions.length)] as Session
      if (session.pending === null) this.begin(session, done++)
      else this.end(session)
    }
    for (const session of sessions) if (session.pending !== null) this.end(session)
    this.finals()
    return this.events
  }

  private below(count: number): number {
    return Math.floor(this.random() * count)
  }

  private record(event: RawEvent): void {
    this.time += 1000 * (1 + this.below(2000))
    this.events.push({ index: this.events.length, ...event, time: this.time })
  }

  private end(session: Session): void {
    session.pending?.complete()
    session.pending = null
  }

  private begin(session: Session, number: number): void {
    const key = `k${String(this.below(this.options.keys))}`
    const head = { process: session.process, session: session.name, key }
    if (this.random() < 0.6) this.read(session, { ...head, f: 'read', value: null })
    else {
      const isDelete = this.random() < 0.15
      const value = isDelete ? null : `x${String(number)}`
      this.write(session, { ...head, f: isDelete ? 'delete' : 'write', value })
    }
  }

  private read(session: Session, head: RawEvent & { readonly key: string }): void {
    this.record({ ...head, type: 'invoke' })
    const first = this.below(this.replicas.length)
    session.pending = {
      complete: () => {
        let state = emptyState
        for (let asked = 0; asked < this.options.asked; asked++) {
          const replica = this.replicas[(first + asked) % this.replicas.length] as Map<
            string,
            KeyState
          >
          state = mergeStates(state, replica.get(head.key) ?? emptyState, this.options.conflict)
        }
        this.remember(session, head.key, state.vv)
        this.record({ ...head, type: 'ok', ...shown(state) })
      },
    }
  }

  private remember(session: Session, key: string, vv: VersionVector): void {
    session.contexts.set(key, mergeVectors(session.contexts.get(key) ?? [], vv))
  }

  private write(session: Session, head: RawEvent & { readonly key: string }): void {
    const context = this.options.contexts ? (session.contexts.get(head.key) ?? []) : []
    this.record({ ...head, type: 'invoke', context: plain(context) })
    const coordinator = this.below(this.replicas.length)
    const isUnknown = this.random() < this.options.unknown
    session.pending = {
      complete: () => {
        // What nobody hears of may never have happened.
        const happens = !isUnknown || this.random() < 0.5
        const written = happens ? this.apply(coordinator, head, context) : null
        if (isUnknown || written === null) {
          this.record({ ...head, type: 'info', code: 'timeout' })
          session.process = this.processes++
          return
        }
        const { dot, state } = written
        const vv = state.siblings.length === 1 ? state.vv : context
        this.remember(session, head.key, vv)
        this.record({ ...head, type: 'ok', dot, vv: plain(vv) })
      },
    }
  }

  private apply(
    coordinator: number,
    head: RawEvent & { readonly key: string },
    context: VersionVector,
  ): { readonly dot: string; readonly state: KeyState } {
    const own = this.replicas[coordinator] as Map<string, KeyState>
    const n = (this.counters[coordinator] as number) + 1
    this.counters[coordinator] = n
    const actor = `n${String(coordinator + 1)}:0` as Actor
    const value = head['value'] as string | null
    const { conflict } = this.options
    const before = own.get(head.key) ?? emptyState
    const state = writeState(before, context, { actor, n }, value, this.time, conflict)
    this.replicas.forEach((replica, index) => {
      if (index !== coordinator && this.random() >= this.options.delivery) return
      replica.set(head.key, mergeStates(replica.get(head.key) ?? emptyState, state, conflict))
    })
    return { dot: `${actor}#${String(n)}`, state }
  }

  private finals(): void {
    for (let key = 0; key < this.options.keys; key++) {
      const name = `k${String(key)}`
      const states = this.replicas.map((replica) => replica.get(name) ?? emptyState)
      const merged = states.reduce((a, b) => mergeStates(a, b, this.options.conflict))
      if (merged.vv.length === 0) continue
      this.replicas.forEach((_, index) => {
        const node = `n${String(index + 1)}`
        const head = { process: -1, type: 'ok', f: 'final', key: name, node }
        this.record({ ...head, ...shown(merged) })
      })
    }
  }
}

const plain = (vv: VersionVector): Record<string, number> =>
  Object.fromEntries(vv.map(({ actor, n }) => [actor, n]))

const shown = (state: KeyState): RawEvent => {
  const live = liveSiblings(state)
  const values = live.map((sibling) => sibling.value)
  const value = values.length === 0 ? null : values.length === 1 ? values[0] : values
  const dots = live.map(({ actor, n }) => `${actor}#${String(n)}`)
  return { value, dots, vv: plain(state.vv) }
}
