import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import type { Certificate, Service } from '@greengate/kit/http'
import type { RateLimiter } from '@greengate/kit/limits'
import { Logger } from '@greengate/kit/telemetry'
import { readConfig } from '../src/config.ts'
import { createGateway } from '../src/gateway.ts'

export const metricsToken = randomBytes(24).toString('base64url')

/** What a backend was asked. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A service behind: remembers what it was asked and answers as told. */
export class StandIn {
  readonly seen: Seen[] = []
  readonly server: Server
  answer: Handler | null = null
  /** Sees the request before its body; answers instead of `answer`. */
  raw: Handler | null = null

  constructor(name: string) {
    this.server = createServer((request, response) => {
      if (this.raw) {
        this.raw(request, response)
        return
      }
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        this.seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
        if (this.answer) this.answer(request, response)
        else response.setHeader('x-backend', name).end(`${name} ${method} ${url}`)
      })
    })
    this.server.keepAliveTimeout = 60_000
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    const address = this.server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }
}

export type Line = Record<string, unknown>

export interface TestGateway {
  readonly base: string
  readonly port: number
  readonly service: Service
  readonly backends: Readonly<Record<'platform' | 'content' | 'web' | 'media', StandIn>>
  readonly lines: Line[]
  /** Sends text as it is and gives what came back until the connection ended. */
  raw(text: string): Promise<string>
  /** Requests that have begun and are not over. */
  underWay(): Promise<number>
  stop(): Promise<void>
}

export interface TestGatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly certificate?: Certificate
  readonly limiter?: RateLimiter<'address'>
  readonly limits?: Record<string, number>
  readonly now?: () => number
}

export function environment(urls: Record<string, string>): Record<string, string> {
  return {
    APP_ENV: 'local',
    HOST: '127.0.0.1',
    PORT: '18443',
    PUBLIC_URL: 'http://127.0.0.1',
    PUBLIC_HOSTS: '127.0.0.1,gateway.test',
    RATE_LIMIT_PER_MIN: '100000',
    METRICS_TOKEN: metricsToken,
    UPSTREAM_TIMEOUT_MS: '2000',
    ...urls,
  }
}

/** A gateway on a real port, with four real servers behind it. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const backends = {
    platform: new StandIn('platform'),
    content: new StandIn('content'),
    web: new StandIn('web'),
    media: new StandIn('media'),
  }
  const lines: Line[] = []
  const urls = {
    PLATFORM_URL: await backends.platform.listen(),
    CONTENT_URL: await backends.content.listen(),
    WEB_URL: await backends.web.listen(),
    MEDIA_URL: `${await backends.media.listen()}/bucket`,
  }
  const service = createGateway(readConfig({ ...environment(urls), ...options.env }), {
    telemetry: { logger: new Logger({ service: 'test', write: (line) => void lines.push(JSON.parse(line) as Line) }) },
    certificate: options.certificate ?? null,
    limiter: options.limiter ?? null,
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.now ? { now: options.now } : {}),
  })
  const port = await service.listen('127.0.0.1', 0)
  return {
    base: `http://127.0.0.1:${port}`,
    port,
    service,
    backends,
    lines,
    raw: (text) => exchange(port, text),
    underWay: async () => Number(/^http_requests_in_flight (\d+)$/m.exec(await service.metrics.text())?.[1]),
    stop: async () => {
      await service.stop()
      await Promise.all(Object.values(backends).map((one) => one.close()))
    },
  }
}

export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(text, 'latin1')
  })
}

export function codeOf(json: unknown): string | undefined {
  return (json as { error?: { code: string } }).error?.code
}
