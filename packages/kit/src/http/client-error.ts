import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { randomUUID } from 'node:crypto'
import { classifyParserError } from '../errors/classify.ts'
import type { ErrorAnswers } from '../errors/envelope.ts'
import { correlationHeaders } from '../telemetry/correlation.ts'
import type { Logger } from '../telemetry/logger.ts'

/**
 * Answers what the HTTP parser refuses, before there is a request: with the same envelope, headers and log line as
 * everything else. The connection is closed: what follows on it can't be understood.
 */
export function clientErrorHandler(
  errors: ErrorAnswers,
  logger: Logger,
  headers: Readonly<Record<string, string>>,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    // Reset by the peer, or an answer is already on its way on this connection.
    if (error.code === 'ECONNRESET' || !socket.writable || answerBegun(socket)) {
      socket.destroy()
      return
    }
    const answered = classifyParserError(error)
    const requestId = randomUUID()
    const answer = errors.of(answered, requestId)
    const body = answer.payload
    const all: Record<string, string> = {
      ...headers,
      ...answer.headers,
      ...Object.fromEntries(correlationHeaders.map((name) => [name, requestId])),
      date: new Date().toUTCString(),
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    socket.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
    socket.setTimeout(1000, () => socket.destroy())
    logger.log('info', 'http_request', {
      correlation_id: requestId,
      actor: 'anonymous',
      method: 'unknown',
      route: 'unmatched',
      status: answer.status,
      error: { name: answered.name, code: answered.code },
    })
  }
}

/** Node keeps the answer under way on the socket; there is no public way to ask. */
function answerBegun(socket: Socket): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage')
  return typeof message === 'object' && message !== null && Reflect.get(message, 'headersSent') === true
}
