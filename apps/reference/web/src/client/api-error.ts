/** One thing that is wrong with what was sent: `field` as the server names it, without the part it is in. */
export interface FieldProblem {
  readonly field: string
  readonly problem: string
}

/** Codes that the client itself makes, besides those of the servers. */
export type ClientCode = 'offline' | 'timeout' | 'cancelled' | 'unreadable_answer'

/** An answer that was no success, or none at all. `message` is for people and safe to show. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** Code of the error envelope, or one of `ClientCode`. */
  readonly code: string
  /** 0 when there was no answer. */
  readonly status: number
  /** What support asks for; null when no server was reached. */
  readonly requestId: string | null
  readonly problems: readonly FieldProblem[]
  /** When to try again at the earliest; seconds from now, or null when nobody said. */
  readonly retryAfterS: number | null

  constructor(
    code: string,
    message: string,
    more: Partial<Pick<ApiError, 'status' | 'requestId' | 'problems' | 'retryAfterS' | 'cause'>> = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.status = more.status ?? 0
    this.requestId = more.requestId ?? null
    this.problems = more.problems ?? []
    this.retryAfterS = more.retryAfterS ?? null
  }

  /** Whether the same request may work a moment later. */
  get isTransient(): boolean {
    return this.code === 'offline' || this.code === 'timeout' || this.status === 429 || this.status >= 502
  }
}

const TEXT_MAX = 500

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, TEXT_MAX) : null
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** `body.email` is the field `email` of a form. */
function problemOf(value: unknown): FieldProblem[] {
  const { field, problem } = record(value)
  const name = text(field)
  const what = text(problem)
  return name && what ? [{ field: name.replace(/^(?:body|query|params)\.?/, ''), problem: what }] : []
}

/** The error of an answer, whoever wrote it: our servers' envelope, or a page of a proxy. */
export function errorOfAnswer(status: number, headers: Pick<Headers, 'get'>, body: unknown): ApiError {
  const error = record(record(body)['error'])
  const after = Number(headers.get('retry-after') ?? Number.NaN)
  const details: readonly unknown[] = Array.isArray(error['details']) ? error['details'] : []
  return new ApiError(text(error['code']) ?? `http_${status}`, text(error['message']) ?? messageOf(status), {
    status,
    requestId: text(error['request_id']) ?? headers.get('x-request-id'),
    problems: details.slice(0, 20).flatMap(problemOf),
    retryAfterS: Number.isFinite(after) && after >= 0 ? after : null,
  })
}

function messageOf(status: number): string {
  if (status === 401) return 'Please sign in first.'
  if (status === 403) return 'You are not allowed to do this.'
  if (status === 404) return 'This is not there.'
  if (status === 429) return 'That was too often. Please wait a moment.'
  return status >= 500 ? 'This does not work right now. Please try again in a moment.' : 'This was refused.'
}
