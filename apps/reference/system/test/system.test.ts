// Goal: one command starts everything that is needed, and whatever happens to it, nothing of it stays behind.
// Method: the real command in a folder of its own; signals, a kill, a second start, crashes of what it started.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE } from '../src/seed/people.ts'
import { SupervisedProcess } from '../src/start/child-process.ts'
import { freePortsInARow, isFree, LISTENERS } from '../src/start/ports.ts'
import { statusOf } from '../src/start/readiness.ts'
import { temporaryFolder } from '../src/start/system-folder.ts'

const SRC = join(import.meta.dirname, '..', 'src')
/** Resolves when it is so; the time limit of the test is the only one. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20)
}

let folder: string
let base: number
let children: ChildProcess[]
beforeEach(async () => {
  folder = temporaryFolder()
  base = await freePortsInARow(Math.random)
  children = []
})
afterEach(async () => {
  for (const child of children) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await gone
  }
  await until(nothingLeft)
  await rm(folder, { recursive: true, force: true })
})

/** Processes that have the folder in their command line or their environment. */
async function processesOf(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
      return { pid, text: (await read('cmdline')) + (await read('environ')) }
    }),
  )
  return texts.filter(({ text }) => text.includes(folder)).map(({ pid }) => pid)
}

async function nothingLeft(): Promise<boolean> {
  const free = await Promise.all(LISTENERS.map((_, at) => isFree(base + at)))
  return free.every(Boolean) && (await processesOf()).length === 0
}

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly code: Promise<number | null>
}

function start(...args: string[]): Started {
  let output = ''
  const child = spawn(
    process.execPath,
    [join(SRC, 'main.ts'), '--folder', folder, '--port-base', String(base), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  children.push(child)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)))
  return { child, output: () => output, code: new Promise((resolve) => child.once('close', resolve)) }
}

async function started(...args: string[]): Promise<Started> {
  const system = start(...args)
  let ended = false
  void system.code.then(() => (ended = true))
  await until(() => ended || system.output().includes('Ctrl-C ends'))
  expect(system.output()).toContain('Ctrl-C ends all of it.')
  return system
}

/** A system whose build of web is under way and held there. A build that finds nothing to do may be over too soon: then once more. */
async function withBuildHeld(): Promise<{ system: Started; build: number }> {
  for (;;) {
    const system = start('--without', 'platform,content,worker,gateway')
    let build: number | null = null
    await until(async () => {
      build ??= await buildOf(system.child.pid ?? 0)
      return build !== null || system.output().includes('web is built') || system.child.exitCode !== null
    })
    expect([system.output(), system.child.exitCode]).toEqual([expect.any(String), null])
    if (build !== null && hold(build)) return { system, build }
    system.child.kill('SIGKILL')
    await until(nothingLeft)
  }
}

/** The process that builds web for a system; null when there is none. */
async function buildOf(parent: number): Promise<number | null> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
  for (const pid of children.split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(join('src', 'build', 'build.ts'))) return Number(pid)
  }
  return null
}

