/** Hands out the operations of a workload that is written down, each client's in their order. */
import { clientIndex } from '../scenarios/script.js'
import type { ScriptedOperation } from '../scenarios/model.js'

export class Script {
  readonly #all: readonly ScriptedOperation[]
  readonly #byClient = new Map<number, readonly ScriptedOperation[]>()
  readonly #taken = new Map<number, number>()
  #next = 0

  /** By time. */
  constructor(operations: readonly ScriptedOperation[]) {
    this.#all = operations
    for (const operation of operations) {
      const client = clientIndex(operation.client)
      const own = this.#byClient.get(client)
      if (own === undefined) this.#byClient.set(client, [operation])
      else (own as ScriptedOperation[]).push(operation)
    }
  }

  /** The next of all, where clients do not wait; null: there is none. */
  get next(): ScriptedOperation | null {
    return this.#all[this.#next] ?? null
  }

  skip(): void {
    this.#next++
  }

  nextOf(client: number): ScriptedOperation | null {
    return this.#byClient.get(client)?.[this.#taken.get(client) ?? 0] ?? null
  }

  take(client: number): ScriptedOperation | null {
    const operation = this.nextOf(client)
    this.#taken.set(client, (this.#taken.get(client) ?? 0) + 1)
    return operation
  }
}
