import { classReactions, entryReaction, reactions } from './reaction.ts'
import { errorClasses, type ErrorEntry, type ErrorRegistry } from './registry.ts'

function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|')
}

function row(code: string, entry: ErrorEntry): string {
  const wait = entry.retryAfterS === null ? 'no' : `after ${entry.retryAfterS} s`
  const cells = [
    `\`${code}\``,
    String(entry.status),
    entry.class,
    wait,
    `\`${entryReaction(entry)}\``,
    entry.message,
    entry.fix,
  ]
  return `| ${cells.map(cell).join(' | ')} |`
}

/**
 * The registry as a Markdown page: every code with its class, status, whether to try again, what the service does and
 * what the caller can do. The same registry gives the same text; codes are sorted by status, then by name.
 * @param title first heading. Default `Errors`
 */
export function errorsReference(registry: ErrorRegistry, title = 'Errors'): string {
  const codes = Object.entries(registry).toSorted(
    ([a, x], [b, y]) => x.status - y.status || (a < b ? -1 : a > b ? 1 : 0),
  )
  const used = new Set(codes.map(([, entry]) => entryReaction(entry)))
  return [
    `# ${title}`,
    '',
    'Every error is answered as `{"error":{"code","message","details","request_id","help"}}`, or as',
    '`application/problem+json` (RFC 9457) to a caller whose Accept header prefers it. `code` is one of these:',
    '',
    '| code | status | class | try again | reaction | says | what helps |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...codes.map(([code, entry]) => row(code, entry)),
    '',
    '## What the service does',
    '',
    '| reaction | meaning | asked for by |',
    '| --- | --- | --- |',
    ...Object.entries(reactions)
      .filter(([name]) => name === 'crash' || used.has(name as keyof typeof reactions))
      .map(([name, meaning]) => {
        const classes = errorClasses.filter((one) => classReactions[one] === name)
        return `| \`${name}\` | ${meaning} | ${classes.join(', ') || 'single codes'} |`
      }),
    '',
  ].join('\n')
}
