/// <reference lib="dom" />
/** A key with every one of its letters to be seen: some of them draw nothing, or turn the line. */
import { html } from 'htm/preact'

export interface Piece {
  readonly text: string
  /** It stands for a letter that cannot be seen. */
  readonly isSign: boolean
}

/** Blanks that a browser leaves out, and what has no picture of its own. */
const unseen =
  /^ +| +$| {2,}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu

/** A blank is a dot, a tab `\t`; others that show nothing are named by their number. */
export function pieces(key: string): readonly Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of key.matchAll(unseen)) {
    if (match.index > from) found.push({ text: key.slice(from, match.index), isSign: false })
    found.push({ text: [...match[0]].map(signOf).join(''), isSign: true })
    from = match.index + match[0].length
  }
  if (from < key.length) found.push({ text: key.slice(from), isSign: false })
  return found
}

const known: Readonly<Record<string, string>> = { ' ': '·', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** Not by the pictures that Unicode has of control characters: few fonts have them. */
function signOf(letter: string): string {
  const code = letter.codePointAt(0) ?? 0
  return known[letter] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** The name of the property is not `key`, which is a word of preact. */
export function Spelled({ name }: { readonly name: string }) {
  return html`<code
    >${pieces(name).map(({ text, isSign }) =>
      isSign ? html`<i class="sign">${text}</i>` : html`<bdi>${text}</bdi>`,
    )}</code
  >`
}
