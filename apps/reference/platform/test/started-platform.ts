import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Database } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { type Role, tokenDigest } from '@greengate/reference-base'
import pg from 'pg'
import { runMigrations } from '../src/commands.ts'
import { createLogger, readConfig } from '../src/config.ts'
import { rotateFounderKey } from '../src/founder-key.ts'
import { createPlatform } from '../src/platform.ts'
import { environment } from './environment.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Answer {
  readonly status: number
  readonly body: Record<string, never>
  readonly headers: Readonly<Record<string, unknown>>
}

/** Somebody with an account, signed in. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly token: string
}

export interface Organisation {
  readonly id: string
  readonly slug: string
}

/** The service on a database of its own, requests injected. */
export interface StartedPlatform {
  readonly service: Service
  readonly database: Database
  /** Past the service, for looking at what it wrote. */
  readonly admin: pg.Pool
  readonly url: string
  /** What was logged. */
  readonly lines: string[]
  call(method: Method, url: string, token: string, payload?: object, remoteAddress?: string): Promise<Answer>
  /** As a caller does who was told to try again: until it is no 503. `attempts` says how often that was. */
  callUntilServed(
    method: Method,
    url: string,
    token: string,
    payload?: object,
    remoteAddress?: string,
  ): Promise<Answer & { readonly attempts: number }>
  /** How often somebody was told to try again. */
  turnedAway(): number
  organisation(): Promise<Organisation>
  /** A new account in an organisation. */
  person(organisation: Organisation, role: Role, passwordHash?: string): Promise<Person>
  founderKey(): Promise<string>
  /** Payloads of the mails that were put out for an address, the newest last. */
  mailsTo(email: string): Promise<{ template: string; data: Record<string, string> }[]>
  stop(): Promise<void>
}

const ATTEMPTS_MAX = 200
const PAUSE_MAX_MS = 1000
const WAITING_MAX = 500
const POOL_TIMEOUT_MS = 20_000
// Nobody signs in with it: the tests that need a password say so.
const NO_HASH = '$argon2id$nobody'

export const codeOf = (answer: { readonly body: Record<string, { code: string }> }): string | undefined =>
  answer.body['error']?.code

/** @param changes variables besides a complete environment */
export async function startPlatform(
  changes: Readonly<Record<string, string>> = {},
  nowMs?: () => number,
): Promise<StartedPlatform> {
  const postgres = await startPostgres()
  try {
    return await startOn(postgres, changes, nowMs)
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

async function startOn(
  postgres: TestPostgres,
  changes: Readonly<Record<string, string>>,
  nowMs: (() => number) | undefined,
): Promise<StartedPlatform> {
  const url = await postgres.database()
  const env = { ...environment(url), RATE_LIMIT_PER_MIN: '600000', ...changes }
  await runMigrations(env)
  const config = readConfig(env)
  const lines: string[] = []
  let turnedAway = 0
  const logger = createLogger(env, (line) => lines.push(line))
  // A burst of a test waits for its turn: refused and sent again, again and again, it would be ten times the work.
  const database = new Database({ url, name: 'tests', waitingMax: WAITING_MAX, poolTimeoutMs: POOL_TIMEOUT_MS })
  const service = createPlatform(config, database, { logger }, nowMs)
  const admin = new pg.Pool({ connectionString: url, max: 4 })

  const call = async (method: Method, path: string, token: string, payload?: object, remoteAddress = '127.0.0.1') => {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    const request = { method, url: path, headers, remoteAddress, ...(payload ? { payload } : {}) }
    const answer = await service.app.inject(request)
    return {
      status: answer.statusCode,
      body: (answer.body ? answer.json() : null) as Record<string, never>,
      headers: answer.headers,
    }
  }
  return {
    service,
    database,
    admin,
    url,
    lines,
    call,
    turnedAway: () => turnedAway,
    callUntilServed: async (method, path, token, payload, remoteAddress) => {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await call(method, path, token, payload, remoteAddress)
        if (answer.status !== 503 || attempt >= ATTEMPTS_MAX) return { ...answer, attempts: attempt }
        turnedAway += 1
        await pause(Math.min(20 * attempt, PAUSE_MAX_MS))
      }
    },
    organisation: async () => {
      const slug = `org-${randomBytes(6).toString('hex')}`
      const { rows } = await admin.query<Organisation>(
        'insert into organisations (slug, name) values ($1, $1) returning id, slug',
        [slug],
      )
      if (!rows[0]) throw new Error('no organisation was made')
      return rows[0]
    },
    person: async (organisation, role, passwordHash = NO_HASH) => {
      const token = `gs_${randomBytes(32).toString('base64url')}`
      const email = `${randomUUID()}@people.test`
      const { rows } = await admin.query<{ id: string }>(
        `with u as (insert into users (email, password_hash, verified_at) values ($1, $2, now()) returning id),
          m as (insert into memberships (organisation_id, user_id, role) select $3, id, $4 from u),
          s as (insert into sessions (token_digest, user_id, expires_at) select $5, id, now() + interval '1 hour' from u)
        select id from u`,
        [email, passwordHash, organisation.id, role, tokenDigest(token)],
      )
      if (!rows[0]) throw new Error('no account was made')
      return { id: rows[0].id, email, token }
    },
    founderKey: () => rotateFounderKey(database),
    mailsTo: async (email) => {
      const { rows } = await admin.query<{ payload: { template: string; data: Record<string, string> } }>(
        `select payload from kit_outbox where topic = 'mail' and payload ->> 'to' = $1 order by id`,
        [email],
      )
      return rows.map((row) => row.payload)
    },
    stop: async () => {
      await service.stop()
      await admin.end()
      await postgres.stop()
    },
  }
}
