/** The keys that this node stores, a page at a time. */
import { html } from 'htm/preact'
import { useEffect, useState } from 'preact/hooks'
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'
import { call, jsonOf, messageOf } from './call.js'
import type { Chosen } from './document.js'
import { Spelled } from './spelled.js'

type Page = z.output<typeof schema.keys>

interface BrowseProps {
  readonly node: string
  readonly bucket: string
  /** Changes where the list may have: then it is asked for again. */
  readonly turn: string
  readonly isUp: boolean
  /** Where the key is that is shown beside. */
  readonly chosen: string | null
  readonly choose: (chosen: Chosen) => void
}

const pageLength = 12

export function Browse({ node, bucket, turn, isUp, chosen, choose }: BrowseProps) {
  const [prefix, setPrefix] = useState('')
  /** The last key of each page before this one. */
  const [trail, setTrail] = useState<readonly string[]>([])
  const [page, setPage] = useState<Page | null>(null)
  const [wrong, setWrong] = useState('')
  const after = trail.at(-1)
  useEffect(() => {
    if (!isUp) return
    let isOld = false
    const query = new URLSearchParams({ limit: String(pageLength) })
    if (prefix !== '') query.set('prefix', prefix)
    if (after !== undefined) query.set('after', after)
    void call(`/buckets/${encodeURIComponent(bucket)}/keys?${query.toString()}`).then((answer) => {
      if (isOld) return
      const isGood = answer.kind === 'answer' && answer.status === 200
      setWrong(isGood ? '' : messageOf(answer))
      if (isGood) setPage(jsonOf(answer) as Page)
    })
    return () => {
      isOld = true
    }
  }, [bucket, prefix, after, turn, isUp])
  const filter = (event: Event): void => {
    setPrefix((event.currentTarget as HTMLInputElement).value)
    setTrail([])
  }
  const next = page?.next ?? null
  return html`<div class="browse">
    <h3 id="browse-title">Keys on ${node}</h3>
    <label>begin with <input type="search" value=${prefix} onInput=${filter} /></label>
    ${wrong === '' ? null : html`<p class="wrong">${wrong}</p>`}
    <ul aria-labelledby="browse-title">
      ${page?.keys.map(
        ({ key, url, siblings, deleted }) =>
          html`<li key=${url}>
            <button
              type="button"
              class="plain"
              aria-current=${url === chosen ? 'true' : undefined}
              onClick=${() => choose({ key, url })}
            >
              <${Spelled} name=${key} />
              ${siblings > 1 ? html` <span class="pill suspect">${siblings} siblings</span>` : null}
              ${deleted ? html` <span class="pill unknown">deleted</span>` : null}
            </button>
          </li>`,
      )}
    </ul>
    ${page?.keys.length === 0 ? html`<p class="empty">No such keys.</p>` : null}
    <div class="row">
      <button
        type="button"
        disabled=${trail.length === 0}
        onClick=${() => setTrail(trail.slice(0, -1))}
      >
        Back
      </button>
      <button
        type="button"
        disabled=${next === null}
        onClick=${() => next !== null && setTrail([...trail, next])}
      >
        More
      </button>
    </div>
  </div>`
}
