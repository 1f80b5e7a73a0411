/** The processes of a local cluster: how each is, and stopping, pausing and starting it. */
import { html } from 'htm/preact'
import { useRef, useState } from 'preact/hooks'
import type { Act } from './act.js'
import { actNames, actProgress, actsOf, doAct, questionOf } from './act.js'
import { Confirm } from './confirm.js'
import { colourOf } from './show.js'
import type { LocalNode, Ring } from './watch.js'

interface ProcessesProps {
  readonly self: string
  readonly nodes: readonly LocalNode[] | null
  readonly ring: Ring
  readonly isUp: boolean
}

interface Wanted {
  readonly node: LocalNode
  readonly act: Act
}

const looks: Readonly<Record<LocalNode['state'], string>> = {
  ready: 'alive',
  starting: 'suspect',
  stopping: 'suspect',
  paused: 'suspect',
  stopped: 'unknown',
  died: 'dead',
}

interface Fresh {
  /** What the stream had said before. */
  readonly instead: readonly LocalNode[] | null
  readonly nodes: readonly LocalNode[]
}

export function Processes({ self, nodes: streamed, ring, isUp }: ProcessesProps) {
  const [wanted, want] = useState<Wanted | null>(null)
  const [pending, setPending] = useState<Readonly<Record<string, Act>>>({})
  const [said, say] = useState('')
  /** The answer to an act is newer than the stream, until the stream says more. */
  const [fresh, setFresh] = useState<Fresh | null>(null)
  const newest = useRef(streamed)
  newest.current = streamed
  const nodes = fresh !== null && fresh.instead === streamed ? fresh.nodes : streamed
  const perform = async ({ node: { id }, act }: Wanted): Promise<void> => {
    setPending((before) => ({ ...before, [id]: act }))
    say(`${id} is ${actProgress[act]}.`)
    const { problem, nodes: told } = await doAct(id, act)
    // Of itself a node tells how it was before.
    if (told !== null && id !== self) setFresh({ instead: newest.current, nodes: told })
    setPending((before) => without(before, id))
    say(problem === null ? '' : `${id}: ${problem}`)
  }
  if (nodes === null) return html`<${NotLocal} />`
  const question = wanted === null ? null : questionOf({ ...wanted, self, nodes, ring })
  const press = (each: Wanted): void => {
    if (questionOf({ ...each, self, nodes, ring }) === null) void perform(each)
    else want(each)
  }
  const answer = (isYes: boolean): void => {
    if (isYes && wanted !== null) void perform(wanted)
    want(null)
  }
  return html`<section class="card" aria-labelledby="processes-title">
    <h2 id="processes-title">Processes</h2>
    <ul class="processes">
      ${nodes.map(
        (node) =>
          html`<${Row}
            key=${node.id}
            node=${node}
            colour=${colourOf(
              node.id,
              ring.members.map(({ id }) => id),
            )}
            pending=${pending[node.id] ?? null}
            isUp=${isUp}
            press=${(act: Act) => press({ node, act })}
          />`,
      )}
    </ul>
    <p class="note" role="status">${said}</p>
    ${question === null ? null : html`<${Confirm} question=${question} answer=${answer} />`}
  </section>`
}

function without(acts: Readonly<Record<string, Act>>, id: string): Readonly<Record<string, Act>> {
  return Object.fromEntries(Object.entries(acts).filter(([each]) => each !== id))
}

interface RowProps {
  readonly node: LocalNode
  readonly colour: string
  readonly pending: Act | null
  readonly isUp: boolean
  readonly press: (act: Act) => void
}

function Row({ node: { id, state }, colour, pending, isUp, press }: RowProps) {
  const shown = pending === null ? state : `${actProgress[pending]} …`
  const look = pending === null ? looks[state] : 'suspect'
  return html`<li aria-busy=${pending !== null}>
    <b class="name"><i class=${`swatch ${colour}`} aria-hidden="true"></i>${id}</b>
    <span class=${`pill ${look}`}>${shown}</span>
    <span class="acts">
      ${actsOf[state].map(
        (act) =>
          html`<button
            key=${act}
            type="button"
            class=${act === 'kill' || act === 'stop' ? 'small risky' : 'small'}
            aria-label=${`${actNames[act]} ${id}`}
            disabled=${!isUp || (pending !== null && act !== 'kill')}
            onClick=${() => press(act)}
          >
            ${actNames[act]}
          </button>`,
      )}
    </span>
  </li>`
}

function NotLocal() {
  return html`<section class="card" aria-labelledby="processes-title">
    <h2 id="processes-title">Processes</h2>
    <p class="empty">
      This node was not started by <code>sim cluster</code>, so nobody here can be told to stop,
      pause or start it. On a local cluster you can, and watch two guided demonstrations:
    </p>
    <p><code>npx sim cluster --nodes 3</code></p>
  </section>`
}
