/**
 * What clients have asked for: which write a value belongs to, and what a read was promised when it
 * began.
 */
import type { ClientRequest, Dot, PutRequest, VersionVector } from '../../core/index.js'
import { Pending } from '../../core/pending.js'

/** One write, over all its attempts. */
export interface Written {
  /** The last attempt. */
  request: PutRequest
  /** The last attempt was refused for certain. */
  rejected: boolean
  /** What it became. */
  dot: Dot | null
}

/** One request that is under way. */
export interface Open {
  readonly request: ClientRequest
  /** [k]: writes that k owners had acknowledged when it began. */
  readonly acked: readonly VersionVector[] | null
  readonly shown: readonly VersionVector[] | null
}

/**
 * Values are remembered for this many writes at least, twice as many at most. A copy of a forwarded
 * write does not stay under way for longer.
 */
const generation = 16_384

export class Asked {
  readonly #open = new Pending<Open>()
  #young = new Map<string, Written>()
  #old = new Map<string, Written>()

  submitted(open: Open): void {
    const { request } = open
    this.#open.set(request.request, open)
    if (request.kind !== 'put' || request.value === null) return
    const known = this.written(request.value)
    if (known === null) this.#remember(request.value, { request, rejected: false, dot: null })
    else {
      known.request = request
      known.rejected = false
    }
  }

  #remember(value: string, written: Written): void {
    if (this.#young.size >= generation) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(value, written)
  }

  written(value: string): Written | null {
    return this.#young.get(value) ?? this.#old.get(value) ?? null
  }

  /** Null: its client has given it up. */
  take(request: number): Open | null {
    const open = this.#open.get(request)
    if (open !== null) this.#open.delete(request)
    return open
  }

  readonly contextOf = (value: string | null): VersionVector | null => {
    if (value === null) return null
    const written = this.written(value)
    return written === null ? null : (written.request.context?.vv ?? [])
  }
}
