import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface LocalServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

const BODY_BYTES_MAX = 256 * 1024

/** What is answered; a string is HTML, anything else JSON. */
export interface LocalAnswer {
  readonly status: number
  readonly body: unknown
}

export type LocalHandler = (request: IncomingMessage, url: URL, body: string) => LocalAnswer

/** The body, null when it is too long: the rest of it is not read. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

async function answer(handler: LocalHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request)
  const url = new URL(request.url ?? '/', 'http://local')
  const made = body === null ? { status: 413, body: { error: 'too_large' } } : handler(request, url, body)
  const isPage = typeof made.body === 'string'
  response.writeHead(made.status, {
    'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    // Mails may hold anything: nothing in them runs, and nothing is fetched for them.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(body === null ? { connection: 'close' } : {}),
  })
  response.end(isPage ? made.body : `${JSON.stringify(made.body)}\n`)
}

/** A small server on 127.0.0.1 for what local work needs and production gets from somebody else. */
export async function startLocalServer(port: number, handler: LocalHandler): Promise<LocalServer> {
  const server = createServer((request, response) => {
    answer(handler, request, response).catch(() => response.destroy())
  })
  server.requestTimeout = 10_000
  // Longer than clients keep a connection that rests: whoever closes it first must not be us.
  server.keepAliveTimeout = 72_000
  server.maxConnections = 200
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
