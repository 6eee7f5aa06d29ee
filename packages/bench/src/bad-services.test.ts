/**
 * Goal: nothing a service does hangs Greengate, hides what went wrong, or leaves something behind.
 * Method: real processes of a fixture that misbehaves in one way each.
 */
import { existsSync, readdirSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { listProcesses } from './proc.ts'
import { isFree } from './ports.ts'
import type { TestbedHandle } from './testbed.ts'
import { fixtureTestbed, markedProcesses, tempStateDir } from './testing.ts'

const state = tempStateDir()
const opened: TestbedHandle[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((testbed) => testbed.close()))
})
afterAll(() => state.remove())

async function bed(...args: Parameters<typeof fixtureTestbed> extends [string, ...infer R] ? R : never) {
  const made = await fixtureTestbed(state.path, ...args)
  opened.push(made.testbed)
  return made
}

describe('a start command that is wrong', () => {
  test('a program that does not exist: one clear error, from boot and from tryBoot', async () => {
    const { testbed } = await bed('', { command: ['no-such-program-here', '--serve'] })
    const expected = {
      code: 'START_COMMAND_NOT_FOUND',
      exitCode: 2,
      where: 'start.command',
      message: 'The program no-such-program-here was not found.',
    }
    await expect(testbed.boot()).rejects.toMatchObject(expected)
    await expect(testbed.tryBoot({ purpose: 'again' })).rejects.toMatchObject(expected)
  })

  test('a folder that does not exist is named as such', async () => {
    const { testbed } = await bed('', { cwd: 'nowhere' })
    await expect(testbed.boot()).rejects.toMatchObject({ code: 'START_COMMAND_NOT_FOUND', where: 'start.cwd' })
  })

  test('a dependency in a placeholder that nobody declared', async () => {
    const { testbed } = await bed('', { env: { PORT: '{port}', DATABASE_URL: '{db.url}' } })
    await expect(testbed.boot()).rejects.toMatchObject({ code: 'CONFIG_INVALID', where: 'start.env.DATABASE_URL' })
  })

  test('a command of start.before that fails is shown with its last lines', async () => {
    const { testbed } = await bed('', {
      before: [[process.execPath, '-e', 'console.error("no such table"); process.exit(4)']],
    })
    await expect(testbed.boot()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      where: 'start.before[0]',
      message: expect.stringContaining('no such table'),
    })
  })
})

describe('a service that does not come up', () => {
  test('never ready: not-ready in time, the port seen, the process gone', async () => {
    const { testbed, runId } = await bed('never-ready', { readyTimeoutMs: 700 })
    const attempt = await testbed.tryBoot({ purpose: 'never ready' })
    expect(attempt).toMatchObject({ outcome: 'not-ready', instance: null, exit: null, portOpened: true })
    expect(attempt.readyAfterMs).toBeGreaterThanOrEqual(700)
    expect(markedProcesses(runId)).toEqual([])
    await expect(testbed.boot()).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
      message: expect.stringContaining('503'),
    })
  })

  test('never ready as configured: the second caller hears it at once, and one who changes something is tried', async () => {
    const { testbed } = await bed('never-ready', { readyTimeoutMs: 1_500 })
    await expect(testbed.boot()).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' })
    const before = performance.now()
    await expect(testbed.boot({ purpose: 'another check' })).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' })
    expect(performance.now() - before).toBeLessThan(1_000)
    const changed = await testbed.boot({ purpose: 'changed', env: { FIXTURE: '' } })
    expect(await changed.http({ path: '/' })).toMatchObject({ status: 200 })
  })

  test('never listens: the port was never open, and the message says how to hand it over', async () => {
    const { testbed } = await bed('no-port', { readyTimeoutMs: 500, env: { FIXTURE: 'no-port' } })
    expect(await testbed.tryBoot({ purpose: 'no port' })).toMatchObject({ outcome: 'not-ready', portOpened: false })
    await expect(testbed.boot()).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
      fix: expect.stringContaining('{port}'),
    })
  })

  test('accepts and never answers: not-ready, not a hang', async () => {
    const { testbed } = await bed('silent', { readyTimeoutMs: 600 })
    expect(await testbed.tryBoot({ purpose: 'silent' })).toMatchObject({ outcome: 'not-ready', portOpened: true })
  })

  test('dies at once: its exit code and its last lines', async () => {
    const { testbed, runId } = await bed('dies')
    const attempt = await testbed.tryBoot({ purpose: 'dies' })
    expect(attempt).toMatchObject({
      outcome: 'exited',
      instance: null,
      exit: { code: 3, signal: null },
      portOpened: false,
    })
    expect(attempt.logs.map((line) => [line.stream, line.text])).toEqual(
      expect.arrayContaining([
        ['stdout', 'about to fail'],
        ['stderr', 'fatal: the fixture dies at once'],
      ]),
    )
    await expect(testbed.boot()).rejects.toMatchObject({
      code: 'SERVICE_DIED',
      message: expect.stringMatching(/exit code 3[^]*the fixture dies at once/),
    })
    expect(markedProcesses(runId)).toEqual([])
  })

  test('exits and leaves a daemon: exited, and the daemon is ended', async () => {
    const { testbed, runId } = await bed('daemon-only')
    expect(await testbed.tryBoot({ purpose: 'daemon' })).toMatchObject({ outcome: 'exited', exit: { code: 0 } })
    expect(markedProcesses(runId)).toEqual([])
  })
})

