/**
 * Whom to ask: the owners of a key first, so that no node has to hand a write on, then the others;
 * who failed lately comes last. The ring is fetched from any node, and again when it is old or a
 * node does not answer.
 */
import { keyRef } from '../../core/index.js'
import { Endpoint } from './endpoint.js'
import type { Settings } from './options.js'

interface Known {
  readonly epoch: number
  readonly partitions: number
  readonly owners: readonly (readonly string[])[]
  /** Member -> its URL. */
  readonly urls: ReadonlyMap<string, string>
}

interface RingBody {
  readonly node: string
  readonly epoch: number
  readonly partitions: number
  readonly owners: readonly (readonly string[])[]
  readonly members: readonly {
    readonly id: string
    readonly url: string | null
    readonly incarnation: number
  }[]
}

export class Router {
  readonly #settings: Settings
  readonly #endpoints = new Map<string, Endpoint>()
  #known: Known | null = null
  #fetchedMillis = -Infinity
  #fetching: Promise<void> | null = null
  #turn = 0

  constructor(settings: Settings) {
    this.#settings = settings
    for (const url of settings.nodes) this.#endpoint(url)
  }

  get epoch(): number | null {
    return this.#known?.epoch ?? null
  }

  /** Every node, best first; never empty. */
  async candidates(bucket: string, key: string): Promise<readonly Endpoint[]> {
    await this.#freshen()
    for (const endpoint of this.#endpoints.values()) endpoint.probe(this.#settings.attemptMillis)
    const owners = this.#ownersOf(bucket, key)
    const turn = this.#turn++
    const others = [...this.#endpoints.values()].filter((each) => !owners.includes(each))
    const order = [...turned(owners, turn), ...turned(others, turn)]
    return order.toSorted((a, b) => Number(b.liked) - Number(a.liked))
  }

  /** What is known may be wrong: it is asked for anew before the next request. */
  doubt(): void {
    this.#fetchedMillis = -Infinity
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()))
  }

  #ownersOf(bucket: string, key: string): readonly Endpoint[] {
    if (this.#known === null) return []
    const { partitions, owners, urls } = this.#known
    const { partition } = keyRef(bucket, key, partitions)
    return (owners[partition] ?? []).flatMap((owner) => {
      const url = urls.get(owner)
      return url === undefined ? [] : [this.#endpoint(url)]
    })
  }

  /** Waits for a ring only where there is none yet. */
  async #freshen(): Promise<void> {
    const { ringMillis } = this.#settings
    if (ringMillis === null) return
    if (performance.now() - this.#fetchedMillis > ringMillis) {
      this.#fetchedMillis = performance.now()
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = null
      })
    }
    if (this.#known === null && this.#fetching !== null) await this.#fetching
  }

  async #fetch(): Promise<void> {
    const order = [...this.#endpoints.values()].toSorted((a, b) => a.failures - b.failures)
    for (const endpoint of order) {
      const reply = await endpoint.send({
        method: 'GET',
        path: '/ring',
        headers: { accept: 'application/json' },
        body: null,
        timeoutMillis: this.#settings.attemptMillis,
        signal: null,
      })
      if (reply.kind === 'answer' && reply.status === 200) {
        this.#learn(JSON.parse(reply.text) as RingBody, endpoint)
        return
      }
    }
  }

  #learn({ node, epoch, partitions, owners, members }: RingBody, from: Endpoint): void {
    const urls = new Map<string, string>()
    for (const { id, url, incarnation } of members) {
      // Where a node says that it is may be behind a proxy: where it answered is known to work.
      const known = id === node ? from.url : url === null ? null : new URL(url).origin
      if (known === null) continue
      urls.set(id, known)
      const endpoint = this.#endpoint(known)
      endpoint.incarnation = Math.max(endpoint.incarnation, incarnation)
    }
    if (this.#known !== null && epoch < this.#known.epoch) return
    this.#known = { epoch, partitions, owners, urls }
  }

  #endpoint(url: string): Endpoint {
    const known = this.#endpoints.get(url)
    if (known !== undefined) return known
    const endpoint = new Endpoint(url, this.#settings)
    this.#endpoints.set(url, endpoint)
    return endpoint
  }
}

function turned<T>(list: readonly T[], turn: number): readonly T[] {
  const first = list.length === 0 ? 0 : turn % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}
