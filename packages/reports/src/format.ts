import type { Report } from '@greengate/contracts'
import { renderHtml } from './html/html.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderPretty } from './pretty.ts'
import { renderSarif } from './sarif.ts'

export const FORMATS = ['pretty', 'json', 'junit', 'sarif', 'markdown', 'html'] as const
export type Format = (typeof FORMATS)[number]

/**
 * The report as text. Pure: the same report gives the same bytes.
 *
 * @param options `color` and `columns` (terminal columns) matter to `pretty` only.
 */
export function renderReport(report: Report, format: Format, options: { color: boolean; columns: number }): string {
  switch (format) {
    case 'pretty':
      return renderPretty(report, options)
    case 'json':
      return renderJson(report)
    case 'junit':
      return renderJunit(report)
    case 'sarif':
      return renderSarif(report)
    case 'markdown':
      return renderMarkdown(report)
    case 'html':
      return renderHtml(report)
  }
}
