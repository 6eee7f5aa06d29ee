import type { Report, ReportControl } from '@greengate/contracts'
import { type FamilyGroup, byFamily, isGreen, lookOf, unexplainedRed } from './rows.ts'
import { clip, oneLine, visible } from './text.ts'

/** A reader of JUnit keeps all of it in memory. */
const SYSTEM_OUT_CHARS_MAX = 20_000
const FINDINGS_MAX = 100

/**
 * One test case per control and target. Only `pass` passes; `not_applicable` is skipped, `error` is an error and
 * everything else a failure. A verdict that is red without a red row is a failing case of its own.
 */
export function renderJunit(report: Report): string {
  const unexplained = unexplainedRed(report)
  const suites = byFamily(report).map((group) => suite(report, group))
  if (unexplained !== '') suites.push(verdictSuite(report, unexplained))
  const all = report.controls
  const totals = tally(all)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="greengate" tests="${all.length + (unexplained === '' ? 0 : 1)}" failures="${totals.failures + (unexplained === '' ? 0 : 1)}" errors="${totals.errors}" skipped="${totals.skipped}" time="${seconds(report.durationMs)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(report: Report, group: FamilyGroup): string {
  const totals = tally(group.controls)
  const timeMs = group.controls.reduce((sum, control) => sum + control.durationMs, 0)
  return [
    `  <testsuite name="${attribute(`greengate.${group.key}`)}" tests="${group.controls.length}" failures="${totals.failures}" errors="${totals.errors}" skipped="${totals.skipped}" time="${seconds(timeMs)}" timestamp="${attribute(report.startedAt)}">`,
    ...group.controls.map((control) => testcase(group.key, control)),
    '  </testsuite>',
  ].join('\n')
}

function verdictSuite(report: Report, message: string): string {
  return [
    `  <testsuite name="greengate.verdict" tests="1" failures="1" errors="0" skipped="0" time="0.000" timestamp="${attribute(report.startedAt)}">`,
    '    <testcase classname="greengate.verdict" name="verdict" time="0.000">',
    `      <failure type="${attribute(report.verdict)}" message="${attribute(message)}"/>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n')
}

function testcase(family: string, control: ReportControl): string {
  return [
    `    <testcase classname="${attribute(`greengate.${family}`)}" name="${attribute(`${control.id} ${control.title} [${control.target}]`)}" time="${seconds(control.durationMs)}">`,
    ...result(control),
    `      <system-out>${text(clip(details(control), SYSTEM_OUT_CHARS_MAX))}</system-out>`,
    '    </testcase>',
  ].join('\n')
}

function result(control: ReportControl): readonly string[] {
  if (control.status === 'pass') return []
  const message = attribute(control.reason === '' ? lookOf(control).meaning : control.reason)
  if (control.status === 'not_applicable') return [`      <skipped message="${message}"/>`]
  const element = control.status === 'error' ? 'error' : 'failure'
  const first = control.findings[0]?.message ?? control.reason
  return [`      <${element} type="${control.status}" message="${message}">${text(oneLine(first))}</${element}>`]
}

function details(control: ReportControl): string {
  const findings = control.findings
    .slice(0, FINDINGS_MAX)
    .flatMap((finding) => [
      `${finding.aspect} / ${finding.code}: ${finding.message}`,
      `  where:    ${finding.where}`,
      `  expected: ${finding.expected}`,
      `  seen:     ${finding.observed}`,
      `  fix:      ${finding.fix}`,
    ])
  const aspects = Object.entries(control.aspects).map(
    ([name, aspect]) => `aspect ${name}: ${aspect.outcome} (${aspect.code})`,
  )
  return [
    ...findings,
    ...(isGreen(control) ? [] : [`to mend it: ${control.fix}`]),
    ...aspects,
    `refutations tried ${control.refutations.tried}, caught ${control.refutations.caught}`,
    `evidence ${control.evidence === '' ? 'none' : control.evidence}`,
  ].join('\n')
}

function tally(controls: readonly ReportControl[]): { failures: number; errors: number; skipped: number } {
  const errors = controls.filter((control) => control.status === 'error').length
  const skipped = controls.filter((control) => control.status === 'not_applicable').length
  const red = controls.filter((control) => !isGreen(control)).length
  return { failures: red - errors, errors, skipped }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3)
const escape = (raw: string): string =>
  raw.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const attribute = (raw: string): string => escape(oneLine(raw))
const text = (raw: string): string => escape(visible(raw))
