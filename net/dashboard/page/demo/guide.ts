/// <reference lib="dom" />
/** The two guided demonstrations of a local cluster: to choose from, or the one that goes on. */
import { html } from 'htm/preact'
import type { Ref } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ConflictDemo } from './conflict.js'
import { FailureDemo } from './failure.js'
import type { Situation } from './need.js'
import { bucketFor, whyNot } from './need.js'
import { Panel } from './panel.js'
import type { Demo } from './stage.js'

export function Guide({ self, nodes, ring, isUp }: Situation) {
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

interface OffersProps extends Situation {
  readonly said: string
  readonly heading: Ref<HTMLHeadingElement>
  readonly begin: (make: (changed: () => void) => Demo) => void
}

function Offers({ said, heading, begin, ...situation }: OffersProps) {
  const { self, nodes, ring } = situation
  const others = nodes.map(({ id }) => id).filter((id) => id !== self)
  const [other = 'another node'] = others
  const victim = others.at(-1) ?? 'another node'
  const options = { self, ring, bucket: bucketFor(ring) ?? '' }
  const owners = Math.min(ring.replication.n, ring.members.length)
  const failure = (changed: () => void): Demo => new FailureDemo({ ...options, victim, changed })
  const conflict = (changed: () => void): Demo =>
    new ConflictDemo({ ...options, other, owners, changed })
  const failureText =
    `Writes go on while ${victim} is killed and comes back. ` +
    'Then every acknowledged write is looked for on every owner.'
  const cartText =
    `Two people change one cart through ${self} and ${other} at the same moment. ` +
    'Nothing is lost, and the siblings become one value again.'
  return html`<section class="card full offers" aria-labelledby="offers-title">
    <h2 id="offers-title" ref=${heading} tabindex="-1">See it happen</h2>
    <div class="pair">
      <${Offer}
        title="A failure survived"
        text=${failureText}
        cannot=${whyNot(situation, 1)}
        begin=${() => begin(failure)}
      />
      <${Offer}
        title="A conflict merged"
        text=${cartText}
        cannot=${whyNot(situation, 0)}
        begin=${() => begin(conflict)}
      />
    </div>
    <p role="status" class="note">${said}</p>
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
    <div class="row">
      <button type="button" disabled=${cannot !== null} onClick=${begin}>
        ${`Begin: ${title}`}
      </button>
      ${cannot === null ? null : html`<span class="note">${cannot}</span>`}
    </div>
  </div>`
}
