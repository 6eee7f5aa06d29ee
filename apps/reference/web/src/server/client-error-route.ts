import { type AnyRoute, routesFor } from '@greengate/kit/http'
import type { ErrorTracker, Logger } from '@greengate/kit/telemetry'
import { z } from 'zod'

const route = routesFor<never>()

/** A page reports ten a visit at most; many people may share an address. */
const RATE_PER_MIN = 30
/** Kinds of errors that were told on already; the oldest gives way. */
const KNOWN_MAX = 1000
/** The same kind of error is told again after this long; milliseconds. */
const AGAIN_MS = 60_000

const text = (max: number) => z.string().max(max)

const reportSchema = z.strictObject({
  kind: z.enum(['error', 'rejection', 'boundary']),
  name: text(100),
  message: text(500),
  stack: text(4000),
  route: text(200),
  release: z.string().regex(/^[0-9a-f]{16}$/),
  fingerprint: z.string().regex(/^[0-9a-f]{8}$/),
})
export type ClientErrorReport = z.output<typeof reportSchema>

/** An error of a browser; where it was thrown is said by its own stack. */
class ClientError extends Error {
  override readonly name = 'ClientError'
  constructor({ name, message, stack }: ClientErrorReport) {
    super(`${name}: ${message}`)
    this.stack = stack
  }
}

export interface ClientErrorsOptions {
  readonly logger: Logger
  readonly tracker: ErrorTracker | null
  readonly nowMs: () => number
}

/** Tells of each kind of error once a minute and release, however many browsers have it, and counts the rest. */
export class ClientErrors {
  readonly #options: ClientErrorsOptions
  readonly #known = new Map<string, { untilMs: number; more: number }>()

  constructor(options: ClientErrorsOptions) {
    this.#options = options
  }

  take(report: ClientErrorReport): void {
    const { logger, tracker, nowMs } = this.#options
    const key = `${report.release} ${report.fingerprint}`
    const known = this.#known.get(key)
    if (known && nowMs() < known.untilMs) {
      known.more += 1
      return
    }
    this.#known.delete(key)
    const oldest = this.#known.size >= KNOWN_MAX ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, { untilMs: nowMs() + AGAIN_MS, more: 0 })
    const { kind, name, message, stack, route: where, release, fingerprint } = report
    logger.log('error', 'client_error', {
      kind,
      error_name: name,
      reason: message,
      client_stack: stack,
      page: where,
      release,
      fingerprint,
      repeated: known?.more ?? 0,
    })
    tracker?.capture(new ClientError(report), { transaction: where })
  }
}

/** Where browsers tell of what went wrong in them. */
export function clientErrorRoute(errors: ClientErrors): AnyRoute {
  return route({
    id: 'reportClientError',
    method: 'POST',
    path: '/client-errors',
    access: 'public',
    tag: 'errors',
    priority: 'background',
    ratePerMin: RATE_PER_MIN,
    summary: 'Takes the report of an error in a browser',
    body: reportSchema,
    bodyExample: {
      kind: 'boundary',
      name: 'TypeError',
      message: 'x is undefined',
      stack: 'at Page (/assets/posts-page.js:1:20)',
      route: '/posts',
      release: '0123456789abcdef',
      fingerprint: '01234567',
    },
    answers: { 204: { description: 'Taken' } },
    errors: [],
    handler: ({ body }) => {
      errors.take(body)
      return { status: 204 }
    },
  })
}
