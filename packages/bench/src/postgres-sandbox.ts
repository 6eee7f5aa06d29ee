import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { DependencySpec, Json } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import pg from 'pg'
import type { PostgresServer } from './postgres-server.ts'

/** A database with a role of its own on a sandbox server. */
export interface SandboxDatabase {
  readonly database: string
  readonly user: string
  readonly password: string
}

/** Makes databases on one server: templates once, instances as copies of them. */
export class DatabaseMaker {
  readonly #server: PostgresServer
  readonly #mint: () => string
  readonly #templates = new Map<string, Promise<SandboxDatabase>>()
  #count = 0
  /** Copies of one template are made one after the other: PostgreSQL allows no connection to it meanwhile. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(server: PostgresServer, mint: () => string) {
    this.#server = server
    this.#mint = mint
  }

  get port(): number {
    return this.#server.port
  }

  /** A new database in which the dependency's SQL files were run; the same one for the same files. */
  async template(spec: DependencySpec, configDir: string, key = ''): Promise<SandboxDatabase> {
    const scripts = await Promise.all(spec.sql.map((file) => readScript(file, configDir)))
    const digest = createHash('sha256')
      .update(JSON.stringify([key, scripts.map((script) => script.text)]))
      .digest('hex')
    let template = this.#templates.get(digest)
    if (!template) {
      template = this.#makeTemplate(scripts)
      this.#templates.set(digest, template)
    }
    return template
  }

  /** A copy of a template, owned by a role of its own. */
  async copy(template: SandboxDatabase): Promise<SandboxDatabase> {
    const made = this.#names('instance')
    const turn = this.#last.then(() => this.#createDatabase(made, template))
    this.#last = turn.catch(() => undefined)
    await turn
    return made
  }

  /** Removes a database with its role, whoever is still connected. */
  async drop(made: SandboxDatabase): Promise<void> {
    await this.#server.admin(`drop database if exists ${made.database} with (force)`)
    await this.#server.admin(`drop role if exists ${made.user}`)
  }

  /** Asks a database as the administrator. */
  async query(database: string, sql: string, params: readonly Json[] = []): Promise<readonly Record<string, Json>[]> {
    const client = await this.#server.connect(database)
    try {
      const result = await client.query<Record<string, unknown>>(sql, [...params])
      // Dates, buffers and the like become what JSON makes of them.
      return JSON.parse(JSON.stringify(result.rows)) as readonly Record<string, Json>[]
    } finally {
      await client.end()
    }
  }

  async #makeTemplate(scripts: readonly Script[]): Promise<SandboxDatabase> {
    const made = this.#names('template')
    await this.#createDatabase(made, null)
    for (const script of scripts) await this.#run(made, script)
    return made
  }

  #names(kind: string): SandboxDatabase {
    this.#count += 1
    const name = `gg_${kind}_${this.#count}`
    return { database: name, user: name, password: this.#mint() }
  }

  async #createDatabase(made: SandboxDatabase, template: SandboxDatabase | null): Promise<void> {
    if (template) {
      // Nobody may be connected to a template, and it must not be owned by a role whose things are handed over below.
      await this.#server.admin(`alter database ${template.database} owner to current_user`)
      await this.#server.admin('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        template.database,
      ])
    }
    // Minted from letters and digits alone, so quoting is safe.
    await this.#server.admin(`create role ${made.user} login password '${made.password}'`)
    await this.#server.admin(
      `create database ${made.database} template ${template?.database ?? 'template0'} owner ${made.user}`,
    )
    const client = await this.#server.connect(made.database)
    try {
      if (template) await client.query(`reassign owned by ${template.user} to ${made.user}`)
    } finally {
      await client.end()
    }
    // Otherwise any role may connect: an instance must not see another one's data.
    await this.#server.admin(`revoke connect on database ${made.database} from public`)
  }

  async #run(made: SandboxDatabase, script: Script): Promise<void> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.#server.port,
      user: made.user,
      password: made.password,
      database: made.database,
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await client.query(script.text)
    } catch (cause) {
      throw new GreengateError(
        'CONFIG_INVALID',
        `The SQL in ${script.path} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          where: script.path,
          fix: 'Correct the file; it is run by a role without superuser rights that owns the new database.',
          cause,
        },
      )
    } finally {
      await client.end()
    }
  }
}

interface Script {
  readonly path: string
  readonly text: string
}

async function readScript(file: string, configDir: string): Promise<Script> {
  const path = isAbsolute(file) ? file : join(configDir, file)
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (cause) {
    throw new GreengateError('CONFIG_INVALID', `The SQL file ${file} can't be read.`, {
      where: path,
      fix: 'Correct `dependencies.<name>.sql`; paths are relative to the configuration.',
      cause,
    })
  }
}
