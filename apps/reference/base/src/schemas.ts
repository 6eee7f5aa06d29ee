import { z } from 'zod'

/** For `refine` of a text that is stored or hashed: half of a surrogate pair is refused by jsonb, and made another character by UTF-8. */
export const wellFormed = [(text: string): boolean => text.isWellFormed(), 'must be well-formed text'] as const

/**
 * Well-formed text in one line: PostgreSQL refuses a NUL, and logs and terminals suffer from the other control characters.
 * @param min characters, as UTF-16 counts them
 * @param max as `min`
 */
export function lineSchema(min: number, max: number) {
  return (
    z
      .string()
      .min(min)
      .max(max)
      // oxlint-disable-next-line no-control-regex
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
      .refine(...wellFormed)
  )
}

const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(2100, 0, 1)

/** A moment of this century. */
export const momentSchema = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((value) => Date.parse(value) >= FIRST_MS && Date.parse(value) < LAST_MS, 'must be between 2000 and 2100')
