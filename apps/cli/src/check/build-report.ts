import { CONTROLS } from '@greengate/controls/catalogue'
import type { Evidence, Fact, Report, ReportControl, Verdict, VerdictRow } from '@greengate/contracts'

/** What one row of the report knows beyond the verdict. */
export interface Reported {
  readonly evidence: Evidence
  readonly digest: string
  readonly cached: boolean
  readonly durationMs: number
}

export interface ReportInput {
  readonly verdict: Verdict
  /** By control and target: `CFG-01 shop`. Of this run. */
  readonly reported: ReadonlyMap<string, Reported>
  readonly service: string
  readonly environment: string
  readonly gate: string
  readonly subject: Report['subject']
  readonly trust: 'local' | 'runner'
  readonly startedAtMs: number
  readonly durationMs: number
  readonly tool: string
  readonly facts: readonly Fact[]
  readonly hints: readonly string[]
  readonly notes: readonly string[]
}

export const rowKey = (control: string, target: string): string => `${control} ${target}`

/** The report of one run: each row of the verdict with what was seen. */
export function buildReport(input: ReportInput): Report {
  const { verdict } = input
  return {
    schema: 'greengate/report/v1',
    service: input.service,
    environment: input.environment,
    gate: input.gate,
    subject: input.subject,
    trust: input.trust,
    policy: `${verdict.policy.id} v${verdict.policy.version}`,
    policyDigest: verdict.policy.digest,
    verdict: verdict.result,
    reasons: [...verdict.reasons, ...input.notes],
    coverage: { ...verdict.coverage },
    startedAt: new Date(input.startedAtMs).toISOString(),
    durationMs: input.durationMs,
    tool: input.tool,
    facts: [...input.facts],
    controls: verdict.rows.map((row) => reportRow(row, input.reported.get(rowKey(row.control, row.target)))),
    hints: [...input.hints],
  }
}

function reportRow(row: VerdictRow, reported: Reported | undefined): ReportControl {
  const control = CONTROLS.get(row.control)
  const evidence = reported?.evidence
  return {
    id: row.control,
    target: row.target,
    title: control?.title ?? '',
    why: control?.why ?? '',
    fix: control?.fix ?? '',
    proof: [...(control?.proof ?? [])],
    outcome: evidence?.outcome ?? 'inconclusive',
    status: row.status,
    reason: row.reason === '' ? (evidence?.reason ?? '') : row.reason,
    aspects: evidence?.judgement.aspects ?? {},
    findings: evidence?.judgement.findings ?? [],
    refutations: { tried: evidence?.refutations.tried ?? 0, caught: evidence?.refutations.caught ?? 0 },
    exercised: evidence?.exercised ?? {},
    evidence: reported?.digest ?? row.evidence,
    cached: reported?.cached ?? false,
    durationMs: reported?.durationMs ?? 0,
  }
}
