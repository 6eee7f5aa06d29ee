import type { CheckContext, HttpAnswer, HttpRequest, Instance } from '@greengate/contracts'

const PIECE_BYTES = 128 * 1024
const ATTEMPTS_MAX = 3
/** Time for a service that refuses by the announced length alone. */
const HEAD_PAUSE_MS = 150
const PAUSE_MS = 2
const ANSWER_TIMEOUT_MS = 15_000

/**
 * Sends a JSON body that white space makes as large as `bytes`, piece by piece, and stops as soon as there is an answer: a
 * service may refuse early and close, and a client that goes on writing then loses the answer to a reset.
 */
export async function sendLargeBody(
  context: CheckContext,
  instance: Instance,
  request: HttpRequest,
  options: { bytes: number; chunked: boolean },
): Promise<HttpAnswer & { sentBytes: number }> {
  let answer = await sendOnce(context, instance, request, options)
  // A reset can overtake the answer on its way: that the answer was lost says nothing about the service.
  for (
    let attempt = 1;
    attempt < ATTEMPTS_MAX && answer.status === 0 && answer.sentBytes < options.bytes && instance.running();
    attempt++
  ) {
    answer = await sendOnce(context, instance, request, options)
  }
  return answer
}

async function sendOnce(
  context: CheckContext,
  instance: Instance,
  request: HttpRequest,
  options: { bytes: number; chunked: boolean },
): Promise<HttpAnswer & { sentBytes: number }> {
  const start = context.clock.monotonicMs()
  const connection = await instance.connect(request.from)
  const right = new TextEncoder().encode(
    typeof request.body === 'string' ? request.body : JSON.stringify(request.body ?? {}),
  )
  const headers = Object.entries(request.headers ?? {}).filter(
    ([name]) => !/^(?:content-type|content-length|host|transfer-encoding)$/i.test(name),
  )
  const head = [
    `${request.method ?? 'POST'} ${request.path} HTTP/1.1`,
    `host: ${instance.host}:${instance.port}`,
    'content-type: application/json',
    options.chunked ? 'transfer-encoding: chunked' : `content-length: ${options.bytes}`,
    ...headers.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : value.join(', ')}`),
  ]
  const answered = (text: string): boolean => /^HTTP\/1\.[01] [2-5]\d\d[\s\S]*?\r\n\r\n/.test(text)
  let sentBytes = 0
  let error = ''
  try {
    await connection.write(`${head.join('\r\n')}\r\n\r\n`)
    await connection.waitFor(answered, HEAD_PAUSE_MS)
    while (sentBytes < options.bytes && !answered(connection.received()) && !context.signal.aborted) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, options.bytes - sentBytes)).fill(0x20)
      if (sentBytes === 0) piece.set(right.subarray(0, piece.length))
      if (options.chunked) await connection.write(`${piece.length.toString(16)}\r\n`)
      await connection.write(piece)
      if (options.chunked) await connection.write('\r\n')
      sentBytes += piece.length
      // Twice, so that what arrived in the meantime is read before the next piece is written.
      await context.clock.sleep(PAUSE_MS, context.signal)
      await context.clock.sleep(1, context.signal)
    }
    if (options.chunked && sentBytes >= options.bytes) await connection.write('0\r\n\r\n')
  } catch (cause) {
    // The peer closed while we wrote: its answer may have come before that.
    error = cause instanceof Error && 'code' in cause ? String(cause.code) : 'closed'
  }
  try {
    await connection.waitFor(answered, ANSWER_TIMEOUT_MS)
    // The body of the answer follows its head at once.
    await connection.waitFor((text) => bodyComplete(text), 500)
    return {
      ...readAnswer(connection.received(), error),
      durationMs: Math.round(context.clock.monotonicMs() - start),
      sentBytes,
    }
  } finally {
    connection.destroy()
  }
}

function bodyComplete(text: string): boolean {
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  const at = text.indexOf('\r\n\r\n')
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length - at - 4 >= Number(length)
}

function readAnswer(text: string, error: string): HttpAnswer {
  const at = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, Math.max(0, at)).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0)
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon > 0) (headers[name] ??= []).push(line.slice(colon + 1).trim())
  }
  const raw = text.slice(at + 4)
  // Chunk sizes are lines of their own; what they frame is small here.
  const body = headers['transfer-encoding']?.includes('chunked')
    ? raw.replaceAll(/^[0-9a-f]+\r\n|\r\n[0-9a-f]+\r\n|\r\n$/gi, '')
    : raw
  return {
    status,
    headers,
    body: status === 0 ? '' : body,
    truncated: false,
    durationMs: 0,
    error: status === 0 ? error || 'no answer' : '',
  }
}
