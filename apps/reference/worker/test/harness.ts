import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createBackgroundPool, type PgPool } from '@greengate/kit/data'
import { createOutbox } from '@greengate/kit/outbox'
import { Logger } from '@greengate/kit/telemetry'
import { openDatabase } from '@greengate/reference-base'
import { readConfig } from '../src/config.ts'
import { createWorker, type Worker, type WorkerParts } from '../src/worker.ts'

export const serviceToken = randomBytes(24).toString('base64url')
export const watchToken = randomBytes(24).toString('base64url')
export const mailKey = `mk_test_${randomBytes(12).toString('hex')}`

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

/** A provider, or content: remembers what it was sent and answers as told. */
export class StandIn {
  readonly received: Received[] = []
  /** Status, or null for no answer at all. */
  answer: (received: Received) => number | null | Promise<number | null> = () => 200
  body = '{"id":"1"}'
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const received = {
          path: `${request.method} ${request.url}`,
          headers: request.headers,
          body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
        }
        this.received.push(received)
        void Promise.resolve(this.answer(received)).then((status) =>
          status === null ? request.socket.destroy() : response.writeHead(status).end(this.body),
        )
      })
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export function environment(databaseUrl: string, urls: { mail: string; content: string }): Record<string, string> {
  return {
    APP_ENV: 'local',
    HOST: '127.0.0.1',
    PORT: '18083',
    DATABASE_URL: databaseUrl,
    SERVICE_TOKEN: serviceToken,
    WATCH_TOKEN: watchToken,
    PUBLIC_URL: 'https://www.acme.test',
    CONTENT_URL: urls.content,
    MAIL_API_URL: `${urls.mail}/api`,
    MAIL_API_KEY: mailKey,
    MAIL_FROM: 'Greengate <hello@acme.test>',
    RATE_LIMIT_PER_MIN: '10000',
  }
}

export type Line = Record<string, unknown>

export interface Bench {
  readonly pool: PgPool & { end(): Promise<void> }
  readonly mail: StandIn
  readonly content: StandIn
  readonly lines: Line[]
  worker(parts?: Partial<Pick<WorkerParts, 'relay' | 'schedules'>>): Worker
  /** Puts messages on the outbox as the platform does. @returns their ids */
  enqueue(...payloads: readonly unknown[]): Promise<string[]>
  close(): Promise<void>
}

/** Servers around workers on one database. */
export async function openBench(databaseUrl: string): Promise<Bench> {
  const [mail, content] = [new StandIn(), new StandIn()]
  const env = environment(databaseUrl, { mail: await mail.listen(), content: await content.listen() })
  const config = readConfig(env)
  const lines: Line[] = []
  const logger = new Logger({ service: 'worker', write: (line) => void lines.push(JSON.parse(line) as Line) })
  const pool = createBackgroundPool({ url: databaseUrl, name: 'tests' })
  const outbox = createOutbox()
  const workers: Worker[] = []
  return {
    pool,
    mail,
    content,
    lines,
    worker: (parts = {}) => {
      const made = createWorker(config, {
        database: openDatabase('worker', config, { logger }),
        pool: createBackgroundPool({ url: databaseUrl, name: 'worker', connectionsMax: 6 }),
        telemetry: { logger },
        schedules: false,
        ...parts,
        relay: { pollMs: 50, backoffMs: 20, backoffMaxMs: 100, ...parts.relay },
      })
      workers.push(made)
      return made
    },
    enqueue: async (...payloads) => {
      const client = await pool.connect()
      try {
        const ids: string[] = []
        for (const payload of payloads) ids.push(await outbox.enqueue(client, { topic: 'mail', payload }))
        return ids
      } finally {
        client.release()
      }
    },
    close: async () => {
      await Promise.all(workers.map((one) => one.stop()))
      await Promise.all([mail.close(), content.close(), pool.end()])
    },
  }
}

export const verifyMail = (to: string) => ({
  template: 'verify_email',
  to,
  data: { name: 'Ada', token: `token-of-${to.split('@')[0]}-0123456789`, expires_at: '2026-11-22T12:00:00Z' },
})
