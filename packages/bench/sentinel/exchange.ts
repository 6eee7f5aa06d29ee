import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { lacks } from './defects.ts'
import { HttpError } from './errors.ts'

const BODY_BYTES_MAX = lacks('body-limit-small') ? 1024 : 1024 * 1024
const DISCARD_MS = 5_000
const CORRELATION_ID = /^[A-Za-z0-9._-]{8,64}$/

/** What one request needs on its way. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly correlationId: string
  /** Who is asking, as the log calls them. */
  actor: string
  /** The route's template, for logs and metrics. */
  route: string
  phase: 'body' | 'work'
}

/** The caller's correlation id if it is well formed, else a new one. */
export function correlationIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'] ?? request.headers['x-correlation-id']
  if (typeof given === 'string' && (CORRELATION_ID.test(given) || lacks('correlation-accepts-anything'))) return given
  return randomUUID()
}

/**
 * Reads a JSON object. @throws HttpError unsupported_media_type, payload_too_large, malformed_request
 */
export async function readJson(exchange: Exchange): Promise<Record<string, unknown>> {
  const { request } = exchange
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    discard(exchange)
    throw new HttpError('unsupported_media_type')
  }
  const announced = Number(request.headers['content-length'] ?? 0)
  const unlimited = lacks('no-body-limit') || (lacks('no-body-limit-on-sign-in') && exchange.route === '/api/sign-in')
  if (announced > BODY_BYTES_MAX && !unlimited) {
    discard(exchange)
    throw new HttpError('payload_too_large')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  exchange.phase = 'body'
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX && !unlimited && !lacks('body-limit-content-length-only')) {
      discard(exchange)
      throw new HttpError('payload_too_large')
    }
    chunks.push(chunk)
  }
  exchange.phase = 'work'
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new HttpError('malformed_request', { reason: 'The body is not JSON.' })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new HttpError('validation_failed', { body: 'must be an object' })
  }
  return value as Record<string, unknown>
}

/** The rest of a body that is refused is thrown away for a while: a reset would eat the answer. */
function discard(exchange: Exchange): void {
  const { request, response } = exchange
  response.setHeader('connection', 'close')
  request.resume()
  setTimeout(() => request.socket.destroy(), DISCARD_MS).unref()
}
