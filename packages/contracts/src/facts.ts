import { z } from 'zod'
import { FACT_NAMES } from './control.ts'

/**
 * What is known about an object of the service. `absent` is said only by a detector that could have seen it;
 * nobody having looked, or a detector that can't read this kind of tree, is `unknown`.
 */
export const factSchema = z.object({
  name: z.enum(FACT_NAMES),
  target: z.string(),
  state: z.enum(['present', 'absent', 'unknown']),
  /** The detector, as `name@version`. */
  detector: z.string(),
  /** What it saw and where, for a person: "package.json:14 depends on pg". */
  how: z.string(),
})
export type Fact = z.infer<typeof factSchema>
