import type { Finding, Report, ReportControl } from '@greengate/contracts'
import {
  STATUS_LOOKS,
  isGreen,
  lookOf,
  statusCounts,
  trustSentence,
  unexplainedRed,
  verdictSentence,
  worstFirst,
} from './rows.ts'
import { clip, count, duration, oneLine, visible } from './text.ts'

/** GitHub refuses a job summary of more than 1 MiB. */
const BYTES_MAX = 900 * 1024
const TABLE_BYTES_MAX = 400 * 1024
/** Kept free for the closing lines. */
const FOOT_BYTES = 24 * 1024
const FINDINGS_MAX = 20
const FIELD_CHARS_MAX = 2_000

/**
 * A job summary: verdict, table, and one folded block for each red. What a service said stands in code or is escaped,
 * so that none of it becomes a link, a mention, markup or a table cell.
 */
export function renderMarkdown(report: Report): string {
  const out = new Budget(BYTES_MAX - FOOT_BYTES)
  const sorted = worstFirst(report.controls)
  const red = sorted.filter((control) => !isGreen(control))
  out.add(head(report))
  if (sorted.length > 0) table(out, sorted)
  if (red.length > 0) {
    out.add('\n## What is red, and why\n\n')
    const left = red.filter((control) => !out.add(details(control))).length
    if (left > 0) out.force(`\n${count(left, 'more red control')} did not fit here: see the HTML report.\n`)
  }
  return `${out.text}${foot(report)}`
}

/** Text up to a number of bytes; what does not fit is refused whole, never cut in the middle of a construct. */
class Budget {
  text = ''
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  add(part: string, bytesMax = this.#bytesMax): boolean {
    const bytes = Buffer.byteLength(part)
    if (this.#bytes + bytes > bytesMax) return false
    this.#bytes += bytes
    this.text += part
    return true
  }

  /** Short closing remarks for which room was left. */
  force(part: string): void {
    this.#bytes += Buffer.byteLength(part)
    this.text += part
  }
}

function head(report: Report): string {
  const sign = { green: '✅', red: '❌', partial: '⚠️' }[report.verdict]
  const { proved, required, catalogue } = report.coverage
  const counts = statusCounts(report.controls).map(
    ({ status, n }) => `${STATUS_LOOKS[status].sign} ${n} ${STATUS_LOOKS[status].word}`,
  )
  return [
    `# ${sign} ${prose(report.service, 200)}: ${report.verdict}`,
    '',
    `**${verdictSentence(report)}**`,
    ...(report.controls.length === 0 ? ['', prose(unexplainedRed(report))] : []),
    '',
    `${proved} of ${required} required controls proved, catalogue ${catalogue}. Gate ${prose(report.gate, 100)}, environment ${prose(report.environment, 100)}, ${duration(report.durationMs)}.`,
    ...(counts.length === 0 ? [] : ['', counts.join(' · ')]),
    ...bullets('Notes', report.reasons),
    '',
  ].join('\n')
}

function table(out: Budget, sorted: readonly ReportControl[]): void {
  out.add('\n| Status | Control | What must be true | Target | Why it is not green |\n|---|---|---|---|---|\n')
  const left = sorted.filter((control) => {
    const look = lookOf(control)
    const reason = control.status === 'pass' || control.reason === '' ? '' : prose(control.reason, 300)
    const cells = [
      `${look.sign} ${look.word}`,
      control.id,
      prose(control.title, 300),
      prose(control.target, 100),
      reason,
    ]
    return !out.add(`| ${cells.join(' | ')} |\n`, TABLE_BYTES_MAX)
  }).length
  if (left > 0) out.force(`\n${count(left, 'more row')} did not fit here: see the HTML report.\n`)
}

function details(control: ReportControl): string {
  const look = lookOf(control)
  const shown = control.findings.slice(0, FINDINGS_MAX)
  return [
    '<details>',
    `<summary>${look.sign} ${look.word}: <b>${html(control.id)}</b> ${html(oneLine(control.title, 300))} (${html(oneLine(control.target, 100))})</summary>`,
    '',
    ...(control.reason === '' ? [look.meaning] : [fence(control.reason)]),
    '',
    ...shown.flatMap(findingLines),
    ...(control.findings.length > shown.length
      ? [`${control.findings.length - shown.length} more findings: see the HTML report.`, '']
      : []),
    `**Why it matters.** ${prose(control.why)}`,
    '',
    `**How to fix it.** ${prose(control.fix)}`,
    '',
    `Evidence: ${control.evidence === '' ? 'none' : code(oneLine(control.evidence, 200))}`,
    '',
    '</details>',
    '',
  ].join('\n')
}

function findingLines(finding: Finding): readonly string[] {
  return [
    fence(
      [
        finding.message,
        '',
        `aspect    ${finding.aspect} (${finding.code})`,
        `where     ${finding.where}`,
        `expected  ${finding.expected}`,
        `seen      ${finding.observed}`,
        `fix       ${finding.fix}`,
      ]
        .map((line) => clip(line, FIELD_CHARS_MAX))
        .join('\n'),
    ),
    '',
  ]
}

function foot(report: Report): string {
  const { subject } = report
  return [
    ...bullets('What one line more of configuration would add', report.hints),
    '',
    `Subject ${subject.kind} ${code(subject.digest)}${subject.dirty ? ' with uncommitted changes' : ''}, policy ${prose(report.policy, 100)} ${code(report.policyDigest)}, ${trustSentence(report)}, ${prose(report.tool, 100)}.`,
    '',
  ].join('\n')
}

/** At most 20 of them, so that the closing lines have a size that is known. */
function bullets(title: string, texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return []
  const shown = texts.slice(0, 20).map((text) => `- ${prose(text, 150)}`)
  return ['', `**${title}**`, '', ...shown, ...(texts.length > 20 ? [`- and ${texts.length - 20} more`] : [])]
}

const html = (raw: string): string =>
  visible(raw)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/@/g, '&#64;\u2060')

/** Text that shows as itself: every mark escaped, `@name` and addresses kept from becoming mentions and links. */
function prose(raw: string, charsMax = FIELD_CHARS_MAX): string {
  return oneLine(raw, charsMax)
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
    .replace(/\\@/g, '\\@\u2060')
    .replace(/\\:\\\/\\\//g, '\\:\u2060\\/\\/')
    .replace(/(www)(?=\\\.)/gi, '$1\u2060')
}

/** An inline code span that its content can't leave. Not for tables: there a backslash before a pipe ends the cell. */
function code(raw: string): string {
  const content = oneLine(raw)
  if (content === '') return ''
  const ticks = '`'.repeat(longestRun(content) + 1)
  const pad = content.startsWith('`') || content.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${content}${pad}${ticks}`
}

function fence(raw: string): string {
  const content = clip(visible(raw), FIELD_CHARS_MAX * 5)
  const ticks = '`'.repeat(Math.max(3, longestRun(content) + 1))
  return `${ticks}text\n${content}\n${ticks}`
}

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
