import { ServiceError } from '@greengate/kit/errors'
import { z } from 'zod'
import type { BackendAnswer } from './backend.ts'

const BYTES_MAX = 65_536

const envelopeSchema = z.object({ error: z.object({ code: z.string(), request_id: z.string() }) })
const problemSchema = z.object({ code: z.string(), request_id: z.string() })

/** What an error is called that came without a code of ours: from an object store, a load balancer, a server that is none of ours. */
const CODES: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'validation_failed',
  429: 'rate_limited',
  431: 'headers_too_large',
  504: 'upstream_timeout',
}

/**
 * The body of a backend's error, if it is one that callers know how to read; null for what is no error, or a page for people.
 * @param pages whether a page is a way to tell people
 * @throws ServiceError in the place of an error that has no envelope
 */
export async function errorOf({ status, headers, body }: BackendAnswer, pages: boolean): Promise<Buffer | null> {
  if (status < 400) return null
  const type = String(headers['content-type'] ?? '')
  if (pages && type.startsWith('text/html')) return null
  const bytes = headers['content-encoding'] === undefined ? await bytesOf(body) : null
  body.destroy()
  if (bytes !== null && isOurs(bytes)) return bytes
  const code = CODES[status] ?? (status < 500 ? 'malformed_request' : 'upstream_unavailable')
  const { allow } = headers
  throw new ServiceError(code, {
    ...(typeof allow === 'string' && status === 405 ? { headers: { allow } } : {}),
    cause: new Error(`answered ${status} without an envelope`),
    stack: false,
  })
}

async function bytesOf(body: BackendAnswer['body']): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BYTES_MAX) return null
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}

function isOurs(bytes: Buffer): boolean {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    return envelopeSchema.safeParse(json).success || problemSchema.safeParse(json).success
  } catch {
    return false
  }
}
