import { lineSchema, momentSchema, ROLES } from '@greengate/reference-base'
import { z } from 'zod'

export const slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/)
  .meta({ description: 'Short name of an organisation', examples: ['acme'] })

export const role = z.enum(ROLES).meta({ description: 'What somebody is in an organisation' })

/** A password that is chosen; one that is checked may be anything. */
export const newPassword = lineSchema(12, 256)

/** Entries of a page, for the `limit` of a list. */
export const pageSize = z.coerce
  .number()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .meta({ description: 'Entries per page', examples: [50] })

/** The query of a list whose entries go by an id. */
export const idPageQuery = z.strictObject({
  limit: pageSize,
  after: z.uuid().optional().meta({ description: '`next` of the page before' }),
})

export const moment = momentSchema.meta({
  description: 'RFC 3339, between 2000 and 2100',
  examples: ['2026-11-01T00:00:00Z'],
})

export const meter = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,47}$/)
  .meta({ description: 'What is measured', examples: ['api_calls'] })

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'ISO 4217', examples: ['USD'] })
