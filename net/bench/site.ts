/**
 * The cluster as an operator sees it: who owns what, what each node holds by itself, and a push for
 * anti-entropy. Nothing here goes through a quorum.
 */
import { Agent } from 'undici'
import { encodeKey } from '../api/key.js'

export interface SiteMember {
  readonly id: string
  readonly url: string
}

export interface SiteRing {
  readonly partitions: number
  readonly owners: readonly (readonly string[])[]
  readonly members: readonly SiteMember[]
  /** Of the bucket asked about; null: the cluster has none of that name. */
  readonly conflict: 'siblings' | 'lww' | null
}

/** What one node holds of one key. */
export interface HeldKey {
  readonly key: string
  readonly vector_clock: Readonly<Record<string, number>>
  readonly versions: readonly HeldVersion[]
}

export interface HeldVersion {
  readonly dot: string
  readonly text: string
  /** Of bytes; JSON has none. */
  readonly content_type?: string
}

export class SiteError extends Error {
  override readonly name = 'SiteError'
}

const answerMillis = 10_000
const keysPerPage = 1_000

export class Site {
  readonly #nodes: readonly string[]
  readonly #token: string | null
  readonly #agent = new Agent({ connections: 8, connect: { timeout: 1_000 } })

  constructor(nodes: readonly string[], token: string | null) {
    this.#nodes = nodes
    this.#token = token
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  /** From whoever answers first in their order. @throws SiteError if nobody does */
  async ring(bucket: string): Promise<SiteRing> {
    let last = new SiteError('no node is known')
    for (const node of this.#nodes) {
      try {
        return ringOf(await this.#json<RingBody>(node, '/ring'), node, bucket)
      } catch (error) {
        if (!(error instanceof SiteError)) throw error
        last = error
      }
    }
    throw last
  }

  /** Every key with this prefix that the node stores. @throws SiteError */
  async held(node: string, bucket: string, prefix: string): Promise<readonly HeldKey[]> {
    const found: HeldKey[] = []
    const base = `/buckets/${encodeKey(bucket)}/keys?versions=true&limit=${String(keysPerPage)}`
    const path = `${base}&prefix=${encodeURIComponent(prefix)}`
    for (let after: string | null = null; ;) {
      const more: string = after === null ? '' : `&after=${encodeURIComponent(after)}`
      const page: KeysBody = await this.#json<KeysBody>(node, `${path}${more}`)
      found.push(...page.keys)
      if (page.next === null) return found
      after = page.next
    }
  }

  /** What the node holds of a key as its owner; null: it is none. @throws SiteError */
  async holds(node: string, bucket: string, key: string): Promise<HeldKey['vector_clock'] | null> {
    const path = `/buckets/${encodeKey(bucket)}/explain/${encodeKey(key)}`
    const { here } = await this.#json<ExplainBody>(node, path)
    if (here.role !== 'owner') return null
    return here.holds?.vector_clock ?? {}
  }

  /** Owners compare now; what that node cannot or may not do it leaves. */
  async syncNow(node: string): Promise<void> {
    await this.#json(node, '/admin/sync', {}).catch((error: unknown) => {
      if (!(error instanceof SiteError)) throw error
    })
  }

  /** `body`: makes it a POST. */
  async #json<T>(node: string, path: string, body?: object): Promise<T> {
    const signal = AbortSignal.timeout(answerMillis)
    try {
      const response = await this.#agent.request({
        origin: node,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal,
      })
      const text = await response.body.text()
      if (response.statusCode < 300) return JSON.parse(text) as T
      throw new SiteError(`${node}${path}: status ${String(response.statusCode)}`)
    } catch (error) {
      if (error instanceof SiteError) throw error
      const { message, code } = error as NodeJS.ErrnoException
      throw new SiteError(`${node}${path}: ${message || (code ?? 'no answer')}`)
    }
  }
}

interface RingBody {
  readonly node: string
  readonly partitions: number
  readonly owners: readonly (readonly string[])[]
  readonly members: readonly { readonly id: string; readonly url: string | null }[]
  readonly buckets: readonly { readonly name: string; readonly conflict: 'siblings' | 'lww' }[]
}

interface KeysBody {
  readonly keys: readonly HeldKey[]
  readonly next: string | null
}

interface ExplainBody {
  readonly here: {
    readonly role: 'owner' | 'fallback' | 'neither'
    readonly holds: { readonly vector_clock: HeldKey['vector_clock'] } | null
  }
}

function ringOf(body: RingBody, asked: string, bucket: string): SiteRing {
  const { node, partitions, owners, members, buckets } = body
  return {
    partitions,
    owners,
    // Where a node says that it is may be behind a proxy: where it answered is known to work.
    members: members.map(({ id, url }) => ({ id, url: id === node ? asked : (url ?? '') })),
    conflict: buckets.find(({ name }) => name === bucket)?.conflict ?? null,
  }
}
