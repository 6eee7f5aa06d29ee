import { clip, visible } from '../text.ts'

/** HTML that is safe to put into a page: made by `html` only. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Part = string | number | Markup | readonly Markup[]

const TEXT_CHARS_MAX = 4_000

/** A template whose parts are escaped, for text and quoted attributes, unless they are markup already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((out, string, index) => out + render(parts[index - 1] ?? '') + string))
}

export const none = new Markup('')

/** Catalogue prose: what stands between backticks is code. */
export function prose(text: string): Markup {
  return html`${text.split(/`([^`\n]+)`/).map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))}`
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escape(part)
  return part.map((one) => one.text).join('')
}

function escape(raw: string): string {
  return visible(clip(raw, TEXT_CHARS_MAX))
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}
