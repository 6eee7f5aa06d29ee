import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import { startPostgres } from '@greengate/kit/testing'
import { earlyLogger, type Role } from '@greengate/reference-base'
import { startObjectStore } from '@greengate/object-store'
import { runMigrations } from '../src/commands.ts'
import { readConfig, SERVICE } from '../src/config.ts'
import { createContent } from '../src/content.ts'
import { storeOf } from '../src/s3-store.ts'
import { variables } from '../src/variables.ts'

export const serviceToken = randomBytes(24).toString('base64url')
const secretAccessKey = randomBytes(24).toString('base64url')

/** A complete, right environment. */
export function environment(databaseUrl: string, changes: Record<string, string> = {}): Record<string, string> {
  return {
    APP_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '18082',
    DATABASE_URL: databaseUrl,
    SERVICE_TOKEN: serviceToken,
    RATE_LIMIT_PER_MIN: '100000',
    PLATFORM_URL: 'http://127.0.0.1:1',
    OPERATOR_ORGANISATION: 'acme',
    S3_ENDPOINT: 'http://127.0.0.1:1',
    S3_REGION: 'us-east-1',
    S3_BUCKET: 'content',
    S3_ACCESS_KEY_ID: 'content-tests',
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    MEDIA_PUBLIC_URL: 'https://www.acme.test',
    ...changes,
  }
}

/** A server on a port of its own. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Tokens of people with these roles in the organisation that writes the content; the stranger has one elsewhere. */
export const tokens = {
  owner: 'token-of-the-owner',
  admin: 'token-of-an-admin',
  member: 'token-of-a-member',
  viewer: 'token-of-a-viewer',
  stranger: 'token-of-a-stranger',
} as const
export type Person = keyof typeof tokens

/** What the platform says about a token: the part of it that this service asks. */
function startPlatform() {
  const me = (name: string): unknown => {
    const role: Role = name === 'stranger' ? 'owner' : (name as Role)
    const slug = name === 'stranger' ? 'other-org' : 'acme'
    return {
      kind: 'user',
      id: `id-of-${name}`,
      email: `${name}@acme.test`,
      name,
      organisations: [{ slug, name: slug, role }],
    }
  }
  return serve((request, response) => {
    const token = (request.headers.authorization ?? '').replace('Bearer ', '')
    const person = Object.entries(tokens).find(([, known]) => known === token)?.[0]
    response.writeHead(person ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(person ? me(person) : { error: { code: 'unauthenticated' } }))
  })
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Readonly<Record<string, unknown>>
}

export interface World {
  readonly service: Service
  readonly database: Database
  readonly env: Record<string, string>
  readonly lines: string[]
  /** Where objects are, as files. */
  readonly storeFolder: string
  /** Milliseconds that the service's clock is ahead. */
  aheadMs: number
  nowMs(): number
  call(
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    as: Person | 'service' | null,
    body?: unknown,
  ): Promise<Answer>
  /** The store ends and does not answer any more. */
  endStore(): Promise<void>
  beginStore(): Promise<void>
  endPlatform(): Promise<void>
  close(): Promise<void>
}

/** The service on a real database and a real store, and a platform that knows five people. */
export async function startWorld(changes: Record<string, string> = {}): Promise<World> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).toReversed()) await one()
  }
  try {
    const postgres = await startPostgres()
    closing.push(() => postgres.stop())
    const storeFolder = await mkdtemp(join(tmpdir(), 'content-store-'))
    closing.push(() => rm(storeFolder, { recursive: true, force: true }))
    const begin = (port: number) =>
      startObjectStore({
        folder: storeFolder,
        host: '127.0.0.1',
        port,
        accessKeyId: 'content-tests',
        secretAccessKey,
        buckets: ['content'],
        publicPrefixes: ['media/'],
        corsOrigins: [],
      })
    let store: Awaited<ReturnType<typeof begin>> | null = await begin(0)
    const storePort = store.port
    closing.push(async () => store?.close())
    const platform = await startPlatform()
    closing.push(() => platform.close())
    const env = environment(await postgres.database(), {
      PLATFORM_URL: platform.url,
      S3_ENDPOINT: `http://127.0.0.1:${storePort}`,
      ...changes,
    })
    await runMigrations(env)
    const config = readConfig(env)
    const lines: string[] = []
    const logger = earlyLogger(SERVICE, variables, env, (line) => lines.push(line))
    const database = new Database({
      url: config.DATABASE_URL,
      name: 'tests',
      // What is tested here is order, not speed: the machine may be busy with something else.
      poolTimeoutMs: 30_000,
      statementTimeoutMs: 30_000,
    })
    let aheadMs = 0
    const nowMs = (): number => Date.now() + aheadMs
    const service = createContent(config, database, { logger }, { nowMs, store: storeOf(config) })
    closing.push(() => service.stop())
    return {
      service,
      database,
      env,
      lines,
      storeFolder,
      get aheadMs() {
        return aheadMs
      },
      set aheadMs(ms: number) {
        aheadMs = ms
      },
      nowMs,
      call: async (method, url, as, body) => {
        const token = as === 'service' ? serviceToken : as === null ? null : tokens[as]
        const answer = await service.app.inject({
          method,
          url,
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
          ...(body === undefined ? {} : { payload: body as object }),
        })
        const isJson = String(answer.headers['content-type'] ?? '').startsWith('application/json')
        return {
          status: answer.statusCode,
          body: isJson && answer.body !== '' ? answer.json() : {},
          headers: answer.headers,
        }
      },
      endStore: async () => {
        await store?.close()
        store = null
      },
      beginStore: async () => {
        store ??= await begin(storePort)
      },
      endPlatform: () => platform.close(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

export function codeOf(answer: Answer): string | undefined {
  return (answer.body['error'] as { code?: string } | undefined)?.code
}

export function fieldsOf(answer: Answer): string[] {
  const error = answer.body['error'] as { details?: { field: string }[] } | undefined
  return (error?.details ?? []).map((one) => one.field)
}
