import { z } from 'zod'
import { controlIdSchema } from './control.ts'
import { factSchema } from './facts.ts'
import { findingSchema } from './finding.ts'
import { outcomeSchema } from './outcome.ts'
import { digestSchema, subjectSchema } from './subject.ts'

/** Type of our in-toto predicate; the version changes only when an old reader would misread a new statement. */
export const EVIDENCE_PREDICATE_TYPE = 'https://greengate.dev/evidence/v1'

const jsonSchema = z.json()

export const evidenceSchema = z.strictObject({
  control: controlIdSchema,
  target: z.string(),
  subject: subjectSchema,
  org: z.string(),
  runId: z.string(),
  check: z.strictObject({ version: z.int(), digest: digestSchema }),
  /** Greengate's own version: recorded, not counted. */
  tool: z.string(),
  params: jsonSchema,
  /** The facts that this outcome rests on. */
  facts: z.array(factSchema),
  /** What `observe` returned, redacted; null where the check never got that far. */
  observation: jsonSchema,
  /** Larger data by digest; read back by the check's own `reduce`. */
  blobs: z.array(z.strictObject({ name: z.string(), digest: digestSchema, sizeBytes: z.int().nonnegative() })),
  judgement: z.strictObject({
    aspects: z.record(z.string(), z.strictObject({ outcome: outcomeSchema, code: z.string() })),
    findings: z.array(findingSchema),
  }),
  outcome: outcomeSchema,
  /** Why the outcome is what it is where no judge spoke: an error, a missing capability, an absent object. */
  reason: z.string(),
  refutations: z.strictObject({
    tried: z.int().nonnegative(),
    caught: z.int().nonnegative(),
    missed: z.array(z.string()),
  }),
  /** What the check really did: `{ requests, faultsSeen, samples, ... }`; all zero is never a pass. */
  exercised: z.record(z.string(), z.int().nonnegative()),
  env: z.string(),
  trust: z.enum(['local', 'runner']),
  /** RFC 3339, UTC, milliseconds. */
  from: z.string(),
  to: z.string(),
})
export type Evidence = z.infer<typeof evidenceSchema>
