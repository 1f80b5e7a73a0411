/**
 * Key states against a dumb twin that knows nothing of vectors: every write carries the set of all
 * writes in its causal past, and a replica keeps a write until it holds another whose past contains
 * it.
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Actor, KeyState, VersionVector } from '../../../core/index.js'
import {
  actorOf,
  covers,
  emptyState,
  emptyVector,
  mergeStates,
  mergeVectors,
  nodeId,
  writeState,
} from '../../../core/index.js'

interface Write {
  readonly name: string
  /** Names of all writes it replaces, directly or not. */
  readonly past: ReadonlySet<string>
}

interface Replica {
  state: KeyState
  twin: readonly Write[]
}

/** What a client read last; its next write replaces that. */
interface Client {
  context: VersionVector
  past: ReadonlySet<string>
}

type Step =
  | {
      readonly kind: 'write'
      readonly replica: number
      readonly client: number
      readonly blind: boolean
    }
  | {
      readonly kind: 'read'
      readonly replica: number
      readonly client: number
      readonly add: boolean
    }
  | { readonly kind: 'ship'; readonly from: number; readonly to: number }

const replicas = 3
const clients = 3
const replica = fc.nat(replicas - 1)
const client = fc.nat(clients - 1)
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), replica, client, blind: fc.boolean() }),
  fc.record({ kind: fc.constant('read' as const), replica, client, add: fc.boolean() }),
  fc.record({ kind: fc.constant('ship' as const), from: replica, to: replica }),
)

const everything = (writes: readonly Write[]): Set<string> =>
  new Set(writes.flatMap(({ name, past }) => [name, ...past]))

/** Those that no other of them replaces. */
function surviving(writes: readonly Write[]): Write[] {
  const unique = [...new Map(writes.map((write) => [write.name, write])).values()]
  return unique.filter(({ name }) => !unique.some(({ past }) => past.has(name)))
}

class World {
  readonly replicas: Replica[] = Array.from({ length: replicas }, () => ({
    state: emptyState,
    twin: [],
  }))
  readonly clients: Client[] = Array.from({ length: clients }, () => ({
    context: emptyVector,
    past: new Set<string>(),
  }))
  /** One counter a node for all its keys, so numbers have gaps here. */
  #n = 0

  apply(step: Step): void {
    switch (step.kind) {
      case 'write':
        return this.#write(this.#replica(step.replica), actorAt(step.replica), step)
      case 'read':
        return this.#read(this.#replica(step.replica), step)
      case 'ship': {
        const [from, to] = [this.#replica(step.from), this.#replica(step.to)]
        to.state = mergeStates(to.state, from.state, 'siblings')
        to.twin = surviving([...to.twin, ...from.twin])
      }
    }
  }

  check(): void {
    for (const { state, twin } of this.replicas) {
      const dots = state.siblings.map(({ actor, n }) => `${actor}#${String(n)}`)
      assert.equal(dots.slice().sort(), twin.map(({ name }) => name).sort())
      const known = everything(twin)
      for (const name of known) {
        const [actor, n] = name.split('#') as [Actor, string]
        assert.ok(covers(state.vv, actor, Number(n)), 'what was seen is covered')
      }
      for (const { actor, n } of state.vv) {
        assert.ok(known.has(`${actor}#${String(n)}`), 'an entry is a write that was seen')
      }
    }
  }

  #write(at: Replica, actor: Actor, step: { client: number; blind: boolean }): void {
    const { context, past } = step.blind
      ? { context: emptyVector, past: new Set<string>() }
      : this.#client(step.client)
    this.#n += 3
    const dot = { actor, n: this.#n }
    const name = `${actor}#${String(dot.n)}`
    at.state = writeState(at.state, context, dot, name, dot.n, 'siblings')
    at.twin = surviving([...at.twin, { name, past }])
  }

  #read(at: Replica, step: { client: number; add: boolean }): void {
    const reader = this.#client(step.client)
    const seen = everything(at.twin)
    if (step.add) {
      reader.context = mergeVectors(reader.context, at.state.vv)
      reader.past = new Set([...reader.past, ...seen])
    } else {
      reader.context = at.state.vv
      reader.past = seen
    }
  }

  #replica(index: number): Replica {
    return this.replicas[index] as Replica
  }

  #client(index: number): Client {
    return this.clients[index] as Client
  }
}

const actorAt = (index: number): Actor => actorOf(nodeId(`n${String(index + 1)}`), 0)

test('causality: siblings are the writes that no write held replaces, after any script', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
      const world = new World()
      for (const step of script) {
        world.apply(step)
        world.check()
      }
    }),
    { seed: 1, numRuns: 1_500 },
  )
})

test('causality: once everything is shipped to everybody, all replicas are identical', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
      const world = new World()
      for (const step of script) world.apply(step)
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < replicas; i++) {
          world.apply({ kind: 'ship', from: i, to: (i + 1) % replicas })
        }
      }
      world.check()
      const [first, ...others] = world.replicas
      for (const other of others) assert.equal(other.state, first?.state)
    }),
    { seed: 2, numRuns: 1_000 },
  )
})

test('causality: a client without contexts cannot make more siblings than it writes', () => {
  const world = new World()
  for (let i = 0; i < 5; i++) {
    world.apply({ kind: 'write', replica: i % 2, client: 0, blind: true })
    world.apply({ kind: 'ship', from: i % 2, to: 2 })
  }
  assert.is(world.replicas[2]?.state.siblings.length, 5)
  world.apply({ kind: 'read', replica: 2, client: 1, add: false })
  world.apply({ kind: 'write', replica: 2, client: 1, blind: false })
  assert.is(world.replicas[2]?.state.siblings.length, 1, 'who has read them all replaces them all')
})

test.run()
