import http from 'node:http'
import type { HttpAnswer, HttpRequest } from '@greengate/contracts'

const TIMEOUT_MS = 10_000
const BODY_BYTES_MAX = 256 * 1024
/**
 * A large body is sent in pieces, so that an answer which comes before its end is read and not lost in a reset: a server
 * that answers early and closes resets what still arrives (RFC 9112, 9.6), and a write into the reset destroys the socket
 * before the answer was read.
 */
const PIECE_BYTES = 64 * 1024
/** Pauses after a piece, in milliseconds: the usual ones, and those of the one repetition after a reset. */
const PACE = { usual: { first: 50, later: 1 }, careful: { first: 1_000, later: 50 } } as const
type Pace = (typeof PACE)[keyof typeof PACE]

export interface HttpTarget {
  readonly host: string
  readonly port: number
}

/**
 * One HTTP exchange. Never throws: what went wrong is in `error`. Without an agent it takes a connection of its own.
 * An answer that breaks off counts as none: `status` 0. A large body whose sending ends in a reset is sent once more, more
 * slowly: whoever resets without an answer does so again.
 */
export async function exchange(
  target: HttpTarget,
  request: HttpRequest,
  agent: http.Agent | false = false,
): Promise<HttpAnswer> {
  const first = await exchangeOnce(target, request, agent, PACE.usual)
  const large = (encodeBody(request).bytes?.length ?? 0) > PIECE_BYTES
  const lost = first.error === 'ECONNRESET' || first.error === 'EPIPE' || first.error === 'closed'
  return large && lost && first.status === 0 ? exchangeOnce(target, request, agent, PACE.careful) : first
}

function exchangeOnce(
  target: HttpTarget,
  request: HttpRequest,
  agent: http.Agent | false,
  pace: Pace,
): Promise<HttpAnswer> {
  const startedMs = performance.now()
  const answer = (status: number, error: string, rest: Partial<HttpAnswer> = {}): HttpAnswer => ({
    status,
    headers: {},
    body: '',
    truncated: false,
    ...rest,
    durationMs: Math.round(performance.now() - startedMs),
    error,
  })
  return new Promise((resolve) => {
    const body = encodeBody(request)
    let sent: http.ClientRequest
    try {
      sent = http.request({
        host: target.host,
        port: target.port,
        method: request.method ?? 'GET',
        path: safePath(request.path),
        headers: headersFor(request, body),
        localAddress: request.from ?? (target.host.startsWith('127.') ? '127.0.0.1' : undefined),
        agent,
        setDefaultHeaders: true,
      })
    } catch (error) {
      resolve(answer(0, codeOf(error)))
      return
    }
    let done = false
    const finish = (result: HttpAnswer): void => {
      if (done) return
      done = true
      clearTimeout(timer)
      resolve(result)
      if (result.status === 0 || !sent.writableFinished) sent.destroy()
    }
    const timer = setTimeout(() => finish(answer(0, 'timeout')), request.timeoutMs ?? TIMEOUT_MS)
    sent.on('error', (error) => finish(answer(0, codeOf(error))))
    let answered = false
    let refused = false
    sent.on('close', () => {
      // On a connection that is kept, the request closes before the answer has been read.
      if (!answered) finish(answer(0, 'closed'))
    })
    sent.on('response', (response) => {
      answered = true
      refused = (response.statusCode ?? 0) >= 400
      readBody(response, request.bodyBytesMax ?? BODY_BYTES_MAX, (text, truncated, complete) => {
        const headers = groupHeaders(response.rawHeaders)
        if (complete) finish(answer(response.statusCode ?? 0, '', { headers, body: text, truncated }))
        else finish(answer(0, 'closed', { headers, body: text, truncated: true }))
      })
    })
    sendBody(sent, body, pace, () => done || refused)
  })
}

interface EncodedBody {
  readonly bytes: Buffer | null
  readonly json: boolean
}

function encodeBody(request: HttpRequest): EncodedBody {
  const { body } = request
  if (body === undefined) return { bytes: null, json: false }
  if (typeof body === 'string') return { bytes: Buffer.from(body), json: false }
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), json: false }
  return { bytes: Buffer.from(JSON.stringify(body)), json: true }
}

function headersFor(request: HttpRequest, body: EncodedBody): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value]
  }
  if (body.json) headers['content-type'] ??= 'application/json'
  if (body.bytes && !request.chunked) headers['content-length'] ??= String(body.bytes.length)
  if (body.bytes && request.chunked) headers['transfer-encoding'] ??= 'chunked'
  return headers
}

/** Node refuses blanks and characters outside ASCII in a path; they go out percent-encoded, everything else as it is. */
function safePath(path: string): string {
  return path.replaceAll(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character))
}

function sendBody(sent: http.ClientRequest, body: EncodedBody, pace: Pace, done: () => boolean): void {
  const { bytes } = body
  if (!bytes || bytes.length <= PIECE_BYTES) {
    sent.end(bytes ?? undefined)
    return
  }
  let offset = 0
  const next = (): void => {
    if (done() || sent.destroyed) return
    const piece = bytes.subarray(offset, offset + PIECE_BYTES)
    offset += piece.length
    const flowing = sent.write(piece)
    const pauseMs = offset === piece.length ? pace.first : pace.later
    if (offset >= bytes.length) sent.end()
    else if (flowing) setTimeout(next, pauseMs)
    else sent.once('drain', () => setTimeout(next, pauseMs))
  }
  next()
}

function readBody(
  response: http.IncomingMessage,
  bytesMax: number,
  then: (text: string, truncated: boolean, complete: boolean) => void,
): void {
  const chunks: Buffer[] = []
  let kept = 0
  let truncated = false
  response.on('data', (chunk: Buffer) => {
    const room = bytesMax - kept
    if (chunk.length > room) truncated = true
    if (room <= 0) return
    const piece = chunk.subarray(0, room)
    chunks.push(piece)
    kept += piece.length
  })
  response.on('error', () => undefined)
  response.on('close', () => then(Buffer.concat(chunks).toString('utf8'), truncated, response.complete))
}

function groupHeaders(raw: readonly string[]): Record<string, readonly string[]> {
  // Without a prototype: a header may be named `constructor` or `__proto__`.
  const grouped = Object.create(null) as Record<string, string[]>
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    const values = (grouped[name] ??= [])
    values.push(raw[index + 1] ?? '')
  }
  return grouped
}

/** The system's or Node's code for an error, such as ECONNRESET. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== '') {
    // Node's own message for a peer that closes before it answered.
    return error.message === 'socket hang up' && error.code === 'ECONNRESET' ? 'closed' : error.code
  }
  return error instanceof Error ? error.name : 'unknown'
}
