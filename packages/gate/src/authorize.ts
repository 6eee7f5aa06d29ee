import type { Action, Inventory, Subject, TrustRoot, Verdict, VerifiedEvidence } from '@greengate/contracts'
import type { CompiledPolicy } from './compile-policy.ts'
import { decide } from './decide.ts'

export interface AuthorizeInput {
  readonly trustRoot: TrustRoot
  readonly environment: string
  readonly action: Action
  /** The policy that the caller holds; it counts only if the trust root names it. */
  readonly policy: CompiledPolicy
  /** What is to be deployed, digested by the deployer. */
  readonly subject: Subject
  readonly evidence: readonly VerifiedEvidence[]
  readonly inventory: Inventory
  readonly nowMs: number
}

export type Authorization =
  | { readonly allowed: true; readonly verdict: Verdict }
  | { readonly allowed: false; readonly verdict: Verdict | null; readonly reasons: readonly string[] }

/**
 * Whether a deploy may begin. The policy is the one the trust root names for this environment and action; a caller
 * can't choose. There is nothing to pass that would skip a control.
 */
export function authorize(input: AuthorizeInput): Authorization {
  const environment = Object.hasOwn(input.trustRoot.environments, input.environment)
    ? input.trustRoot.environments[input.environment]
    : undefined
  if (!environment) {
    return refused(
      null,
      `The trust root does not name the environment ${input.environment}: nothing can be deployed there.`,
    )
  }
  const wanted = environment[input.action]
  if (input.policy.digest !== wanted) {
    return refused(
      null,
      `The trust root names the policy ${wanted} for ${input.action} to ${input.environment}; this one is ${input.policy.digest}.`,
    )
  }
  const verdict = decide(input.policy, input.evidence, input.inventory, input.subject, input.action, input.nowMs)
  if (verdict.result === 'green') return { allowed: true, verdict }
  const rows = verdict.rows.filter((row) => row.status !== 'pass' && row.status !== 'not_applicable')
  return {
    allowed: false,
    verdict,
    reasons: [
      ...verdict.reasons,
      ...rows.map((row) => `${row.control} on ${row.target || 'no target'}: ${row.status}. ${row.reason}`),
    ],
  }
}

function refused(verdict: Verdict | null, reason: string): Authorization {
  return { allowed: false, verdict, reasons: [reason] }
}
