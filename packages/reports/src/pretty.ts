import type { Finding, Report, ReportControl } from '@greengate/contracts'
import {
  STATUS_LOOKS,
  type Tone,
  isGreen,
  lookOf,
  statusCounts,
  trustSentence,
  unexplainedRed,
  verdictSentence,
  worstFirst,
} from './rows.ts'
import { clip, count, displayWidth, duration, fit, oneLine, visible, wrap } from './text.ts'
import { type Paint, painter } from './paint.ts'

const FINDINGS_MAX = 10
const FIELD_CHARS_MAX = 1_200
const LABEL_COLUMNS = 10

/** The report for a person at a terminal: verdict first, then every red with all there is to know, greens in one line each. */
export function renderPretty(report: Report, options: { color: boolean; columns: number }): string {
  const paint = painter(options.color)
  const columns = Math.min(Math.max(options.columns || 100, 40), 120)
  const sorted = worstFirst(report.controls)
  const red = sorted.filter((control) => !isGreen(control))
  // A control that nobody can prove yet has nothing to show: one line says it all.
  const explained = red.filter((control) => control.status !== 'unproved')
  const unproved = red.filter((control) => control.status === 'unproved')
  const blocks = [
    head(report, paint, columns),
    ...explained.map((control) => redBlock(control, paint, columns)),
    list('Not proved by any check yet', unproved, paint, columns),
    list('Green', sorted.filter(isGreen), paint, columns),
    notes(report, paint, columns),
    foot(report, paint, columns),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function head(report: Report, paint: Paint, columns: number): readonly string[] {
  const tone: Tone = report.verdict === 'green' ? 'good' : report.verdict === 'red' ? 'bad' : 'open'
  const sign = { good: '✓', bad: '✗', open: '?', none: '' }[tone]
  const { proved, required, catalogue } = report.coverage
  const counts = statusCounts(report.controls)
    .map(({ status, n }) =>
      paint.tone(STATUS_LOOKS[status].tone, `${STATUS_LOOKS[status].sign} ${n} ${STATUS_LOOKS[status].word}`),
    )
    .join('  ')
  const unexplained = unexplainedRed(report)
  return [
    '',
    `${paint.badge(tone, ` ${sign} ${report.verdict.toUpperCase()} `)}  ${paint.bold(fit(`${oneLine(report.service)} at the ${oneLine(report.gate)} gate, ${oneLine(report.environment)}`, columns - 14))}`,
    '',
    ...wrap(verdictSentence(report), columns),
    ...wrap(`Coverage: ${proved} of ${required} required controls proved; the catalogue has ${catalogue}.`, columns),
    ...(counts === '' ? [] : [counts]),
    ...(report.controls.length === 0 ? [paint.tone('bad', unexplained)] : []),
  ]
}

function redBlock(control: ReportControl, paint: Paint, columns: number): readonly string[] {
  const look = lookOf(control)
  const title = `${control.id}  ${oneLine(control.title)}`
  const badge = `${look.sign} ${look.word}`
  const shown = control.findings.slice(0, FINDINGS_MAX)
  const field = (label: string, text: string): readonly string[] => labelled(label, text, paint, columns)
  const said = control.reason === '' ? look.meaning : control.reason
  return [
    ...wrap(title, columns - displayWidth(badge) - 2).map((line, index) =>
      index === 0 ? `${paint.tone(look.tone, badge)}  ${paint.bold(line)}` : `    ${paint.bold(line)}`,
    ),
    ...field('target', control.target),
    ...(shown[0]?.message === control.reason ? [] : field('because', said)),
    ...shown.flatMap((finding) => ['', ...findingLines(finding, field, paint, columns)]),
    ...(control.findings.length > shown.length
      ? ['', `  … and ${count(control.findings.length - shown.length, 'more finding')}: see the HTML report.`]
      : []),
    ...(shown.some((finding) => finding.fix !== '') || control.fix === '' ? [] : field('fix', control.fix)),
    ...field('evidence', control.evidence === '' ? 'none' : control.evidence),
  ]
}

function findingLines(
  finding: Finding,
  field: (label: string, text: string) => readonly string[],
  paint: Paint,
  columns: number,
): readonly string[] {
  const lines = wrap(clip(visible(finding.message), FIELD_CHARS_MAX), columns - 4)
  return [
    ...lines.map((line, index) => `  ${index === 0 ? '•' : ' '} ${paint.bold(line)}`),
    ...field('where', finding.where),
    ...field('expected', finding.expected),
    ...field('seen', finding.observed),
    ...field('fix', finding.fix),
    ...field('aspect', `${finding.aspect} (${finding.code})`),
  ]
}

function labelled(label: string, text: string, paint: Paint, columns: number): readonly string[] {
  if (text === '') return []
  const lines = wrap(clip(visible(text), FIELD_CHARS_MAX), columns - LABEL_COLUMNS - 4)
  return lines.map((line, index) => `    ${paint.dim((index === 0 ? label : '').padEnd(LABEL_COLUMNS))}${line}`)
}

function list(name: string, controls: readonly ReportControl[], paint: Paint, columns: number): readonly string[] {
  if (controls.length === 0) return []
  const several = new Set(controls.map((control) => control.target)).size > 1
  return [
    paint.bold(`${name} (${controls.length})`),
    ...controls.map((control) => {
      const look = lookOf(control)
      const why = control.status === 'not_applicable' ? `: not applicable, ${oneLine(control.reason)}` : ''
      const target = several ? ` [${oneLine(control.target)}]` : ''
      const line = `${control.id}  ${oneLine(control.title)}${target}${why}${control.cached ? ' (seen in an earlier run)' : ''}`
      return `  ${paint.tone(look.tone, look.sign)} ${fit(line, columns - 4)}`
    }),
  ]
}

function notes(report: Report, paint: Paint, columns: number): readonly string[] {
  const bullets = (texts: readonly string[]): readonly string[] =>
    texts.flatMap((text) =>
      wrap(oneLine(text), columns - 4).map((line, index) => `  ${index === 0 ? '•' : ' '} ${line}`),
    )
  return [
    ...(report.reasons.length === 0 ? [] : [paint.bold('Notes'), ...bullets(report.reasons)]),
    ...(report.hints.length === 0
      ? []
      : [paint.bold('What one line more of configuration would add'), ...bullets(report.hints)]),
  ]
}

function foot(report: Report, paint: Paint, columns: number): readonly string[] {
  const { subject } = report
  const commit = subject.commit === '' ? '' : `, commit ${oneLine(subject.commit).slice(0, 12)}`
  const rows: readonly (readonly [string, string])[] = [
    [
      'Subject',
      `${oneLine(subject.name)}, ${subject.kind} ${subject.digest}${commit}${subject.dirty ? ', with uncommitted changes' : ''}`,
    ],
    ['Policy', `${oneLine(report.policy)}, ${report.policyDigest}`],
    ['Trust', trustSentence(report)],
    ['Took', `${duration(report.durationMs)}, from ${report.startedAt}, ${oneLine(report.tool)}`],
  ]
  return rows.flatMap(([label, text]) =>
    wrap(text, columns - LABEL_COLUMNS).map(
      (line, index) => `${paint.dim((index === 0 ? label : '').padEnd(LABEL_COLUMNS))}${line}`,
    ),
  )
}
