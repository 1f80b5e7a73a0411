/** The ring: one track for each place among the owners, coloured by who has it. */
import { html } from 'htm/preact'
import { colourOf } from './show.js'
import type { Member, Ring } from './watch.js'

const centre = 160
const outer = 152
const track = 22
const gap = 4

interface Place {
  readonly owner: string
  readonly path: string
}

const point = (radius: number, turn: number): string => {
  const angle = (turn - 0.25) * 2 * Math.PI
  return `${(centre + radius * Math.cos(angle)).toFixed(2)} ${(centre + radius * Math.sin(angle)).toFixed(2)}`
}

/** From one partition up to another, between two radii. */
export function arc(from: number, to: number, partitions: number, radius: number): string {
  // A whole circle begins where it ends, and would be nothing.
  const end = Math.min(to / partitions, from / partitions + 0.9999)
  const begin = from / partitions
  const large = end - begin > 0.5 ? 1 : 0
  const inner = radius - track
  const out = `A${String(radius)} ${String(radius)} 0 ${String(large)} 1 ${point(radius, end)}`
  const back = `A${String(inner)} ${String(inner)} 0 ${String(large)} 0 ${point(inner, begin)}`
  return `M${point(radius, begin)}${out}L${point(inner, end)}${back}Z`
}

/** Neighbours with the same owner are one arc; all arcs of one owner in a track are one path. */
export function placesOf(owners: readonly (readonly string[])[], place: number): Place[] {
  const paths = new Map<string, string>()
  const radius = outer - place * (track + gap)
  let from = 0
  for (let partition = 1; partition <= owners.length; partition++) {
    const owner = owners[from]?.[place]
    if (partition < owners.length && owners[partition]?.[place] === owner) continue
    if (owner !== undefined) {
      paths.set(owner, (paths.get(owner) ?? '') + arc(from, partition, owners.length, radius))
    }
    from = partition
  }
  return [...paths].map(([owner, path]) => ({ owner, path }))
}

interface RingProps {
  readonly ring: Ring
  readonly members: readonly Member[]
  /** Where the key looked at lives. */
  readonly partition: number | null
}

export function RingView({ ring, members, partition }: RingProps) {
  const ids = ring.members.map(({ id }) => id)
  const absent = members.filter(({ state }) => state !== 'alive').map(({ id }) => id)
  const { n, r, w } = ring.replication
  const places = Array.from({ length: Math.min(n, 4) }, (_, place) => place)
  const what =
    `${String(ring.partitions)} partitions, each with ${String(n)} owners` +
    (absent.length === 0 ? '' : `; not alive: ${absent.join(', ')}`)
  return html`<section class="card ring" aria-labelledby="ring-title">
    <h2 id="ring-title">Ring</h2>
    <svg viewBox="0 0 320 320" role="img" aria-label=${what}>
      ${places.map((place) =>
        placesOf(ring.owners, place).map(
          ({ owner, path }) =>
            html`<path
              d=${path}
              class=${`${colourOf(owner, ids)} ${absent.includes(owner) ? 'absent' : ''}`}
            />`,
        ),
      )}
      ${partition === null ? null : html`<${Needle} at=${(partition + 0.5) / ring.partitions} />`}
      <text x="160" y="156" class="big">${ring.partitions}</text>
      <text x="160" y="174">partitions</text>
    </svg>
    <p class="note">
      N=${n} R=${r} W=${w}${ring.replication.sloppy ? ', sloppy quorums' : ', strict quorums'},
      epoch ${' '}${ring.epoch}. Outer track: first owners.
    </p>
  </section>`
}

function Needle({ at }: { readonly at: number }) {
  const [fromX, fromY] = point(66, at).split(' ')
  const [toX, toY] = point(outer + 6, at).split(' ')
  return html`<line class="needle" x1=${fromX} y1=${fromY} x2=${toX} y2=${toY} />`
}
