import { createHash } from 'node:crypto'
import type { Finding, Report, ReportControl } from '@greengate/contracts'
import { jsonText } from './json.ts'
import { isGreen, lookOf, unexplainedRed } from './rows.ts'
import { treeLocation } from './tree-location.ts'
import { clip, visible } from './text.ts'

const TEXT_CHARS_MAX = 8_000
/** The rule of a red verdict that no control explains. */
const VERDICT_RULE = 'GATE-VERDICT'

/**
 * SARIF 2.1.0: a rule for every control of the report, a result for every finding of a red row (or one for the row
 * itself). What was seen to be wrong is an `error`, what is only not known a `warning`.
 */
export function renderSarif(report: Report): string {
  const unexplained = unexplainedRed(report)
  const firstOfEach = [...new Map(report.controls.map((control) => [control.id, control])).values()]
  const rules = [...firstOfEach.map(rule), ...(unexplained === '' ? [] : [verdictRule(report)])]
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]))
  const results = report.controls
    .filter((control) => !isGreen(control))
    .flatMap((control) => resultsOf(control, indexOf.get(control.id) ?? -1))
  if (unexplained !== '') results.push(verdictResult(report, unexplained, rules.length - 1))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Greengate', fullName: plain(report.tool), rules } },
        automationDetails: { id: plain(`greengate/${report.service}/${report.gate}/`) },
        invocations: [
          {
            executionSuccessful: true,
            startTimeUtc: report.startedAt,
            toolConfigurationNotifications: report.reasons.map((reason) => ({
              level: report.verdict === 'green' ? 'note' : 'warning',
              message: message(reason),
            })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results,
        properties: {
          verdict: report.verdict,
          coverage: report.coverage,
          subject: report.subject.digest,
          trust: report.trust,
          policyDigest: report.policyDigest,
        },
      },
    ],
  }
  return jsonText(log)
}

function rule(control: ReportControl) {
  const help = `${control.why}\n\nHow to fix it: ${control.fix}`
  return {
    id: control.id,
    name: control.id.replace(/[^A-Za-z0-9]/g, ''),
    shortDescription: message(control.title),
    fullDescription: message(`${control.title}. ${control.why}`),
    // No markdown form: catalogue text is prose, and a viewer shows `text` as it is.
    help: message(help),
    defaultConfiguration: { level: 'error' as const },
    properties: { tags: ['production-readiness', ...control.proof.map((proof) => `proof:${plain(proof)}`)] },
  }
}

function verdictRule(report: Report): ReturnType<typeof rule> {
  return {
    id: VERDICT_RULE,
    name: 'GateVerdict',
    shortDescription: message('The gate opens only on a green verdict'),
    fullDescription: message(`The ${report.gate} gate opens only on a green verdict.`),
    help: message('See the reasons in the message: they are not about a single control.'),
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['production-readiness'] },
  }
}

interface SarifResult {
  ruleId: string
  ruleIndex: number
  kind: 'fail'
  level: 'error' | 'warning'
  message: { text: string }
  locations: readonly object[]
  partialFingerprints: Record<string, string>
  properties: Record<string, unknown>
}

function resultsOf(control: ReportControl, ruleIndex: number): readonly SarifResult[] {
  const base = {
    ruleId: control.id,
    ruleIndex,
    kind: 'fail' as const,
    level: lookOf(control).tone === 'bad' ? ('error' as const) : ('warning' as const),
  }
  const properties = { status: control.status, target: plain(control.target), evidence: plain(control.evidence) }
  if (control.findings.length === 0) {
    const said = control.reason === '' ? lookOf(control).meaning : control.reason
    return [
      {
        ...base,
        message: message(`${control.id} is ${lookOf(control).word}: ${said}\nHow to fix it: ${control.fix}`),
        locations: [logicalLocation(control.target, '')],
        partialFingerprints: { 'greengate/v1': fingerprint(control.id, control.target, control.status) },
        properties,
      },
    ]
  }
  return control.findings.map((finding) => ({
    ...base,
    message: message(explain(finding)),
    locations: [locationOf(control, finding)],
    partialFingerprints: { 'greengate/v1': fingerprint(control.id, control.target, finding.fingerprint) },
    properties: { ...properties, aspect: plain(finding.aspect), code: plain(finding.code) },
  }))
}

function verdictResult(report: Report, said: string, ruleIndex: number): SarifResult {
  return {
    ruleId: VERDICT_RULE,
    ruleIndex,
    kind: 'fail',
    level: 'error',
    message: message(said),
    locations: [logicalLocation(report.service, '')],
    partialFingerprints: { 'greengate/v1': fingerprint(VERDICT_RULE, report.service, report.gate) },
    properties: { status: report.verdict },
  }
}

const explain = (finding: Finding): string =>
  [
    finding.message,
    `Where: ${finding.where}`,
    `Expected: ${finding.expected}`,
    `Seen: ${finding.observed}`,
    `How to fix it: ${finding.fix}`,
  ].join('\n')

function locationOf(control: ReportControl, finding: Finding): object {
  const place = treeLocation(finding.where)
  if (!place) return logicalLocation(control.target, finding.where)
  return {
    physicalLocation: {
      artifactLocation: { uri: place.uri, uriBaseId: '%SRCROOT%' },
      ...(place.line === undefined
        ? {}
        : { region: { startLine: place.line, ...(place.column === undefined ? {} : { startColumn: place.column }) } }),
    },
  }
}

/** A place that is no file: a route, a container, a target. */
function logicalLocation(target: string, where: string): object {
  return {
    logicalLocations: [
      { name: plain(target), fullyQualifiedName: plain(where === '' ? target : `${target}: ${where}`) },
    ],
  }
}

const fingerprint = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
const plain = (raw: string): string => clip(visible(raw), 500)
// In a SARIF message `{0}` is a placeholder and `[text](1)` a link. Doubling every brace, as the standard has it, makes
// viewers that know no placeholders show `{{"a":1}}`; a space takes the meaning away and stays readable.
const message = (raw: string): { text: string } => ({
  text:
    clip(visible(raw), TEXT_CHARS_MAX)
      .replace(/\{(?=\d+\})/g, '{ ')
      .replaceAll('](', '] (') || '-',
})
