import type { ServerResponse } from 'node:http'
import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE']
const EXPOSED = 'ETag, x-amz-request-id, x-amz-checksum-sha256, Content-Range, Content-Length'

/** Lets scripts of the origins that are allowed see an answer; says nothing to others. */
export function corsHeaders(request: S3Request, response: ServerResponse, origins: readonly string[]): void {
  if (origins.length === 0) return
  response.setHeader('vary', 'Origin')
  const origin = request.headers.get('origin')
  if (origin === undefined || !origins.includes(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', EXPOSED)
}

/** @throws S3Error AccessForbidden for an origin or a method that is not allowed */
export function answerPreflight(request: S3Request, response: ServerResponse, origins: readonly string[]): void {
  const origin = request.headers.get('origin') ?? ''
  const method = request.headers.get('access-control-request-method') ?? ''
  const wanted = request.headers.get('access-control-request-headers') ?? ''
  if (!origins.includes(origin) || !METHODS.includes(method) || !/^[\w\-, ]{0,1000}$/.test(wanted))
    throw new S3Error('AccessForbidden')
  response.writeHead(200, {
    'access-control-allow-methods': METHODS.join(', '),
    ...(wanted === '' ? {} : { 'access-control-allow-headers': wanted }),
    'access-control-max-age': '600',
    'content-length': 0,
  })
  response.end()
}
