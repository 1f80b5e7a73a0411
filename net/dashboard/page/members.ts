/** Who is in the cluster and how this node thinks they are; hints and anti-entropy beside it. */
import { html } from 'htm/preact'
import { useState } from 'preact/hooks'
import { call, messageOf } from './call.js'
import { bytesText, colourOf, countText, millisText } from './show.js'
import type { Member, Merkle, Ring, Stats } from './watch.js'

interface MembersProps {
  readonly node: string
  readonly members: readonly Member[]
  readonly ring: Ring
}

export function Members({ node, members, ring }: MembersProps) {
  const ids = ring.members.map(({ id }) => id)
  const owns = new Map(ring.members.map((member) => [member.id, member.owns]))
  return html`<section class="card full" aria-labelledby="members-title">
    <h2 id="members-title">Members, as ${node} sees them</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Table of members">
      <table>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col">state</th>
            <th scope="col">zone</th>
            <th scope="col" class="number">owns</th>
            <th scope="col" class="number">life</th>
            <th scope="col" class="number">silent</th>
            <th scope="col" class="number">round trip</th>
          </tr>
        </thead>
        <tbody>
          ${members.map(
            (member) =>
              html`<tr key=${member.id}>
                <th scope="row">
                  <i class=${`swatch ${colourOf(member.id, ids)}`} aria-hidden="true"></i>
                  <${NodeName} member=${member} node=${node} />
                </th>
                <td><span class=${`pill ${member.state}`}>${member.state}</span></td>
                <td>${member.zone}</td>
                <td class="number">${owns.get(member.id) ?? '–'}</td>
                <td class="number">${member.incarnation}</td>
                <td class="number">${millisText(member.silent_ms)}</td>
                <td class="number">${millisText(member.round_trip_ms)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">A link leads to that node's own dashboard: the cluster as it sees it.</p>
  </section>`
}

function NodeName({ member, node }: { readonly member: Member; readonly node: string }) {
  if (member.id === node) return html`<b>${member.id}</b> (this one)`
  if (member.url === null) return member.id
  return html`<a href=${`${member.url}/`}>${member.id}</a>`
}

export function Hints({ hints }: Pick<Stats, 'hints'>) {
  return html`<section class="card narrow" aria-labelledby="hints-title">
    <h2 id="hints-title">Hints</h2>
    ${
      hints.length === 0
        ? html`<p class="empty">None: this node keeps nothing for others.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">for</th>
                <th scope="col" class="number">keys</th>
                <th scope="col" class="number">size</th>
              </tr>
            </thead>
            <tbody>
              ${hints.map(
                ({ target, keys, bytes }) =>
                  html`<tr key=${target}>
                    <th scope="row">${target}</th>
                    <td class="number">${countText(keys)}</td>
                    <td class="number">${bytesText(bytes)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    <p class="note">Writes kept for an owner that was absent; given to it when it is back.</p>
  </section>`
}

interface SyncProps {
  readonly merkle: Merkle
  readonly isUp: boolean
}

export function Sync({ merkle, isUp }: SyncProps) {
  const [said, say] = useState('')
  const sync = async (): Promise<void> => {
    say('Asking …')
    const answer = await call('/admin/sync', { method: 'POST', body: '{}' })
    const isBegun = answer.kind === 'answer' && answer.status === 202
    say(isBegun ? 'Begun: it compares with every peer.' : messageOf(answer))
  }
  return html`<section class="card wide" aria-labelledby="sync-title">
    <h2 id="sync-title">Anti-entropy</h2>
    ${
      merkle.enabled
        ? html`<${Neighbours} merkle=${merkle} />`
        : html`<p class="empty">Switched off in this cluster.</p>`
    }
    <p class="row">
      <button type="button" disabled=${!isUp || !merkle.enabled} onClick=${() => void sync()}>
        Compare now
      </button>
      <span role="status">${said}</span>
    </p>
  </section>`
}

function Neighbours({ merkle }: { readonly merkle: Merkle }) {
  const due = merkle.needs_repair.filter(({ partitions }) => partitions.length > 0)
  return html`<table>
      <thead>
        <tr>
          <th scope="col">peer</th>
          <th scope="col">doing</th>
          <th scope="col" class="number">different</th>
          <th scope="col" class="number">mended</th>
        </tr>
      </thead>
      <tbody>
        ${merkle.neighbours.map(
          ({ peer, phase, suspects, repaired_keys }) =>
            html`<tr key=${peer}>
              <th scope="row">${peer}</th>
              <td>${phase}</td>
              <td class="number">${countText(suspects)}</td>
              <td class="number">${countText(repaired_keys)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="note">
      ${countText(merkle.exchanges)} exchanges begun, ${countText(merkle.synced_keys)} keys mended
      here.${
        due.length === 0
          ? ''
          : ` To be repaired: ${due
              .map(
                ({ target, partitions }) => `${target} (${String(partitions.length)} partitions)`,
              )
              .join(', ')}.`
      }
    </p>`
}
