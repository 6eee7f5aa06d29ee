import type { IncomingMessage, ServerResponse } from 'node:http'

const BODY_BYTES_MAX = 8 << 20

/** What a route of the stand-in gets to see. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** What the `:names` of the path stood for. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  readonly headers: IncomingMessage['headers']
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Handler = (exchange: Exchange) => Answer

/** An answer in the error envelope. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(
    status: number,
    code: string,
    message: string,
    details: readonly { field: string; problem: string }[] = [],
  ) {
    super(message)
    this.answer = {
      status,
      body: { error: { code, message, details, request_id: 'stand-in-1', help: `/errors/${code}` } },
      headers: status === 503 || status === 429 ? { 'retry-after': '30' } : {},
    }
  }
}

export function text(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name]
  return typeof value === 'string' ? value : ''
}

/** The parameters of a path that fits a pattern such as `/v1/media/:id`, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value)
    else if (part !== value) return null
  }
  return params
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new Refusal(413, 'payload_too_large', 'The body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function send(response: ServerResponse, answer: Answer): void {
  const payload = answer.body === undefined ? '' : JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    ...(payload === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'cache-control': 'no-store',
    ...answer.headers,
  })
  response.end(payload)
}
