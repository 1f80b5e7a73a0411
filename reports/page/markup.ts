/**
 * HTML by template: what is put in is escaped, unless it is markup already. Names, keys and values
 * come from scenario files and clients; none of them may become markup.
 */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type Content = Markup | string | number | null | false | readonly Content[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for quoted attributes. Characters that no HTML may hold become U+FFFD. */
export const escape = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '\ufffd')

function render(content: Content): string {
  if (content === null || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escape(content)
  if (typeof content === 'number') return String(content)
  return content.map(render).join('')
}

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  let text = parts[0] ?? ''
  contents.forEach((content, index) => {
    text += render(content) + (parts[index + 1] ?? '')
  })
  return new Markup(text)
}

/** Text that is markup already: our own style sheet and scripts, nothing from a run. */
export const trusted = (text: string): Markup => new Markup(text)

/**
 * JSON for a `<script type="application/json">`: no `<`, so nothing can close the element or open
 * a comment.
 */
export const embeddedJson = (value: unknown): Markup =>
  new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