describe('a port in use', () => {
  test('taken on purpose: the service exits with what it says, and nobody else counts as it', async () => {
    const { testbed } = await bed('')
    const attempt = await testbed.tryBoot({ purpose: 'port taken', port: 'taken' })
    expect(attempt).toMatchObject({ outcome: 'exited', exit: { code: 5 }, portOpened: false })
    expect(attempt.logs.map((line) => line.text)).toContain('EADDRINUSE')
  })

  test('a foreign listener on the path the service was to answer is not taken for it', async () => {
    const foreign = http.createServer((_request, response) => response.end('foreign'))
    const { testbed } = await bed('no-port', { readyTimeoutMs: 1_500 })
    // The port is known only once the service runs: it is read from the environment it was given.
    const attempt = testbed.tryBoot({ purpose: 'foreign listener' })
    const port = await portOfFixture()
    await new Promise<void>((resolve) => foreign.listen(port, '127.0.0.1', resolve))
    const result = await attempt
    foreign.close()
    expect(result).toMatchObject({ outcome: 'not-ready', portOpened: false, instance: null })
  })
})

describe('a service that will not go', () => {
  test('ignores SIGTERM: SIGKILL after the grace period', async () => {
    const { testbed, runId } = await bed('ignores-sigterm', { stopTimeoutMs: 400 })
    const instance = await testbed.boot()
    const exit = await instance.stop()
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(exit.afterMs).toBeGreaterThanOrEqual(390)
    expect(await instance.stop()).toEqual(exit)
    expect(markedProcesses(runId)).toEqual([])
    expect(await isFree(instance.port)).toBe(true)
  })

  test('forks: the group, a child in its own session and a daemon without parent are all ended', async () => {
    const { testbed, runId } = await bed('forks')
    const instance = await testbed.boot()
    await expect.poll(() => markedProcesses(runId).length).toBe(4)
    // They start in our session and leave it a moment later.
    const orphans = () =>
      listProcesses().filter((stat) => markedProcesses(runId).includes(stat.pid) && stat.session !== instance.pid)
    await expect.poll(() => orphans().length).toBe(2)
    await expect.poll(() => instance.rssBytes()).toBeGreaterThan(100 * 1024 * 1024)
    await instance.stop()
    expect(markedProcesses(runId)).toEqual([])
  })

  test('is stopped while it is frozen', async () => {
    const { testbed } = await bed('')
    const instance = await testbed.boot()
    instance.signal('SIGSTOP')
    expect(await instance.http({ path: '/', timeoutMs: 200 })).toMatchObject({ status: 0, error: 'timeout' })
    expect((await instance.stop()).signal).toBe('SIGTERM')
  })
})

describe('a service that floods its output', () => {
  test('lines: memory stays bounded, the loss is said, the service still answers', async () => {
    const { testbed } = await bed('flood')
    const instance = await testbed.boot()
    const before = process.memoryUsage().rss
    await expect.poll(() => instance.logsDropped(), { timeout: 15_000 }).toBeGreaterThan(200_000)
    expect(instance.logs().length).toBeLessThanOrEqual(20_000)
    expect(await instance.http({ path: '/' })).toMatchObject({ status: 200 })
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
    await instance.stop()
  })

  test('one line without an end is cut', async () => {
    const { testbed } = await bed('long-line')
    const instance = await testbed.boot()
    await expect.poll(() => instance.logs().length, { timeout: 15_000 }).toBeGreaterThan(3)
    expect(Math.max(...instance.logs().map((line) => line.text.length))).toBeLessThanOrEqual(64 * 1024)
    await instance.stop()
  })
})

test('close leaves no folder, no state file and no process', async () => {
  const { testbed, runId } = await fixtureTestbed(state.path, '')
  await testbed.boot()
  const folder = join(state.path, 'runs')
  expect(readdirSync(folder).filter((name) => name.startsWith(runId))).toHaveLength(1)
  await testbed.close()
  await testbed.close()
  expect(readdirSync(folder).filter((name) => name.startsWith(runId))).toHaveLength(0)
  expect(markedProcesses(runId)).toEqual([])
  await expect(testbed.boot()).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(existsSync(folder)).toBe(true)
})

async function portOfFixture(): Promise<number> {
  const { readFileSync } = await import('node:fs')
  for (let attempt = 0; attempt < 500; attempt += 1) {
    for (const stat of listProcesses()) {
      if (stat.parent !== process.pid) continue
      try {
        const entries = readFileSync(`/proc/${stat.pid}/environ`, 'utf8').split('\0')
        const port = entries.find((entry) => entry.startsWith('PORT='))
        if (port !== undefined && entries.includes('FIXTURE=no-port')) return Number(port.slice('PORT='.length))
      } catch {
        // It ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the fixture did not start')
}
