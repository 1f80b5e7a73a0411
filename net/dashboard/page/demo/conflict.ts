/// <reference lib="dom" />
/**
 * "A conflict merged": two nodes take writes of the same key that have not seen each other; both
 * are kept, until a write that has seen both replaces them. Each step is done once, and looking
 * back shows what was read then: versions only go forth.
 */
import { jsonOf, messageOf } from '../call.js'
import { urlOf } from '../document.js'
import { pretty } from '../text.js'
import type { Found } from './local.js'
import { ask, bodyOf, DemoProblem, foundOf, localNodes, pause, writtenOf } from './local.js'
import type { Demo, Scene, Table } from './stage.js'
import { Stage } from './stage.js'

export interface ConflictOptions {
  /** The node of the page, and one more to write to. */
  readonly self: string
  readonly other: string
  readonly owners: number
  readonly bucket: string
  readonly changed: () => void
}

type Shown = Omit<Scene, 'title'>

const first = '["milk"]'
const withBread = '["milk","bread"]'
const withEggs = '["milk","eggs"]'
const merged = '["milk","bread","eggs"]'
const patienceMillis = 20_000

export class ConflictDemo extends Stage implements Demo {
  readonly title = 'A conflict merged'
  readonly steps = [
    'One value',
    'Two writers',
    'Both are kept',
    'Merged',
    'One value everywhere',
  ] as const
  readonly #options: ConflictOptions
  readonly #key = `demo-cart-${Date.now().toString(36)}`
  readonly #shown: Shown[] = []
  /** What the two writers have read, and both send back. */
  #context = ''
  #joint = ''

  constructor(options: ConflictOptions) {
    super(options.changed)
    this.#options = options
  }

  nextLabel(): string | null {
    const { self, other } = this.#options
    const label = [
      `Next: write through ${self} and ${other} at once`,
      'Next: read what is there',
      'Next: merge them',
      'Next: look at every node',
      null,
    ][this.at] as string | null
    return this.#shown[this.at + 1] === undefined ? label : 'Next'
  }

  backLabel(): string | null {
    return this.at === 0 ? null : 'Look back'
  }

