import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import pg from 'pg'
import { freePort, releasePort } from './ports.ts'
import { postgresBinaries, sandboxUser } from './postgres-binaries.ts'
import { MARKER, sendSignal } from './proc.ts'
import { storageError, type RunStateFile } from './state-file.ts'

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 5_000
const ADMIN = 'greengate_admin'

/** Durable as a real one (fsync stays on), small in everything else. */
const SETTINGS = {
  max_connections: '300',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  autovacuum: 'off',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  logging_collector: 'off',
  log_min_messages: 'fatal',
  password_encryption: 'scram-sha-256',
  scram_iterations: '1024',
} as const

export interface PostgresServerOptions {
  /** A folder of the server's own; removed by the caller. */
  readonly folder: string
  readonly runId: string
  readonly password: string
  readonly random: Random
  readonly state: RunStateFile
}

/** One PostgreSQL server on an ephemeral port of 127.0.0.1, with data that goes when it stops. */
export class PostgresServer {
  readonly port: number
  readonly #child: ChildProcess
  readonly #options: PostgresServerOptions
  readonly #pool: pg.Pool
  #stopped = false

  private constructor(port: number, child: ChildProcess, options: PostgresServerOptions) {
    this.port = port
    this.#child = child
    this.#options = options
    this.#pool = new pg.Pool({ ...this.#login('postgres'), max: 4, idleTimeoutMillis: 0 })
    this.#pool.on('error', () => undefined)
  }

  /** @throws GreengateError SANDBOX_FAILED */
  static async start(options: PostgresServerOptions): Promise<PostgresServer> {
    const binaries = postgresBinaries(options.folder)
    const data = join(options.folder, 'data')
    const logPath = join(options.folder, 'postgres.log')
    try {
      prepareFolder(options.folder, data, options.password)
    } catch (cause) {
      throw storageError(options.folder, cause)
    }
    await initialise(binaries, data, options, logPath)
    const port = await freePort(options.random)
    const log = openSync(logPath, 'a')
    const settings = Object.entries({
      ...SETTINGS,
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
    })
    const child = spawn(
      join(binaries, 'bin', 'postgres'),
      ['-D', data, ...settings.flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      {
        cwd: options.folder,
        env: { [MARKER]: `${options.runId}/postgres`, LANG: 'C', PATH: '/usr/bin:/bin' },
        stdio: ['ignore', log, log],
        detached: true,
        ...sandboxUser(),
      },
    )
    child.on('error', () => undefined)
    closeSync(log)
    if (child.pid !== undefined) options.state.addProcess(child.pid, 'postgres')
    const server = new PostgresServer(port, child, options)
    try {
      await server.#waitUntilUp(logPath)
    } catch (error) {
      await server.stop()
      throw error
    }
    return server
  }

  /** Runs SQL as the administrator. */
  async admin(sql: string, params: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const result = await this.#pool.query<Record<string, unknown>>(sql, [...params])
    return result.rows
  }

  /** A connection of the administrator to one database; the caller ends it. */
  async connect(database: string): Promise<pg.Client> {
    const client = new pg.Client(this.#login(database))
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  /** Stops at once: the data is not needed any more. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#pool.end().catch(() => undefined)
    const { pid } = this.#child
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
      // SIGQUIT is PostgreSQL's immediate shutdown: unlike SIGKILL it frees the shared memory.
      sendSignal(pid, 'SIGQUIT')
      const timer = setTimeout(() => sendSignal(pid, 'SIGKILL'), STOP_TIMEOUT_MS)
      await gone
      clearTimeout(timer)
    }
    if (pid !== undefined) this.#options.state.removeProcess(pid)
    releasePort(this.port)
    rmSync(join(this.#options.folder, 'data'), { recursive: true, force: true })
  }

  #login(database: string): pg.ClientConfig {
    return {
      host: '127.0.0.1',
      port: this.port,
      user: ADMIN,
      password: this.#options.password,
      database,
      connectionTimeoutMillis: 5_000,
    }
  }

  async #waitUntilUp(logPath: string): Promise<void> {
    const until = performance.now() + START_TIMEOUT_MS
    for (;;) {
      if (this.#child.exitCode !== null || this.#child.pid === undefined || performance.now() > until) {
        throw sandboxError('PostgreSQL did not start.', logPath)
      }
      try {
        await this.admin('select 1')
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }
}

function prepareFolder(folder: string, data: string, password: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const { uid, gid } = sandboxUser()
  if (uid === undefined || gid === undefined) return
  for (const path of [folder, data, passwordFile]) chownSync(path, uid, gid)
}

async function initialise(
  binaries: string,
  data: string,
  options: PostgresServerOptions,
  logPath: string,
): Promise<void> {
  const passwordFile = join(options.folder, 'password')
  const log = openSync(logPath, 'a')
  const child = spawn(
    join(binaries, 'bin', 'initdb'),
    [
      '-D',
      data,
      '-U',
      ADMIN,
      '--pwfile',
      passwordFile,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
      '--set=scram_iterations=1024',
    ],
    {
      cwd: options.folder,
      env: { [MARKER]: `${options.runId}/postgres`, LANG: 'C', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', log, log],
      detached: true,
      ...sandboxUser(),
    },
  )
  closeSync(log)
  if (child.pid !== undefined) options.state.addProcess(child.pid, 'initdb')
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('exit', resolve)
  })
  if (child.pid !== undefined) options.state.removeProcess(child.pid)
  rmSync(passwordFile, { force: true })
  if (code !== 0) throw sandboxError('PostgreSQL could not make a database.', logPath)
}

function sandboxError(message: string, logPath: string): GreengateError {
  let tail = ''
  try {
    tail = readFileSync(logPath, 'utf8').trim().split('\n').slice(-5).join(' | ')
  } catch {
    tail = 'no log'
  }
  if (/No space left/i.test(tail)) return storageError(logPath, Object.assign(new Error('full'), { code: 'ENOSPC' }))
  return new GreengateError('SANDBOX_FAILED', `${message} Its last words: ${tail}`, { where: logPath })
}
