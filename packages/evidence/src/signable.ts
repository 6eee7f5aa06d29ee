import { digestSchema, policySchema, subjectSchema } from '@greengate/contracts'
import { z } from 'zod'
import { evidenceStatementSchema, STATEMENT_TYPE, subjectsSchema } from './statement.ts'
import { testResultStatementSchema, vsaStatementSchema } from './summary.ts'

export const POLICY_PREDICATE_TYPE = 'https://greengate.dev/policy/v1'
export const DEPLOYMENT_PREDICATE_TYPE = 'https://greengate.dev/deployment/v1'

/** A version of a policy, to be signed by its approvers. */
export const policyStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: subjectsSchema.length(1),
  predicateType: z.literal(POLICY_PREDICATE_TYPE),
  predicate: policySchema,
})

/** What was deployed where, on the strength of which verdict. */
export const deploymentSchema = z.strictObject({
  subject: subjectSchema,
  environment: z.string().min(1),
  action: z.enum(['promote', 'rollback']),
  policy: digestSchema,
  result: z.enum(['deployed', 'failed', 'refused']),
  reasons: z.array(z.string()),
  evidence: z.array(digestSchema),
  /** Exit code of the deploy command; null if it was not run. */
  exit: z.int().nullable(),
  /** RFC 3339, UTC. */
  at: z.string(),
})
export type Deployment = z.infer<typeof deploymentSchema>

export const deploymentStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: subjectsSchema.length(1),
  predicateType: z.literal(DEPLOYMENT_PREDICATE_TYPE),
  predicate: deploymentSchema,
})

/** Everything that the signer puts its name to, besides checkpoints. */
export const signableSchema = z.discriminatedUnion('predicateType', [
  evidenceStatementSchema,
  testResultStatementSchema,
  vsaStatementSchema,
  policyStatementSchema,
  deploymentStatementSchema,
])
