import type { Evidence, Subject, Verdict } from '@greengate/contracts'
import { z } from 'zod'
import { hexOf } from './bundle.ts'
import { sha256Schema, type Statement, STATEMENT_TYPE, statementOf, subjectsSchema } from './statement.ts'

/**
 * What other tools can read: one in-toto test result for a run, and the decision as a SLSA verification summary.
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
 * https://slsa.dev/spec/v1.0/verification_summary
 */

export const TEST_RESULT_TYPE = 'https://in-toto.io/attestation/test-result/v0.1'
export const VSA_TYPE = 'https://slsa.dev/verification_summary/v1'

const resourceSchema = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: sha256Schema.optional(),
})

export const testResultStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: subjectsSchema,
  predicateType: z.literal(TEST_RESULT_TYPE),
  predicate: z.strictObject({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    configuration: z.array(resourceSchema),
    url: z.string().optional(),
    passedTests: z.array(z.string()),
    warnedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
  }),
})
export type TestResult = z.infer<typeof testResultStatementSchema>['predicate']

export const vsaStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: subjectsSchema,
  predicateType: z.literal(VSA_TYPE),
  predicate: z.strictObject({
    verifier: z.strictObject({ id: z.string().min(1), version: z.record(z.string(), z.string()).optional() }),
    timeVerified: z.string(),
    resourceUri: z.string(),
    policy: z.strictObject({ uri: z.string(), digest: sha256Schema }),
    inputAttestations: z.array(z.strictObject({ uri: z.string(), digest: sha256Schema })),
    verificationResult: z.enum(['PASSED', 'FAILED']),
    verifiedLevels: z.array(z.string()),
    slsaVersion: z.string().optional(),
  }),
})
export type VerificationSummary = z.infer<typeof vsaStatementSchema>['predicate']

/**
 * A run as a test result. A test is `CONTROL:target`. What is neither pass nor absent is a failed test: other tools know
 * no "inconclusive", and it must not read as a success.
 *
 * @param policy Digest of the policy that the run was configured with; empty if there is none.
 */
export function testResultStatement(
  subject: Subject,
  evidence: readonly Evidence[],
  policy: string,
): Statement<TestResult> {
  const names = (outcomes: readonly string[]): string[] =>
    evidence
      .filter((one) => outcomes.includes(one.outcome))
      .map((one) => `${one.control}:${one.target}`)
      .sort()
  const failed = names(['fail', 'error', 'inconclusive'])
  const passed = names(['pass'])
  return statementOf(subject, TEST_RESULT_TYPE, {
    result: failed.length === 0 && passed.length > 0 ? 'PASSED' : 'FAILED',
    configuration: policy === '' ? [] : [{ name: 'policy', digest: { sha256: hexOf(policy) } }],
    passedTests: passed,
    warnedTests: [],
    failedTests: failed,
  })
}

/** What `summaryStatement` adds to a verdict. */
export interface SummaryOptions {
  readonly subject: Subject
  /** URI of who verified. */
  readonly verifier: string
  /** Version of Greengate. */
  readonly tool: string
  /** When, milliseconds since the Unix epoch. */
  readonly nowMs: number
}

/** A verdict as a SLSA verification summary: only green is PASSED. */
export function summaryStatement(verdict: Verdict, options: SummaryOptions): Statement<VerificationSummary> {
  const green = verdict.result === 'green'
  const inputs = [...new Set(verdict.rows.map((row) => row.evidence).filter((digest) => digest !== ''))].sort()
  return statementOf(options.subject, VSA_TYPE, {
    verifier: { id: options.verifier, version: { greengate: options.tool } },
    timeVerified: new Date(options.nowMs).toISOString(),
    resourceUri: `${options.subject.kind}:${options.subject.name}@${options.subject.digest}`,
    policy: {
      uri: `greengate:policy/${encodeURIComponent(verdict.policy.id)}/${verdict.policy.version}`,
      digest: { sha256: hexOf(verdict.policy.digest) },
    },
    inputAttestations: inputs.map((digest) => ({
      uri: `envelopes/${hexOf(digest)}.json`,
      digest: { sha256: hexOf(digest) },
    })),
    verificationResult: green ? 'PASSED' : 'FAILED',
    // Not a SLSA level: the specification leaves names without its prefix to the verifier.
    verifiedLevels: green ? [`GREENGATE_${verdict.action.toUpperCase()}`] : [],
  })
}
