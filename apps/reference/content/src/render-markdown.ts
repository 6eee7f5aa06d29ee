import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

/**
 * Markdown as HTML that is safe to put into a page: HTML in it becomes text, addresses of other schemes than http, https,
 * mailto and the like become empty, and no page that is linked to gets a handle on ours.
 */
export function renderMarkdown(markdown: string): string {
  const html = micromark(markdown, {
    allowDangerousHtml: false,
    allowDangerousProtocol: false,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  })
  // Every `<` of the text is written as `&lt;`, in attributes as well: what is left begins a tag.
  return html.replaceAll('<a href=', '<a rel="noopener noreferrer" href=')
}
