/// <reference lib="dom" />
/** The log of this node, newest line last, which it follows unless one scrolls up. */
import { html } from 'htm/preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { clockText } from './show.js'
import type { LogLine } from './watch.js'

const levels = ['debug', 'info', 'warn', 'error'] as const
const nearPixels = 24

export function Log({
  node,
  lines,
}: {
  readonly node: string
  readonly lines: readonly LogLine[]
}) {
  const [least, setLeast] = useState<number>(1)
  const [words, setWords] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useLayoutEffect(() => {
    const element = box.current
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight
  })
  const scrolled = (): void => {
    const element = box.current
    if (element === null) return
    const { scrollHeight, scrollTop, clientHeight } = element
    follows.current = scrollHeight - scrollTop - clientHeight < nearPixels
  }
  const wanted = words.toLowerCase()
  const shown = lines
    .filter(({ level }) => levels.indexOf(level) >= least)
    .map((line) => ({ ...line, said: fieldsText(line.fields) }))
    .filter(({ event, said }) => `${event} ${said}`.toLowerCase().includes(wanted))
  const setLevel = (event: Event): void => {
    setLeast(Number((event.currentTarget as HTMLSelectElement).value))
  }
  const setFilter = (event: Event): void => {
    setWords((event.currentTarget as HTMLInputElement).value)
  }
  return html`<section class="card full" aria-labelledby="log-title">
    <h2 id="log-title">Log of ${node}</h2>
    <div class="row">
      <label>
        from${' '}
        <select onChange=${setLevel} value=${String(least)}>
          ${levels.map((level, i) => html`<option value=${String(i)}>${level}</option>`)}
        </select>
      </label>
      <label>with <input type="search" value=${words} onInput=${setFilter} /></label>
    </div>
    <div
      class="log"
      ref=${box}
      onScroll=${scrolled}
      tabindex="0"
      role="group"
      aria-label="Log lines"
    >
      ${shown.length === 0 ? html`<p class="empty">No such line.</p>` : null}
      <ol>
        ${shown.map(
          ({ number, at, level, event, said }) =>
            html`<li key=${number} class=${level}>
              <time datetime=${at}>${clockText(Date.parse(at))}</time>${' '}
              <span class="level">${level}</span> <b>${event}</b> <span>${said}</span>
            </li>`,
        )}
      </ol>
    </div>
  </section>`
}

const fieldsText = (fields: LogLine['fields']): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