  scene(): Scene {
    const title = this.steps[this.at] ?? ''
    const nothing = { sentences: [], facts: [], table: null, verdict: null }
    return { title, ...(this.#shown[this.at] ?? nothing) }
  }

  async stop(): Promise<string | null> {
    await this.end()
    try {
      const { context, values } = foundOf(await this.#read(this.#options.self), this.#key)
      if (values.length === 0) return null
      const request = { method: 'DELETE', body: bodyOf(null, context) } as const
      writtenOf(await this.#ask(this.#options.self, request), 'The key could not be deleted')
      return null
    } catch (error) {
      return (error as Error).message
    }
  }

  /** Nothing is down, and one key is left. */
  abandon(): void {
    void this.end()
  }

  protected async enter(step: number): Promise<void> {
    if (this.#shown[step] !== undefined) return
    const acts = [
      () => this.#writeFirst(),
      () => this.#writeBoth(),
      () => this.#readSiblings(),
      () => this.#merge(),
      () => this.#lookEverywhere(),
    ]
    this.#shown[step] = await (acts[step] as () => Promise<Shown>)()
  }

  #ask(node: string, request: Parameters<typeof ask>[3], query = '') {
    const { self, bucket } = this.#options
    return ask(self, node, `${urlOf(bucket, this.#key)}${query}`, request)
  }

  #read(node: string) {
    return this.#ask(node, {})
  }

  async #write(node: string, value: string, context: string | null) {
    const request = { method: 'PUT', body: bodyOf(value, context) } as const
    return writtenOf(await this.#ask(node, request), `The write through ${node} failed`)
  }

  async #find(node: string): Promise<Found> {
    return foundOf(await this.#read(node), `The read through ${node} failed`)
  }

  async #writeFirst(): Promise<Shown> {
    const { self, other } = this.#options
    this.say(`Writing through ${self} …`)
    await this.#write(self, first, null)
    const [here, there] = await Promise.all([this.#find(self), this.#find(other)])
    for (const [node, { values }] of [
      [self, here],
      [other, there],
    ] as const)
      expectOne(node, values)
    this.#context = here.context
    return {
      sentences: [
        `A shopping cart, the key ${this.#key}, was written through ${self}, and then ` +
          `read by two people: one asks ${self}, the other ${other}.`,
        'With the value each gets a context: an opaque note of which writes the reader has seen. Both have seen the same one.',
      ],
      facts: [],
      table: {
        head: ['read through', 'value', 'context'],
        rows: [
          [self, shown(here.values[0]), short(here.context)],
          [other, shown(there.values[0]), short(there.context)],
        ],
      },
      verdict: null,
    }
  }

  async #writeBoth(): Promise<Shown> {
    const { self, other } = this.#options
    this.say('Two writes are under way …')
    const [mine, theirs] = await Promise.all([
      this.#write(self, withBread, this.#context),
      this.#write(other, withEggs, this.#context),
    ])
    return {
      sentences: [
        `One person adds bread and writes through ${self}; the other adds eggs and ` +
          `writes through ${other}, at the same moment. Both send the context of what they ` +
          `had read: ${short(this.#context)}.`,
        'Neither has seen the write of the other, and both were acknowledged. A store ' +
          'that lets the last one win would have lost one of the two by now.',
      ],
      facts: [],
      table: {
        head: ['written through', 'value', 'answer', 'new context'],
        rows: [
          [self, shown(withBread), 'stored', short(mine.context)],
          [other, shown(withEggs), 'stored', short(theirs.context)],
        ],
      },
      verdict: null,
    }
  }

  async #readSiblings(): Promise<Shown> {
    const { self } = this.#options
    this.say('Reading …')
    const { values, dots, context } = await this.#find(self)
    const both = [withBread, withEggs].sort().join()
    if (values.map(pretty).sort().join() !== both) {
      throw new DemoProblem(
        `Two siblings were expected, and ${self} gives ${values.join(' and ') || 'nothing'}: ` +
          'has somebody else written the key?',
      )
    }
    this.#joint = context
    return {
      sentences: [
        'The versions on the disks know which events each writer had seen. Neither ' +
          'covers the other, so both are kept, as siblings; the one value they started ' +
          'from is covered by both, and gone.',
        `The read gives both of them, and one joint context, ${short(context)}, that covers the two.`,
      ],
      facts: [],
      table: {
        head: ['sibling', 'value', 'written by event'],
        rows: values.map((value, i) => [`${String(i + 1)}`, shown(value), dots[i] ?? '']),
      },
      verdict: null,
    }
  }

  async #merge(): Promise<Shown> {
    const { other } = this.#options
    this.say('Writing the merged value …')
    await this.#write(other, merged, this.#joint)
    const { values, context } = await this.#find(other)
    expectOne(other, values)
    return {
      sentences: [
        'Whoever reads siblings merges them, for only the application knows what a cart ' +
          'is: here, everything that is in either. It writes the result with the joint ' +
          `context, through ${other}.`,
        'That context says "I have seen both". So the write replaces both, and a read finds one value again.',
      ],
      facts: [],
      table: {
        head: ['read through', 'value', 'context'],
        rows: [[other, shown(values[0]), short(context)]],
      },
      verdict: null,
    }
  }

  async #lookEverywhere(): Promise<Shown> {
    const end = performance.now() + patienceMillis
    let found = await this.#lookOnce()
    while (!found.isSame && performance.now() < end && !this.isOver) {
      this.say('Not on every owner yet …')
      await pause(500)
      found = await this.#lookOnce()
    }
    const { isSame, table, holders } = found
    const text = isSame
      ? `One value, the merged one, through every node; ${String(holders)} owners hold it, with the same history.`
      : 'The nodes do not agree: the table says who has what.'
    return {
      sentences: [
        'Each node was asked twice: for the key, which it reads from a quorum of owners, and for what it holds itself.',
        '"Finish" deletes the key.',
      ],
      facts: [],
      table,
      verdict: { isGood: isSame, text },
    }
  }

  async #lookOnce(): Promise<{ isSame: boolean; table: Table; holders: number }> {
    const { self, owners, bucket } = this.#options
    const rows: string[][] = []
    const clocks: string[] = []
    let isSame = true
    for (const { id, state } of await localNodes()) {
      if (state !== 'ready') throw new DemoProblem(`${id} is ${state}: it cannot be asked`)
      const { values } = await this.#find(id)
      const explained = await ask(self, id, urlOf(bucket, this.#key).replace('/kv/', '/explain/'))
      if (explained.kind === 'down' || explained.status !== 200) {
        throw new DemoProblem(`What ${id} holds cannot be asked: ${messageOf(explained)}`)
      }
      const holds = holdsOf(jsonOf(explained))
      if (holds !== null) clocks.push(`${holds.clock} ${String(holds.siblings)}`)
      isSame &&= values.length === 1 && pretty(values[0] ?? '') === merged
      isSame &&= holds === null || holds.siblings === 1
      rows.push([id, values.map(shown).join(' and '), holds?.clock ?? 'nothing: it is no owner'])
    }
    isSame &&= clocks.length === owners && new Set(clocks).size === 1
    const head = ['node', 'reads', 'holds, as events seen']
    return { isSame, table: { head, rows }, holders: clocks.length }
  }
}

function expectOne(node: string, values: readonly string[]): void {
  if (values.length === 1) return
  throw new DemoProblem(`${node} gives ${String(values.length)} values, where one was expected`)
}

function holdsOf(explained: Readonly<Record<string, unknown>>) {
  const { holds } = explained['here'] as {
    holds: { vector_clock: Record<string, number>; siblings: number } | null
  }
  if (holds === null) return null
  const events = Object.entries(holds.vector_clock)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([actor, count]) => `${actor} = ${String(count)}`)
  return { clock: events.join(', '), siblings: holds.siblings }
}

const shown = (value: string | undefined): string => pretty(value ?? '')

/** Enough to see which are the same. */
const short = (context: string): string =>
  context.length <= 14 ? context : `${context.slice(0, 6)}…${context.slice(-6)}`
