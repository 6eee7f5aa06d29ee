import { ServiceError } from '@greengate/kit/errors'
import { pageQuery, readCursor } from '@greengate/kit/http'
import { momentSchema, wellFormed } from '@greengate/reference-base'
import { z } from 'zod'

export const KINDS = ['hero', 'post', 'doc'] as const
export type Kind = (typeof KINDS)[number]

export const STATUSES = ['draft', 'scheduled', 'published', 'changed'] as const
export type Status = (typeof STATUSES)[number]

export const FOLDERS = ['hero', 'posts', 'docs'] as const
export type Folder = (typeof FOLDERS)[number]

export const BODY_CHARS_MAX = 65_536

/** Markdown: line ends and tabs are part of it. */
export const markdown = z
  .string()
  .max(BODY_CHARS_MAX)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'must not hold control characters')
  .refine(...wellFormed)
  .meta({ description: 'CommonMark with GitHub extensions; HTML in it is shown as text' })

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$/)
  .meta({ description: 'Last part of the address', examples: ['first-steps'] })

export const kind = z.enum(KINDS).meta({ examples: ['post'] })

export const version = z.int().min(1).max(1_000_000).meta({ description: 'Version of an entry, counted from 1' })

export const moment = momentSchema.meta({
  description: 'RFC 3339, between 2000 and 2100',
  examples: ['2026-12-01T08:00:00Z'],
})

/** The query of a list: `limit`, and `after`, which is `next` of the page before. */
export function listQuery(sizes: { readonly sizeMax: number; readonly sizeDefault?: number }) {
  const { limit, cursor } = pageQuery(sizes).shape
  return z.strictObject({ limit, after: cursor })
}

/** Where to go on. @throws ServiceError `validation_failed` for what is no cursor of this list */
export function positionOf<T extends z.ZodType>(after: string | undefined, schema: T): z.output<T> | null {
  if (after === undefined) return null
  try {
    return readCursor(after, schema)
  } catch (cause) {
    const details = [{ field: 'query.after', problem: 'is not where a page of this list ended' }]
    throw new ServiceError('validation_failed', { details, cause })
  }
}

/** A position in a list that is ordered by a moment and something unique. */
export function momentPosition<T extends z.ZodType>(unique: T) {
  return z.tuple([moment, unique])
}

/** @throws ServiceError `validation_failed` */
export function invalid(field: string, problem: string): ServiceError {
  return new ServiceError('validation_failed', { details: [{ field, problem }] })
}

export const databaseErrors = ['database_unavailable', 'database_timeout', 'database_contention'] as const
export const platformErrors = ['upstream_unavailable', 'upstream_timeout'] as const
/** What any route for editors may answer. */
export const editorErrors = [...databaseErrors, ...platformErrors] as const
