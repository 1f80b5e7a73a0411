/** Verdicts as marks: shape and word, not colour alone. */
import type { Verdict } from '../aggregate/verdict.js'
import { html } from './markup.js'
import type { Markup } from './markup.js'

const paths: Readonly<Record<Verdict | 'none', string>> = {
  ok: 'M3 8.5l3.2 3.2L13 4.5',
  violation: 'M4 4l8 8M12 4l-8 8',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.8-1.1 1.6M8 12.6v.1',
  none: 'M3.5 8h9',
}

export function verdictMark(verdict: Verdict | 'none', text: string): Markup {
  return html`<span class="verdict ${verdict}"
    ><svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="2.2"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d="${paths[verdict]}" /></svg
    >${text}</span
  >`
}
