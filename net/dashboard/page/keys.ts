/// <reference lib="dom" />
/** Get, put and delete of one key, with the versions that did not see each other. */
import { html } from 'htm/preact'
import { useState } from 'preact/hooks'
import { Browse } from './browse.js'
import type { Chosen, Explained, Read, Version } from './document.js'
import { readKey, urlOf, writeKey, wrongJson } from './document.js'
import { Spelled } from './spelled.js'
import type { Ring } from './watch.js'

interface KeysProps {
  readonly ring: Ring
  readonly keyCount: number
  readonly isUp: boolean
  /** The partition of the key that is looked at, for the ring. */
  readonly point: (partition: number | null) => void
}

export function Keys({ ring, keyCount, isUp, point }: KeysProps) {
  const [bucket, setBucket] = useState(ring.buckets[0]?.name ?? 'default')
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const [read, setRead] = useState<Read | null>(null)
  const [said, say] = useState('')
  const [writes, setWrites] = useState(0)

  const get = async (chosen: Chosen, before = ''): Promise<void> => {
    setKey(chosen.key)
    const found = await readKey(chosen)
    if (typeof found === 'string') {
      say(`${before} ${found}`.trim())
      return
    }
    setRead(found)
    point(found.explained?.partition ?? null)
    const [first] = found.versions
    if (first !== undefined && first.contentType === null) setValue(first.text)
    say(`${before} ${countOf(found)}`.trim())
  }
  const known = read?.chosen.key === key && read.chosen.url.startsWith(urlOf(bucket, ''))
  const chosen = known ? read.chosen : { key, url: urlOf(bucket, key) }
  const write = async (next: string | null): Promise<void> => {
    const wrong = next === null ? null : wrongJson(next)
    if (wrong !== null) {
      say(wrong)
      return
    }
    const result = await writeKey({ chosen, value: next, context: known ? read.context : null })
    setWrites(writes + 1)
    if (result === 'Stored.' || result === 'Deleted.') await get(chosen, result)
    else say(result)
  }
  const pick = (next: string): void => {
    setBucket(next)
    setRead(null)
    point(null)
  }
  return html`<section class="card full" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <div class="columns">
      <${Browse}
        node=${ring.node}
        bucket=${bucket}
        turn=${`${String(keyCount)} ${String(writes)}`}
        isUp=${isUp}
        chosen=${known ? read.chosen.url : null}
        choose=${(each: Chosen) => void get(each)}
      />
      <${Editor}
        buckets=${ring.buckets.map(({ name }) => name)}
        bucket=${bucket}
        name=${key}
        value=${value}
        said=${said}
        isKnown=${known}
        isUp=${isUp}
        pick=${pick}
        setKey=${setKey}
        setValue=${setValue}
        get=${() => void get(chosen)}
        write=${(next: string | null) => void write(next)}
      />
      ${known ? html`<${Found} read=${read} take=${setValue} />` : html`<${Nothing} />`}
    </div>
  </section>`
}

interface EditorProps {
  readonly buckets: readonly string[]
  readonly bucket: string
  /** The key; `key` itself is a word of preact. */
  readonly name: string
  readonly value: string
  readonly said: string
  /** What is there was read, and a write will replace it. */
  readonly isKnown: boolean
  readonly isUp: boolean
  readonly pick: (bucket: string) => void
  readonly setKey: (key: string) => void
  readonly setValue: (value: string) => void
  readonly get: () => void
  readonly write: (value: string | null) => void
}

function Editor(props: EditorProps) {
  const { buckets, bucket, name, value, said, isKnown, isUp } = props
  const { pick, setKey, setValue, get, write } = props
  const submit = (event: Event): void => {
    event.preventDefault()
    get()
  }
  const cannot = !isUp || name === ''
  return html`<form onSubmit=${submit}>
    <div class="row">
      <label
        >bucket
        <select
          value=${bucket}
          onChange=${(event: Event) => pick((event.currentTarget as HTMLSelectElement).value)}
        >
          ${buckets.map((each) => html`<option value=${each}>${each}</option>`)}
        </select>
      </label>
      <label class="grow"
        >key
        <input
          name="key"
          value=${name}
          autocomplete="off"
          spellcheck=${false}
          onInput=${(event: Event) => setKey((event.currentTarget as HTMLInputElement).value)}
      /></label>
    </div>
    <label class="value"
      >value, as JSON
      <textarea
        name="value"
        rows="4"
        spellcheck=${false}
        value=${value}
        onInput=${(event: Event) => setValue((event.currentTarget as HTMLTextAreaElement).value)}
      ></textarea>
    </label>
    <div class="row">
      <button type="submit" disabled=${cannot}>Get</button>
      <button type="button" disabled=${cannot} onClick=${() => write(value)}>Put</button>
      <button type="button" disabled=${cannot} onClick=${() => write(null)}>Delete</button>
      <span role="status" class="said">${said}</span>
    </div>
    <p class="note">
      ${
        isKnown
          ? 'A write replaces what you see here, and nothing else.'
          : 'Not read yet: a put adds to what is there, and may make a sibling.'
      }
    </p>
  </form>`
}

function countOf({ versions }: Read): string {
  if (versions.length === 0) return 'Nothing is stored there.'
  if (versions.length === 1) return 'One value.'
  return `${String(versions.length)} siblings: put one value to replace them all.`
}

function Nothing() {
  return html`<p class="empty">
    Choose a key on the left, or get one by its name: its versions are shown here.
  </p>`
}

interface FoundProps {
  readonly read: Read
  readonly take: (value: string) => void
}

function Found({ read: { chosen, versions, clock, explained }, take }: FoundProps) {
  const events = Object.entries(clock).map(([actor, count]) => `${actor} = ${String(count)}`)
  return html`<div class="found">
    <h3>${versions.length > 1 ? 'Siblings of' : 'Value of'} <${Spelled} name=${chosen.key} /></h3>
    ${versions.length === 0 ? html`<p class="empty">Absent, or deleted.</p>` : null}
    <ol>
      ${versions.map((version) => html`<${Shown} version=${version} take=${take} />`)}
    </ol>
    ${
      events.length === 0 ? null : html`<p class="note">Seen: <code>${events.join(', ')}</code></p>`
    }
    ${explained === null ? null : html`<${Where} explained=${explained} />`}
  </div>`
}

function Shown({
  version,
  take,
}: {
  readonly version: Version
  readonly take: (v: string) => void
}) {
  const { text, dot, contentType } = version
  return html`<li>
    <pre tabindex="0">${text}</pre>
    <div class="row note">
      ${
        contentType === null
          ? html`<button type="button" class="small" onClick=${() => take(text)}>Edit this</button>`
          : html`<span>bytes, ${contentType}</span>`
      }
      ${dot === null ? null : html`<span>by event <code>${dot}</code></span>`}
    </div>
  </li>`
}

function Where({ explained }: { readonly explained: Explained }) {
  const { partition, owners, here, why } = explained
  const hints = here.hints.map(({ target }) => target)
  const ids = owners.map(({ id, state }) => (state === 'alive' ? id : `${id} (${state})`))
  const holds = here.holds === null ? 'holds nothing of it' : 'holds it'
  const hint = hints.length === 0 ? '' : `, and a hint for ${hints.join(', ')}`
  return html`<p class="note">
      ${`Partition ${String(partition)}, owners ${ids.join(', ')}. ${here.node} ${holds}${hint}.`}
    </p>
    <details>
      <summary>Why there</summary>
      <ul class="note">
        ${why.map((sentence) => html`<li>${sentence}</li>`)}
      </ul>
    </details>`
}
