/// <reference lib="dom" />
/** The log of any node, newest line last, which it follows unless one scrolls up. */
import { html } from 'htm/preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useOtherLog } from './otherlog.js'
import type { OtherLog } from './otherlog.js'
import { clockText } from './show.js'
import type { LogLine } from './watch.js'

const levels = ['debug', 'info', 'warn', 'error'] as const
const nearPixels = 24

interface LogProps {
  /** The node that serves the page; its lines come by the stream. */
  readonly self: string
  readonly lines: readonly LogLine[]
  readonly ids: readonly string[]
  readonly isUp: boolean
}

export function Log({ self, lines, ids, isUp }: LogProps) {
  const [node, setNode] = useState(self)
  const [least, setLeast] = useState<number>(1)
  const [words, setWords] = useState('')
  const other = useOtherLog(node === self ? null : node, isUp)
  const wanted = words.toLowerCase()
  const shown = (node === self ? lines : other.lines)
    .filter(({ level }) => levels.indexOf(level) >= least)
    .map((line) => ({ ...line, said: fieldsText(line.fields) }))
    .filter(({ event, said }) => `${event} ${said}`.toLowerCase().includes(wanted))
  const valueOf = (event: Event): string =>
    (event.currentTarget as HTMLSelectElement | HTMLInputElement).value
  return html`<section class="card full" aria-labelledby="log-title">
    <h2 id="log-title">Log of ${node}</h2>
    <div class="row">
      <label>
        node${' '}
        <select name="log-node" onChange=${(event: Event) => setNode(valueOf(event))} value=${node}>
          ${ids.map((id) => html`<option value=${id}>${id}</option>`)}
        </select>
      </label>
      <label>
        from${' '}
        <select
          onChange=${(event: Event) => setLeast(Number(valueOf(event)))}
          value=${String(least)}
        >
          ${levels.map((level, i) => html`<option value=${String(i)}>${level}</option>`)}
        </select>
      </label>
      <label
        >with
        <input type="search" value=${words} onInput=${(event: Event) => setWords(valueOf(event))}
      /></label>
    </div>
    ${node === self ? null : html`<${Whence} self=${self} node=${node} log=${other} />`}
    <${Lines} key=${node} lines=${shown} />
  </section>`
}

interface WhenceProps {
  readonly self: string
  readonly node: string
  readonly log: OtherLog
}

/** How the lines of another node come here, and why no newer ones do. */
function Whence({ self, node, log: { lines, problem, isFile } }: WhenceProps) {
  const old = lines.length === 0 ? '' : ' What you see is from before.'
  const way = isFile
    ? `From the log file of ${node}: also while it is paused or gone.`
    : `${self} asks ${node} for them.`
  return html`<p class="note" role="status">
    ${problem === null ? way : html`<span class="wrong">${problem}.</span>${old}`}
  </p>`
}

interface Shown extends LogLine {
  readonly said: string
}

function Lines({ lines }: { readonly lines: readonly Shown[] }) {
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
  return html`<div
    class="log"
    ref=${box}
    onScroll=${scrolled}
    tabindex="0"
    role="group"
    aria-label="Log lines"
  >
    ${lines.length === 0 ? html`<p class="empty">No such line.</p>` : null}
    <ol>
      ${lines.map(
        ({ number, at, level, event, said }) =>
          html`<li key=${number} class=${level}>
            <time datetime=${at}>${timeText(at)}</time>${' '} <span class="level">${level}</span>
            <b>${event}</b> <span>${said}</span>
          </li>`,
      )}
    </ol>
  </div>`
}

/** What a runtime says when it dies bears no time. */
const timeText = (at: string): string =>
  Date.parse(at) === 0 ? '--:--:--' : clockText(Date.parse(at))

const fieldsText = (fields: LogLine['fields']): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
