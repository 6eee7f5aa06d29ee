import { z } from 'zod'
import { ServiceError } from '../errors/service-error.ts'

const CURSOR_CHARS_MAX = 512
const SIZE_MAX = 1000

export interface PageOptions {
  /** Entries of a page at most, 1 to 1,000. Default 100. */
  readonly sizeMax?: number
  /** Entries of a page that nobody asked a size for. Default 20, or `sizeMax` if that is less. */
  readonly sizeDefault?: number
}

/**
 * The query of a list: how many, and from where on. What asks for more than `sizeMax` is refused, not cut: a caller that
 * believes to have seen everything would be worse off.
 *
 * @throws RangeError for sizes outside of their range
 * @example
 * const query = pageQuery({ sizeMax: 50 }).extend({ status: z.enum(['open', 'closed']).optional() })
 * route({ query, handler: ({ query: { limit, cursor } }) => list(limit, cursor && readCursor(cursor, keySchema)) })
 */
export function pageQuery({ sizeMax = 100, sizeDefault = Math.min(20, sizeMax) }: PageOptions = {}) {
  if (!Number.isInteger(sizeMax) || sizeMax < 1 || sizeMax > SIZE_MAX)
    throw new RangeError(`sizeMax is ${sizeMax}: expected a whole number from 1 to ${SIZE_MAX}`)
  if (!Number.isInteger(sizeDefault) || sizeDefault < 1 || sizeDefault > sizeMax)
    throw new RangeError(`sizeDefault is ${sizeDefault}: expected a whole number from 1 to sizeMax ${sizeMax}`)
  return z.object({
    limit: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is not a whole number from 1')
      .transform(Number)
      .pipe(z.number().max(sizeMax))
      .default(sizeDefault)
      .meta({ description: `Entries, 1 to ${sizeMax}`, examples: [String(sizeDefault)] }),
    cursor: z
      .string()
      .max(CURSOR_CHARS_MAX)
      .regex(/^[A-Za-z0-9_-]+$/, 'is no cursor')
      .optional()
      .meta({ description: 'Where the last page ended, as it said' }),
  })
}

/** Where a page ended, for a caller to send back: the key of its last entry, opaque. It is no secret and no proof. */
export function writeCursor(key: unknown): string {
  const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
  if (cursor.length > CURSOR_CHARS_MAX) throw new RangeError('the key of a cursor is too long')
  return cursor
}

/** @throws ServiceError `validation_failed` for what `writeCursor` did not write, or a key of another kind */
export function readCursor<T extends z.ZodType>(cursor: string, schema: T): z.output<T> {
  const parsed = schema.safeParse(jsonOrUndefined(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (parsed.success) return parsed.data
  throw new ServiceError('validation_failed', { details: [{ field: 'query.cursor', problem: 'is no cursor' }] })
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
