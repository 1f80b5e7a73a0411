/**
 * The end of a benchmark: once nothing is under way, every owner is asked what it holds of the keys
 * that were written, by itself and without a quorum. Owners that differ get time to mend.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { keyRef } from '../../core/index.js'
import { tagOf } from '../../scenarios/workload.js'
import type { HeldKey, HeldVersion, Site, SiteRing } from './site.js'
import { SiteError } from './site.js'
import { historyDot } from './vector.js'

/** What one owner holds, as a history shows it. */
export interface FinalRead {
  readonly node: string
  readonly key: string
  readonly value: string | readonly string[] | null
  readonly dots: readonly string[]
  readonly vv: Readonly<Record<string, number>>
}

export type Finals =
  | {
      readonly kind: 'read'
      readonly finals: readonly FinalRead[]
      readonly keys: number
      /** Keys that the owners hold differently, still. */
      readonly divergent: number
      /** From the end of the load until they were found equal, or given up. */
      readonly tookMillis: number
    }
  /** An owner could not be asked: what is lost and what is only there nobody knows. */
  | { readonly kind: 'unread'; readonly why: string }

export interface FinalWish {
  readonly bucket: string
  readonly prefix: string
  /** Owners that differ, or do not answer, have so long. */
  readonly settleMillis: number
  readonly stopped: () => boolean
}

const pauseMillis = 250

export async function readFinals(site: Site, wish: FinalWish): Promise<Finals> {
  const begun = performance.now()
  for (let tries = 0; ; tries++) {
    const found = await attempt(site, wish)
    const tookMillis = Math.round(performance.now() - begun)
    const isOver = tookMillis >= wish.settleMillis || wish.stopped()
    if (found.kind === 'read' && (found.divergent === 0 || isOver)) return { ...found, tookMillis }
    if (found.kind === 'unread' && isOver) return found
    await sleep(pauseMillis)
  }
}

async function attempt(site: Site, { bucket, prefix }: FinalWish): Promise<Finals> {
  try {
    const ring = await site.ring(bucket)
    const held = new Map<string, ReadonlyMap<string, HeldKey>>()
    for (const { id, url } of ring.members) {
      const keys = await site.held(url, bucket, prefix)
      held.set(id, new Map(keys.map((each) => [each.key, each])))
    }
    const found = compare(ring, bucket, held)
    if (found.divergent > 0) {
      await Promise.all(ring.members.map(({ url }) => site.syncNow(url)))
    }
    return { kind: 'read', ...found, tookMillis: 0 }
  } catch (error) {
    if (error instanceof SiteError) return { kind: 'unread', why: error.message }
    throw error
  }
}

/** Owners without a key that another one has are shown as holding nothing. */
function compare(
  { partitions, owners }: SiteRing,
  bucket: string,
  held: ReadonlyMap<string, ReadonlyMap<string, HeldKey>>,
) {
  const keys = [...new Set([...held.values()].flatMap((each) => [...each.keys()]))].sort()
  const finals: FinalRead[] = []
  let divergent = 0
  for (const key of keys) {
    const { partition } = keyRef(bucket, key, partitions)
    const states = new Set<string>()
    for (const node of owners[partition] ?? []) {
      const final = finalOf(node, key, held.get(node)?.get(key))
      states.add(JSON.stringify([final.dots, Object.entries(final.vv).sort()]))
      finals.push(final)
    }
    if (states.size > 1) divergent++
  }
  return { finals, keys: keys.length, divergent }
}

function finalOf(node: string, key: string, held: HeldKey | undefined): FinalRead {
  if (held === undefined) return { node, key, value: null, dots: [], vv: {} }
  const { versions, vector_clock: vv } = held
  const values = versions.map(shownOf)
  return {
    ...{ node, key, vv },
    value: values.length > 1 ? values : (values[0] ?? null),
    dots: versions.map(({ dot }) => historyDot(dot)),
  }
}

/** As the workers show it; what somebody else has written there stands as it is. */
function shownOf({ text, content_type: type }: HeldVersion): string {
  if (type !== undefined) return text
  const value: unknown = JSON.parse(text)
  return typeof value === 'string' ? tagOf(value) : text
}
