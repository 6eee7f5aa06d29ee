import { z } from 'zod'

/** One thing that is wrong, explained: what was expected, what was seen, where, and how to mend it. */
export const findingSchema = z.object({
  aspect: z.string(),
  /** Kebab-case, stable: `stack-trace-in-body`. Refutations name it. */
  code: z.string(),
  message: z.string(),
  where: z.string(),
  expected: z.string(),
  observed: z.string(),
  fix: z.string(),
  /** Stable over runs for the same defect at the same place. */
  fingerprint: z.string(),
})
export type Finding = z.infer<typeof findingSchema>
