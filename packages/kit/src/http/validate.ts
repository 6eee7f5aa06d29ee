import type { z } from 'zod'
import { type ErrorDetail, ServiceError } from '../errors/service-error.ts'

/** Parses one part of a request. @throws ServiceError `validation_failed` with the fields that are wrong */
export function validatePart<T extends z.ZodType>(
  schema: T,
  part: 'params' | 'query' | 'body',
  value: unknown,
): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const details: ErrorDetail[] = result.error.issues.map((issue) => ({
    // What a caller named is bounded: keys of a body come back in it.
    field: [part, ...issue.path.map(String)].join('.').slice(0, 100),
    problem: issue.message.slice(0, 200),
  }))
  throw new ServiceError('validation_failed', { details })
}
