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

const yesValue = 'yes'

export function Confirm({ question: { title, sentences, yes }, answer }: ConfirmProps) {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    box.current?.showModal()
  }, [])
  // Closed before it goes, so that the focus is back where it was.
  const close = (value: string): void => box.current?.close(value)
  const closed = (): void => answer(box.current?.returnValue === yesValue)
  return html`<dialog ref=${box} aria-labelledby="confirm-title" onClose=${closed}>
    <h2 id="confirm-title">${title}</h2>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
    <div class="row end">
      <button type="button" autofocus onClick=${() => close('')}>Cancel</button>
      <button type="button" class="danger" onClick=${() => close(yesValue)}>${yes}</button>
    </div>
  </dialog>`
}
