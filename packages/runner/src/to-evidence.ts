import { type Evidence, type Fact, type Subject } from '@greengate/contracts'
import type { PlanItem } from './plan.ts'
import type { CheckResult } from './run-check.ts'

/** What all evidence of one run has in common. */
export interface RunMeta {
  readonly subject: Subject
  readonly org: string
  readonly runId: string
  /** Greengate's version. */
  readonly tool: string
  readonly facts: readonly Fact[]
  readonly env: string
  readonly trust: 'local' | 'runner'
}

/** The statement's predicate for one finished check. */
export function toEvidence(
  item: PlanItem,
  result: CheckResult,
  check: { version: number; digest: string; objectFact?: string },
  meta: RunMeta,
): Evidence {
  const facts = meta.facts.filter((fact) => fact.name === check.objectFact && fact.target === item.target)
  return {
    control: item.control,
    target: item.target,
    subject: meta.subject,
    org: meta.org,
    runId: meta.runId,
    check: { version: check.version, digest: check.digest },
    tool: meta.tool,
    params: item.params as Evidence['params'],
    facts: [...facts],
    observation: result.observation as Evidence['observation'],
    blobs: [],
    judgement: { aspects: { ...result.judgement.aspects }, findings: [...result.judgement.findings] },
    outcome: result.outcome,
    reason: result.reason,
    refutations: {
      tried: result.refutations.tried,
      caught: result.refutations.caught,
      missed: [...result.refutations.missed],
    },
    exercised: { ...result.exercised },
    env: meta.env,
    trust: meta.trust,
    from: new Date(result.fromMs).toISOString(),
    to: new Date(result.toMs).toISOString(),
  }
}
