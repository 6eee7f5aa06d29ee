import type { IncomingMessage, ServerResponse } from 'node:http'
import type { S3Error } from './s3-error.ts'
import { xmlDocument, type XmlElement } from './xml.ts'

const LEFTOVER_BYTES_MAX = 1024 * 1024
const LEFTOVER_MS_MAX = 1_000

export function sendXml(
  response: ServerResponse,
  status: number,
  root: string,
  children: readonly XmlElement[],
  namespace = true,
): void {
  const body = xmlDocument(root, children, namespace)
  response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
    .end(response.req.method === 'HEAD' ? undefined : body)
}

export function sendEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 204 || status === 304 ? {} : { 'content-length': 0 }).end()
}

/**
 * Answers with an error, and takes in a little of a body that is still coming: a connection that is closed on somebody
 * who writes loses the answer.
 * @param bodyComes false for a caller that waits to be told to send the body
 */
export async function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: S3Error,
  bodyComes: boolean,
): Promise<void> {
  const unread = !request.readableEnded && !request.destroyed
  const body = xmlDocument(
    'Error',
    [
      ['Code', error.code],
      ['Message', error.message],
      ['Resource', (request.url ?? '').split('?')[0] ?? ''],
      ['RequestId', String(response.getHeader('x-amz-request-id') ?? '')],
    ],
    false,
  )
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (hasBody && unread) response.setHeader('connection', 'close')
  response.writeHead(error.status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
  if (request.method === 'HEAD') response.flushHeaders()
  else response.write(body)
  if (hasBody && unread && bodyComes) await takeLeftover(request)
  response.end()
}

function takeLeftover(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let left = LEFTOVER_BYTES_MAX
    const done = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', done).off('error', done).off('close', done)
      resolve()
    }
    const count = (bytes: Buffer): void => {
      left -= bytes.length
      if (left <= 0) done()
    }
    const timer = setTimeout(done, LEFTOVER_MS_MAX)
    request.on('data', count).once('end', done).once('error', done).once('close', done)
  })
}
