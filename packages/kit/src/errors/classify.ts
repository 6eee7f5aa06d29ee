import { databaseErrorCode } from './database-codes.ts'
import {
  fastifyCallerCodes,
  fastifyDefectCodes,
  kitCallCodes,
  parserCodes,
  statusCodes,
  upstreamCodes,
} from './framework-codes.ts'
import { type KitErrorCode, kitErrors } from './kit-errors.ts'
import { type ErrorDetail, ServiceError } from './service-error.ts'
import { fieldOf, isA, rawField } from './thrown-fields.ts'

export { databaseErrorCode } from './database-codes.ts'

/** Errors of one failure that are looked at: causes of causes and the members of an AggregateError. */
const LOOKED_AT_MAX = 16
const DETAILS_MAX = 20

// Errors of other parts of the kit, or of another copy of it, that say themselves what they are. Only what is wrong on
// our side: nothing becomes a caller's mistake by its name.
const selfDeclared: ReadonlySet<string> = new Set(
  Object.entries(kitErrors).flatMap(([code, { status }]) => (status >= 500 ? [code] : [])),
)

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Whether a 4xx status was given by something that judged the request, not by a client of an upstream. */
function judgedRequest(thrown: unknown, code: string): boolean {
  if (code.startsWith('FST_')) return true
  // http-errors mark what may be shown; body parsers throw SyntaxErrors; a body that breaks off, or does not unpack, has
  // the system's or zlib's code. An SDK's error with the status that some upstream gave has none of these marks.
  return (
    rawField(thrown, 'expose') === true ||
    isA(thrown, SyntaxError) ||
    /^(?:ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|Z_[A-Z]+_ERROR)$/.test(code)
  )
}

/** What the failure of a request's own bytes or path is, or null. */
function callerCode(thrown: unknown): KitErrorCode | null {
  const code = fieldOf(thrown, 'code')
  const known = own(fastifyCallerCodes, code) ?? own(parserCodes, code)
  if (known) return known
  if (fastifyDefectCodes.has(code)) return 'internal'
  // undici's client has the same parser, and then it is the upstream that speaks bad HTTP.
  if (code.startsWith('HPE_'))
    return fieldOf(thrown, 'name') === 'HTTPParserError' ? 'upstream_unavailable' : 'malformed_request'
  const status = fieldOf(thrown, 'statusCode')
  if (/^4\d\d$/.test(status) && judgedRequest(thrown, code)) return own(statusCodes, status) ?? 'malformed_request'
  return null
}

/** What a failure of something behind us is, or null. */
function dependencyCode(thrown: unknown): KitErrorCode | null {
  const code = fieldOf(thrown, 'code')
  if (selfDeclared.has(code)) return code as KitErrorCode
  if (code.startsWith('UND_ERR')) return own(upstreamCodes, code) ?? 'internal'
  const name = fieldOf(thrown, 'name')
  const call = own(kitCallCodes, `${name} ${code}`)
  if (call) return call
  if (name === 'HTTPParserError') return 'upstream_unavailable'
  // DOMException of AbortSignal, and Node's own AbortError (ABORT_ERR): the time for it was over, or nobody waits any more.
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR') return 'deadline_exceeded'
  if (name === 'TypeError' && /^(?:fetch failed|terminated)$/.test(fieldOf(thrown, 'message')))
    return upstreamOf(rawField(thrown, 'cause'))
  return databaseErrorCode(thrown)
}

/** `fetch` hides what happened in the cause; a bare system error in there is the upstream's, not the database's. */
function upstreamOf(cause: unknown): KitErrorCode {
  const code = fieldOf(cause, 'code')
  return own(upstreamCodes, code) ?? (code === 'ETIMEDOUT' ? 'upstream_timeout' : 'upstream_unavailable')
}

/**
 * Looks behind an error that is not known itself. A cause can only tell what of ours failed: it never makes the failure
 * the caller's. Of several errors at once all have to be known, or a defect would hide behind an outage.
 */
function nestedCode(thrown: unknown, budget: { left: number }): KitErrorCode | null {
  budget.left -= 1
  if (budget.left < 0) return null
  const direct = isA(thrown, ServiceError) ? ownSideCode(thrown) : dependencyCode(thrown)
  if (direct) return direct
  const members = isA(thrown, AggregateError) ? rawField(thrown, 'errors') : undefined
  if (Array.isArray(members) && members.length > 0) {
    let first: KitErrorCode | null = null
    for (const member of members.slice(0, LOOKED_AT_MAX)) {
      const code = nestedCode(member, budget)
      if (code === null || code === 'internal') return null
      first ??= code
    }
    return first
  }
  const cause = rawField(thrown, 'cause')
  return cause === undefined || cause === null ? null : nestedCode(cause, budget)
}

function ownSideCode(error: ServiceError): KitErrorCode {
  const code = fieldOf(error, 'code')
  return selfDeclared.has(code) ? (code as KitErrorCode) : 'internal'
}

/** What Fastify's validator found, as details. */
function validationDetails(thrown: unknown): readonly ErrorDetail[] {
  const found = rawField(thrown, 'validation')
  if (!Array.isArray(found)) return []
  const context = rawField(thrown, 'validationContext')
  const part = typeof context === 'string' && /^[a-z]{1,20}$/.test(context) ? context : 'request'
  return found.slice(0, DETAILS_MAX).map((one: unknown) => {
    const path = rawField(one, 'instancePath')
    const fields = typeof path === 'string' ? path.slice(0, 100).replaceAll('/', '.') : ''
    return { field: `${part}${fields}`, problem: fieldOf(one, 'message') || 'is not as described' }
  })
}

/**
 * Any thrown value as an error with a registered code; the value itself becomes the cause. What is unknown is
 * `internal`: never a caller's fault by accident. That goes for a `ZodError` as well, since nobody knows whose data it
 * speaks of: turn those about the request into a `ValidationError.of(...)` where it is read.
 *
 * Known are Fastify 5 and its plugins, Node's HTTP parser, PostgreSQL and `pg`, undici and fetch, aborts and timeouts;
 * of what wraps them, 16 causes and members of AggregateErrors are looked at, cycles included. Never throws.
 *
 * @example
 * app.setErrorHandler((thrown, request, reply) => {
 *   const answer = answers.of(classifyError(thrown), request.id, request.headers.accept)
 *   return reply.code(answer.status).headers(answer.headers).type(answer.contentType).send(answer.payload)
 * })
 */
export function classifyError(thrown: unknown): ServiceError {
  if (isA(thrown, ServiceError)) return thrown
  const code = callerCode(thrown) ?? nestedCode(thrown, { left: LOOKED_AT_MAX }) ?? 'internal'
  // Without a stack: the one that tells something is the cause's.
  if (code !== 'validation_failed') return new ServiceError(code, { cause: thrown, stack: false })
  return new ServiceError(code, { cause: thrown, stack: false, details: validationDetails(thrown) })
}

/**
 * The same for what the HTTP parser refuses before there is a request (`clientError` of Node's server): there is nobody
 * but the caller to blame, so what is not known is a malformed request.
 */
export function classifyParserError(thrown: unknown): ServiceError {
  const known = own(parserCodes, fieldOf(thrown, 'code'))
  return new ServiceError(known ?? 'malformed_request', { cause: thrown, stack: false })
}
