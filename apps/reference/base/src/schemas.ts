import { z } from 'zod'

/** Text in one line: PostgreSQL refuses a NUL, and logs and terminals suffer from the other control characters. */
export function lineSchema(min: number, max: number) {
  return (
    z
      .string()
      .min(min)
      .max(max)
      // oxlint-disable-next-line no-control-regex
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
  )
}

const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(2100, 0, 1)

/** A moment of this century. */
export const momentSchema = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((value) => Date.parse(value) >= FIRST_MS && Date.parse(value) < LAST_MS, 'must be between 2000 and 2100')
