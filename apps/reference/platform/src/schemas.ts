import { ROLES } from '@greengate/reference-base'
import { z } from 'zod'

/** Text without control characters: PostgreSQL refuses a NUL, and logs and terminals suffer from the others. */
export function text(min: number, max: number) {
  return (
    z
      .string()
      .min(min)
      .max(max)
      // oxlint-disable-next-line no-control-regex
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
  )
}

export const slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/)
  .meta({ description: 'Short name of an organisation', examples: ['acme'] })

export const role = z.enum(ROLES).meta({ description: 'What somebody is in an organisation' })

/** A password that is chosen; one that is checked may be anything. */
export const newPassword = text(12, 256)

/** Entries of a page, for the `limit` of a list. */
export const pageSize = z.coerce
  .number()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .meta({ description: 'Entries per page', examples: [50] })

const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(2100, 0, 1)

export const moment = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((value) => Date.parse(value) >= FIRST_MS && Date.parse(value) < LAST_MS, 'must be between 2000 and 2100')
  .meta({ description: 'RFC 3339, between 2000 and 2100', examples: ['2026-11-01T00:00:00Z'] })

export const meter = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,47}$/)
  .meta({ description: 'What is measured', examples: ['api_calls'] })

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'ISO 4217', examples: ['USD'] })
