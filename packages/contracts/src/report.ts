import { z } from 'zod'
import { factSchema } from './facts.ts'
import { findingSchema } from './finding.ts'
import { outcomeSchema } from './outcome.ts'
import { subjectSchema } from './subject.ts'

const { fingerprint: _fingerprint, ...reportFinding } = findingSchema.shape

export const reportControlSchema = z.object({
  id: z.string(),
  target: z.string(),
  title: z.string(),
  why: z.string(),
  fix: z.string(),
  proof: z.array(z.string()),
  outcome: outcomeSchema,
  /** The row's status in the verdict; differs from `outcome` for flaky, missing, expired, unproved. */
  status: z.enum([...outcomeSchema.options, 'missing', 'expired', 'unproved', 'flaky']),
  reason: z.string(),
  aspects: z.record(z.string(), z.object({ outcome: outcomeSchema, code: z.string() })),
  findings: z.array(z.object({ ...reportFinding, fingerprint: z.string() })),
  refutations: z.object({ tried: z.int(), caught: z.int() }),
  exercised: z.record(z.string(), z.int()),
  /** Digest of the signed statement; empty where nothing was signed. */
  evidence: z.string(),
  /** The observation was taken in an earlier run of identical inputs and judged again now. */
  cached: z.boolean(),
  durationMs: z.int(),
})
export type ReportControl = z.infer<typeof reportControlSchema>

export const reportSchema = z.object({
  schema: z.literal('greengate/report/v1'),
  service: z.string(),
  environment: z.string(),
  gate: z.string(),
  subject: subjectSchema,
  trust: z.enum(['local', 'runner']),
  policy: z.string(),
  policyDigest: z.string(),
  verdict: z.enum(['green', 'red', 'partial']),
  /** Why the verdict is not green apart from single controls; also notes such as "--only". */
  reasons: z.array(z.string()),
  coverage: z.object({ proved: z.int(), required: z.int(), catalogue: z.int() }),
  startedAt: z.string(),
  durationMs: z.int(),
  tool: z.string(),
  facts: z.array(factSchema),
  controls: z.array(reportControlSchema),
  /** What one line more of configuration would add, as found by `init`'s detectors. */
  hints: z.array(z.string()),
})
export type Report = z.infer<typeof reportSchema>
