/// <reference lib="dom" />
/** The dashboard of the node that serves it. */
import { html, render } from 'htm/preact'
import { useEffect, useState } from 'preact/hooks'
import { rememberToken } from './call.js'
import { Charts } from './chart.js'
import { Guide } from './demo/guide.js'
import { Keys } from './keys.js'
import { Log } from './log.js'
import { Hints, Members, Sync } from './members.js'
import { Processes } from './processes.js'
import { leftText } from './quorum.js'
import { RingView } from './ring.js'
import { bytesText, clockText, countText, spanText } from './show.js'
import type { Link, Member, Ring, Seen } from './watch.js'
import { nothingSeen, Watch } from './watch.js'

function Dashboard() {
  const [seen, setSeen] = useState<Seen>(nothingSeen)
  const [watch] = useState(() => new Watch(setSeen))
  const [partition, point] = useState<number | null>(null)
  useEffect(() => {
    watch.now()
  }, [watch])
  const { link, ring, stats, members, merkle, nodes, samples, log } = seen
  useEffect(() => {
    if (stats !== null) document.title = `${link.kind === 'up' ? '' : 'no answer · '}${stats.node}`
  }, [link.kind, stats?.node])
  const isUp = link.kind === 'up'
  const isDrawn = ring !== null && stats !== null && merkle !== null
  return html`<a class="skip" href="#main">Skip to the dashboard</a>
    <${Head} seen=${seen} />
    <main id="main" class=${isUp ? '' : 'stale'} tabindex="-1">
      <${Notice} link=${link} members=${members} node=${stats?.node ?? 'The node'} />
      ${link.kind === 'token' ? html`<${TokenForm} watch=${watch} link=${link} />` : null}
      ${
        isUp && ring !== null
          ? html`<${Troubles}
              members=${members}
              readOnly=${stats?.read_only ?? null}
              replication=${ring.replication}
            />`
          : null
      }
      ${
        isDrawn
          ? html`<div class="grid">
              ${
                nodes === null
                  ? null
                  : html`<${Guide} self=${stats.node} nodes=${nodes} ring=${ring} isUp=${isUp} />`
              }
              <${RingView} ring=${ring} members=${members} partition=${partition} />
              <div class="stack">
                <${Members} node=${stats.node} members=${members} ring=${ring} />
                <${Processes} self=${stats.node} nodes=${nodes} ring=${ring} isUp=${isUp} />
              </div>
              <${Charts} samples=${samples} />
              <${Hints} hints=${stats.hints} />
              <${Sync} merkle=${merkle} isUp=${isUp} />
              <${Keys} ring=${ring} keyCount=${stats.keys} isUp=${isUp} point=${point} />
              <${Log}
                self=${stats.node}
                lines=${log}
                ids=${members.map(({ id }) => id)}
                isUp=${isUp}
              />
            </div>`
          : null
      }
    </main>`
}

function Head({ seen: { link, ring, stats } }: { readonly seen: Seen }) {
  const state = link.kind === 'up' ? (stats?.state ?? 'starting') : wordOf(link)
  const good = state === 'ready' ? 'alive' : link.kind === 'down' ? 'dead' : 'suspect'
  return html`<header>
    <p class="brand">dynamo-sim</p>
    <h1>${stats?.node ?? 'dynamo-sim'}</h1>
    <span class=${`pill ${good}`}>${state}</span>
    ${
      stats === null
        ? null
        : html`<dl>
            <div>
              <dt>cluster</dt>
              <dd>${ring?.cluster ?? '–'}</dd>
            </div>
            <div>
              <dt>up</dt>
              <dd>${spanText(stats.uptime_seconds)}</dd>
            </div>
            <div>
              <dt>life</dt>
              <dd>${stats.incarnation}</dd>
            </div>
            <div>
              <dt>keys</dt>
              <dd>${countText(stats.keys)}</dd>
            </div>
            <div>
              <dt>tombstones</dt>
              <dd>${countText(stats.tombstones)}</dd>
            </div>
            <div>
              <dt>memory</dt>
              <dd>${bytesText(stats.memory_bytes.resident)}</dd>
            </div>
          </dl>`
    }
  </header>`
}

const words = { connecting: 'connecting', up: 'ready', down: 'no answer', token: 'token needed' }
const wordOf = ({ kind }: Link): string => words[kind]

interface NoticeProps {
  readonly link: Link
  readonly members: readonly Member[]
  readonly node: string
}

/** There from the start, so that what comes into it is read out. */
function Notice({ link, members, node }: NoticeProps) {
  const others = members.filter(({ id, url }) => id !== node && url !== null)
  return html`<div role="alert">
    ${
      link.kind === 'down'
        ? html`<p class="notice bad">
            <b>${node} ${link.why}</b>, since ${clockText(link.sinceMillis)}. What you see below is
            from before; it is asked again each second.
            ${
              others.length === 0
                ? null
                : html`${' '}Others:${' '}
                  ${others.map(
                    ({ id, url }, i) =>
                      html`${i > 0 ? ', ' : ''}<a href=${`${url ?? ''}/`}>${id}</a>`,
                  )}.`
            }
          </p>`
        : null
    }
  </div>`
}

interface TroublesProps {
  readonly members: readonly Member[]
  readonly readOnly: string | null
  readonly replication: Ring['replication']
}

function Troubles({ members, readOnly, replication }: TroublesProps) {
  const absent = members.filter(({ state }) => state === 'suspect' || state === 'dead')
  const alive = members.filter(({ state }) => state === 'alive' || state === 'suspect').length
  return html`<div role="status">
    ${
      absent.length === 0
        ? null
        : html`<p class="notice warn">
            ${absent.map(({ id, state }, i) => html`${i > 0 ? ', ' : ''}<b>${id}</b> seems ${state}`)}.
            ${leftText(absent.length, alive, replication)}
          </p>`
    }
    ${readOnly === null ? null : html`<p class="notice warn"><b>Reads only:</b> ${readOnly}</p>`}
  </div>`
}

interface TokenProps {
  readonly watch: Watch
  readonly link: Extract<Link, { kind: 'token' }>
}

function TokenForm({ watch, link }: TokenProps) {
  const [token, setToken] = useState('')
  const enter = (event: Event): void => {
    event.preventDefault()
    rememberToken(token.trim())
    watch.now()
  }
  return html`<form class="card token" onSubmit=${enter}>
    <h2>This node wants a token</h2>
    <p>${link.message}. It stays in this tab, and goes to this node alone.</p>
    <p>
      Whoever runs the node has them: <code>tokens</code> of its configuration names the file or the
      variable of each. One of role <code>read</code> sees everything, <code>write</code> also
      changes keys, <code>admin</code> does the rest.
    </p>
    <div class="row">
      <label class="grow"
        >token
        <input
          type="password"
          autocomplete="off"
          value=${token}
          onInput=${(event: Event) => setToken((event.currentTarget as HTMLInputElement).value)}
      /></label>
      <button type="submit" disabled=${!/^[\x21-\x7e]+$/.test(token.trim())}>Use it</button>
    </div>
  </form>`
}

const place = document.getElementById('app')
if (place !== null) render(html`<${Dashboard} />`, place)