/** Stops a process where it is. @returns false when it has ended meanwhile */
function hold(pid: number): boolean {
  try {
    process.kill(pid, 'SIGSTOP')
    return /^State:\s+[TRSD]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Whether a SIGTERM waits for a process that is held. */
async function isAskedToEnd(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const pending = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return (BigInt(`0x${pending}`) & 0x4000n) !== 0n
}

// The two that keep data; the others are started the same way.
const SOME = ['--without', 'worker,web,gateway'] as const

// Everything is started several times over, on machines that do other things as well.
describe('the system', { timeout: 300_000 }, () => {
  it('starts, starts again on its data, and leaves nothing behind on SIGINT and SIGTERM', async () => {
    const first = await started(...SOME)
    expect(await statusOf(`http://127.0.0.1:${base + 1}/ready`)).toBe(200)
    expect(await statusOf(`http://127.0.0.1:${base + 2}/v1/content/posts`)).toBe(200)
    expect(await statusOf(`http://127.0.0.1:${base + 5}/-/health`)).toBe(200)
    expect(await statusOf(`http://127.0.0.1:${base + 6}/`)).toBe(200)
    for (const name of ['secrets.json', 'founder-key'])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, 'founder-key'), 'utf8')).toMatch(/^fk_[\w-]{43}\n$/)
    const secrets = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as Record<string, string>
    for (const name of await readdir(join(folder, 'logs'))) {
      const log = await readFile(join(folder, 'logs', name), 'utf8')
      expect(Object.values(secrets).filter((secret) => log.includes(secret))).toEqual([])
    }

    const second = start(...SOME)
    expect(await second.code).toBe(2)
    expect(second.output()).toContain('runs already')

    first.child.kill('SIGINT')
    expect(await first.code).toBe(0)
    expect(await nothingLeft()).toBe(true)

    const again = await started(...SOME)
    again.child.kill('SIGTERM')
    expect(await again.code).toBe(0)
    expect(await nothingLeft()).toBe(true)
  })

  it('is whole: pages, media and everybody who can sign in, through the gateway', async () => {
    const system = start()
    const url = `https://localhost:${base}`
    const caFile = join(folder, 'tls', 'ca.pem')
    // Whoever sees the edge ready finds everything behind it: nothing else is waited for.
    await until(
      async () =>
        system.child.exitCode !== null ||
        (existsSync(caFile) && (await statusOf(`${url}/ready`, await readFile(caFile, 'utf8'))) === 200),
    )
    expect([system.output(), system.child.exitCode]).toEqual([expect.any(String), null])
    const ca = await readFile(caFile, 'utf8')
    for (const path of [
      '/',
      '/posts/late-events',
      '/docs',
      '/v1/settings/public',
      '/v1/concierge/weather?place=Berlin',
    ])
      expect([path, await statusOf(`${url}${path}`, ca)]).toEqual([path, 200])
    const hero = (await (await fetch(`http://127.0.0.1:${base + 2}/v1/content/hero`)).json()) as {
      media: { url: string }
    }
    expect(hero.media.url).toContain(`${url}/media/hero/`)
    expect(await statusOf(hero.media.url, ca)).toBe(200)
    const { seedPassword } = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as {
      seedPassword: string
    }
    for (const { email, role, organisation } of PEOPLE) {
      const platform = `http://127.0.0.1:${base + 1}/v1`
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ email, password: seedPassword })
      const { token } = (await (await fetch(`${platform}/sign-in`, { method: 'POST', headers, body })).json()) as {
        token: string
      }
      const me = await (await fetch(`${platform}/me`, { headers: { authorization: `Bearer ${token}` } })).json()
      expect(me).toMatchObject({ email, organisations: [{ slug: organisation, role }] })
    }
    system.child.kill('SIGKILL')
    await until(nothingLeft)
  })

  it('leaves nothing behind when it is killed, and starts again', async () => {
    const system = await started(...SOME)
    expect((await processesOf()).length).toBeGreaterThan(1)
    system.child.kill('SIGKILL')
    await until(nothingLeft)
    const again = await started('--servers-only')
    again.child.kill('SIGKILL')
  })

  it('can be stopped while it starts', async () => {
    const system = start(...SOME)
    const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid')
    await until(() => existsSync(pidFile) || system.child.exitCode !== null)
    expect([system.output(), existsSync(pidFile)]).toEqual([expect.any(String), true])
    system.child.kill('SIGTERM')
    expect(await system.code).toBe(0)
    expect(await nothingLeft()).toBe(true)
  })

  it('ends the build of web with everything else, and waits for its end', async () => {
    const { system, build } = await withBuildHeld()
    try {
      system.child.kill('SIGTERM')
      // It was asked to end, which it can do once it goes on; until then everything waits for it.
      await until(async () => (await isAskedToEnd(build)) || system.child.exitCode !== null)
      expect([system.child.exitCode, await isAskedToEnd(build)]).toEqual([null, true])
      process.kill(build, 'SIGCONT')
      expect(await system.code).toBe(0)
      expect(existsSync(`/proc/${build}`)).toBe(false)
    } finally {
      if (existsSync(`/proc/${build}`)) process.kill(build, 'SIGKILL')
    }
    expect(await nothingLeft()).toBe(true)
  })

  it('starts a process again that crashed, and ends when the database does', async () => {
    const system = await started(...SOME)
    const platform = /^(\d+)$/.exec((await pidsListening(base + 1)).join())?.[1]
    process.kill(Number(platform), 'SIGKILL')
    await until(() => system.output().includes('platform ended with null; it is started again'))
    await until(async () => (await statusOf(`http://127.0.0.1:${base + 1}/ready`)) === 200)
    const [database] = (await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(database), 'SIGKILL')
    expect(await system.code).toBe(1)
    expect(system.output()).toContain('PostgreSQL ended by itself')
  })

  it('says which ports are taken, and starts nothing', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(base + 2, '127.0.0.1', resolve))
    try {
      const system = start(...SOME)
      expect(await system.code).toBe(1)
      expect(system.output()).toContain(`in use by another program: ${base + 2} (content)`)
      expect(existsSync(join(folder, 'postgres'))).toBe(false)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

/** Processes with a socket that listens on a port. */
async function pidsListening(port: number): Promise<string[]> {
  const table = await readFile('/proc/net/tcp', 'utf8')
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inode = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1] === address && fields[3] === '0A')?.[9]
  const pids: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === `socket:[${inode}]`) pids.push(pid)
  }
  return pids
}

describe('a process that crashes', () => {
  it('is started again a few times, later each time, and then given up', async () => {
    const restarts: number[] = []
    let givenUp = ''
    const program = {
      name: 'crashing',
      cwd: import.meta.dirname,
      // No such file: it ends at once.
      main: 'not-there.ts',
      env: { PATH: process.env['PATH'] ?? '', SYSTEM_FOLDER: folder },
      logFile: join(folder, 'crashing.log'),
    }
    const supervised = new SupervisedProcess(program, {
      onRestart: (_name, _code, afterMs) => restarts.push(afterMs),
      onGivenUp: (name) => (givenUp = name),
    })
    supervised.start()
    try {
      await until(() => givenUp !== '')
      expect(restarts).toEqual([250, 500, 1000, 2000])
      expect(supervised.pid).toBeUndefined()
    } finally {
      await supervised.stop()
    }
  })
})
