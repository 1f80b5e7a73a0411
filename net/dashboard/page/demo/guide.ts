/// <reference lib="dom" />
/** The two guided demonstrations of a local cluster: to choose from, or the one that goes on. */
import { html } from 'htm/preact'
import type { Ref } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { LocalNode, Ring } from '../watch.js'
import { ConflictDemo } from './conflict.js'
import { FailureDemo } from './failure.js'
import { Panel } from './panel.js'
import type { Demo } from './stage.js'

interface GuideProps {
  readonly self: string
  readonly nodes: readonly LocalNode[]
  readonly ring: Ring
  readonly isUp: boolean
}

export function Guide({ self, nodes, ring, isUp }: GuideProps) {
  const [demo, setDemo] = useState<Demo | null>(null)
  const [isEnding, setEnding] = useState(false)
  const [said, say] = useState('')
  const [, setTurn] = useState(0)
  const running = useRef<Demo | null>(null)
  const isFinished = useRef(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const leave = (): void => running.current?.abandon()
    window.addEventListener('pagehide', leave)
    return () => window.removeEventListener('pagehide', leave)
  }, [])
  useLayoutEffect(() => {
    // The buttons that had the focus are gone.
    if (demo === null && isFinished.current) heading.current?.focus()
  }, [demo])
  const changed = (): void => setTurn((turn) => turn + 1)
  const begin = (make: (changed: () => void) => Demo): void => {
    const begun = make(changed)
    running.current = begun
    say('')
    setDemo(begun)
    begun.begin()
  }
  const stop = async (): Promise<void> => {
    if (demo === null) return
    setEnding(true)
    const problem = await demo.stop()
    running.current = null
    setEnding(false)
    setDemo(null)
    isFinished.current = true
    say(problem ?? `${demo.title}: over. All nodes are up, and its keys are deleted.`)
  }
  if (demo !== null) {
    return html`<${Panel} demo=${demo} isEnding=${isEnding} stop=${() => void stop()} />`
  }
  return html`<${Offers}
    self=${self}
    nodes=${nodes}
    ring=${ring}
    isUp=${isUp}
    said=${said}
    heading=${heading}
    begin=${begin}
  />`
}

interface OffersProps extends GuideProps {
  readonly said: string
  readonly heading: Ref<HTMLHeadingElement>
  readonly begin: (make: (changed: () => void) => Demo) => void
}

function Offers({ self, nodes, ring, isUp, said, heading, begin }: OffersProps) {
  const bucket = ring.buckets.find((each) => each.conflict === 'siblings' && !each.context_required)
  const why = isUp ? whyNot(self, nodes, ring) : `${self} does not answer.`
  const others = nodes.map(({ id }) => id).filter((id) => id !== self)
  const victim = others.at(-1) ?? ''
  const cannot = why ?? (bucket === undefined ? 'There is no bucket that keeps siblings.' : null)
  const options = { self, ring, bucket: bucket?.name ?? '' }
  const owners = Math.min(ring.replication.n, ring.members.length)
  const failure = (changed: () => void): Demo => new FailureDemo({ ...options, victim, changed })
  const conflict = (changed: () => void): Demo =>
    new ConflictDemo({ ...options, other: others[0] ?? '', owners, changed })
  const cartText =
    `Two people change one cart through ${self} and ${others[0] ?? ''} at the same moment. ` +
    'Nothing is lost, and the siblings become one value again.'
  return html`<section class="card full offers" aria-labelledby="offers-title">
    <h2 id="offers-title" ref=${heading} tabindex="-1">See it happen</h2>
    <div class="pair">
      <${Offer}
        title="A failure survived"
        text=${`Writes go on while ${victim} is killed and comes back. Then every acknowledged write is looked for on every owner.`}
        cannot=${cannot}
        begin=${() => begin(failure)}
      />
      <${Offer}
        title="A conflict merged"
        text=${cartText}
        cannot=${cannot}
        begin=${() => begin(conflict)}
      />
    </div>
    <p role="status" class="note">${cannot ?? said}</p>
  </section>`
}

interface OfferProps {
  readonly title: string
  readonly text: string
  readonly cannot: string | null
  readonly begin: () => void
}

function Offer({ title, text, cannot, begin }: OfferProps) {
  return html`<div class="offer">
    <h3>${title}</h3>
    <p>${text}</p>
    <button type="button" disabled=${cannot !== null} onClick=${begin}>${`Begin: ${title}`}</button>
  </div>`
}

/** Null: there are enough nodes for one of them to go. */
function whyNot(self: string, nodes: readonly LocalNode[], ring: Ring): string | null {
  const { r, w } = ring.replication
  const need = Math.max(r, w, 2)
  if (nodes.length <= need) {
    return `For these, one node more than R=${String(r)} and W=${String(w)} need is wanted: sim cluster --nodes 3.`
  }
  const absent = nodes.filter(({ state }) => state !== 'ready')
  if (absent.length === 0) return null
  const names = absent.map(({ id, state }) => `${id} is ${state}`).join(', ')
  return `For these, all nodes must be ready: ${names}.`
}
