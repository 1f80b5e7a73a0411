/// <reference lib="dom" />
/** Asks before something that is not undone by another click. Escape and "Cancel" mean no. */
import { html } from 'htm/preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface Question {
  readonly title: string
  readonly sentences: readonly string[]
  /** What the button says that does it. */
  readonly yes: string
}

interface ConfirmProps {
  readonly question: Question
  readonly answer: (isYes: boolean) => void
}

export function Confirm({ question: { title, sentences, yes }, answer }: ConfirmProps) {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    box.current?.showModal()
  }, [])
  return html`<dialog ref=${box} aria-labelledby="confirm-title" onClose=${() => answer(false)}>
    <h2 id="confirm-title">${title}</h2>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
    <div class="row end">
      <button type="button" autofocus onClick=${() => answer(false)}>Cancel</button>
      <button type="button" class="danger" onClick=${() => answer(true)}>${yes}</button>
    </div>
  </dialog>`
}
