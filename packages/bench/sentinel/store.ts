import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import pg from 'pg'
import { lacks } from './defects.ts'
import { HttpError } from './errors.ts'

const LIMIT_MS = 3_000
const READY_LIMIT_MS = 900
const UNIQUE_VIOLATION = '23505'
const COST = { N: 32_768, maxmem: 128 * 1024 * 1024 }
const derive = promisify(scrypt) as (
  password: string,
  salt: string,
  length: number,
  cost: typeof COST,
) => Promise<Buffer>

export interface Item {
  readonly id: number
  readonly name: string
}

/** All that the service asks its database. Every question has a limit. */
export class Store {
  readonly #pool: pg.Pool
  /** One question for readiness at a time, whoever asks: probes must not use up the pool. */
  #asking: Promise<boolean> | null = null
  readonly #dummyHash: string
  readonly #url: string
  /** Only of a defect: a second pool, opened by the first real question and never closed. */
  #forgotten: pg.Pool | null = null

  constructor(url: string) {
    this.#url = url
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 10,
      connectionTimeoutMillis: LIMIT_MS,
      ...(lacks('db-wait-unlimited') ? {} : { query_timeout: LIMIT_MS, statement_timeout: LIMIT_MS }),
    })
    this.#pool.on('error', () => undefined)
    this.#dummyHash = `${randomBytes(16).toString('hex')}:${randomBytes(32).toString('hex')}`
  }

  /** Makes the tables and the administrator's account. */
  async prepare(adminPassword: string): Promise<void> {
    await this.#pool.query(`
      create table if not exists items (id bigint generated always as identity primary key, name text not null unique);
      create table if not exists users (username text primary key, password text not null);`)
    const add =
      'insert into users (username, password) values ($1, $2) on conflict (username) do update set password = excluded.password'
    await this.#pool.query(add, ['admin', await hash(lacks('default-admin') ? 'admin' : adminPassword)])
  }

  async items(): Promise<readonly Item[]> {
    const result = await this.#ask<{ id: string; name: string }>(
      'select id, name from items order by id desc limit 100',
    )
    return result.map((row) => ({ id: Number(row.id), name: row.name }))
  }

  async item(id: number): Promise<Item | null> {
    const [row] = await this.#ask<{ id: string; name: string }>('select id, name from items where id = $1', [id])
    return row ? { id: Number(row.id), name: row.name } : null
  }

  /** @throws HttpError conflict */
  async add(name: string): Promise<Item> {
    const [row] = await this.#ask<{ id: string }>('insert into items (name) values ($1) returning id', [name])
    return { id: Number(row?.id), name }
  }

  async remove(id: number): Promise<boolean> {
    return (await this.#ask('delete from items where id = $1 returning id', [id])).length > 0
  }

  async sleep(): Promise<void> {
    await this.#ask('select pg_sleep(1.5)')
  }

  async exists(username: string): Promise<boolean> {
    return (await this.#ask('select 1 from users where username = $1', [username])).length > 0
  }

  /** Takes the same time whether the account exists or not. */
  async passwordFits(username: string, password: string): Promise<boolean> {
    const [row] = await this.#ask<{ password: string }>('select password from users where username = $1', [username])
    if (!row && lacks('sign-in-enumerates-timing')) return false
    const fits = await verify(password, row?.password ?? this.#dummyHash)
    return fits && row !== undefined
  }

  /** Whether the database answers within 900 ms. */
  async answers(): Promise<boolean> {
    this.#asking ??= this.#pool
      .query('select 1')
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#asking = null
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), READY_LIMIT_MS)
    })
    const answered = await Promise.race([this.#asking, late])
    clearTimeout(timer)
    return answered
  }

  async close(): Promise<void> {
    await this.#pool.end().catch(() => undefined)
  }

  async #ask<Row extends pg.QueryResultRow>(sql: string, params: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      if (lacks('pool-left-open') && !this.#forgotten) {
        this.#forgotten = new pg.Pool({ connectionString: this.#url, max: 1, idleTimeoutMillis: 0 })
        this.#forgotten.on('error', () => undefined)
        await this.#forgotten.query('select 1')
      }
      const result = await this.#pool.query<Row>(sql, [...params])
      return result.rows
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION) throw new HttpError('conflict')
      throw new HttpError(lacks('db-closed-before-drain') && this.#pool.ending ? 'internal' : 'unavailable')
    }
  }
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16).toString('hex')
  return `${salt}:${(await derive(password, salt, 32, COST)).toString('hex')}`
}

async function verify(password: string, stored: string): Promise<boolean> {
  const [salt = '', expected = ''] = stored.split(':')
  return timingSafeEqual(await derive(password, salt, 32, COST), Buffer.from(expected, 'hex'))
}
