// Goal: whatever the service does, the run ends in time, says what is wrong, is not green, and leaves nothing running.
// Method: real services that misbehave in one way each, judged by the real command line; processes are known by a mark in
// their environment.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { configOf, type Ended, expectMessage, expectNoTrace, Project, serviceFiles } from './project.ts'

const projects: Project[] = []
afterEach(() => {
  for (const project of projects.splice(0)) project.remove()
})

async function judged(
  service: Parameters<typeof serviceFiles>[0],
  start: Readonly<Record<string, unknown>>,
  only = 'OBS-21',
): Promise<{ project: Project; ended: Ended }> {
  const project = new Project(serviceFiles(service))
  projects.push(project)
  project.write('greengate.json', configOf(project, start))
  const ended = await project.run(['check', '--only', only, '--format', 'json'])
  expectNoTrace(ended)
  expect(ended.code).not.toBe(0)
  expect(project.running()).toEqual([])
  expect(project.leftBehind()).toEqual([])
  return { project, ended }
}

/** The one control of the report. */
function controlOf(ended: Ended): { outcome: string; reason: string; findings: { message: string }[] } {
  const report = JSON.parse(ended.stdout) as { verdict: string; controls: ReturnType<typeof controlOf>[] }
  expect(report.verdict).not.toBe('green')
  expect(report.controls).toHaveLength(1)
  return report.controls[0] ?? { outcome: '', reason: '', findings: [] }
}

/** A red control whose reason tells a person what happened. */
function expectRed(ended: Ended, says: RegExp): void {
  expect(ended.code).toBe(1)
  const control = controlOf(ended)
  expect(control.outcome).toBe('inconclusive')
  expect(control.reason).toMatch(says)
}

describe('a service that does not start', () => {
  test('its program does not exist', async () => {
    const { ended } = await judged({}, { command: ['no-such-program-here', '--serve'] })
    expectMessage(ended, {
      code: 'START_COMMAND_NOT_FOUND',
      exit: 2,
      says: /no-such-program-here was not found/,
      where: /start\.command/,
    })
  })

  test('it is never ready', async () => {
    const { ended } = await judged({ health: 503 }, { readyTimeoutMs: 800 })
    expectRed(ended, /not ready[^]*503/)
  })

  test('it never listens', async () => {
    const { ended } = await judged(
      { extra: 'await new Promise(() => setInterval(() => {}, 1000))' },
      { readyTimeoutMs: 800 },
    )
    expectRed(ended, /not ready/)
  })

  test('it dies at once', async () => {
    const { ended } = await judged({ extra: "console.error('no such table: orders'); process.exit(3)" }, {})
    expectRed(ended, /exit code 3[^]*no such table: orders/)
  })

  test('its port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    try {
      const { ended } = await judged({}, { env: { PORT: String(port), PATH: process.env['PATH'] ?? '' } })
      expectRed(ended, /EADDRINUSE/)
    } finally {
      taken.close()
    }
  })
})

describe('a service that starts and misbehaves', () => {
  test('it floods its output: it is judged all the same', async () => {
    const flood = `const block = 'x'.repeat(9_999) + '\\n'
const write = () => { while (process.stdout.write(block)); process.stdout.once('drain', write) }
setTimeout(write, 100)`
    const { ended } = await judged({ extra: flood }, { readyTimeoutMs: 20_000 })
    expect(['pass', 'inconclusive']).toContain(controlOf(ended).outcome)
  })

  test('it ignores SIGTERM: it is ended, and graceful stop is not proved', async () => {
    const { ended } = await judged({ extra: "process.on('SIGTERM', () => {})" }, {}, 'RES-10')
    expect(['fail', 'inconclusive']).toContain(controlOf(ended).outcome)
  })

  test('it forks: in its group, in a session of its own, and as a daemon without a parent', async () => {
    const forks = `const idle = 'setInterval(() => {}, 1000)'
spawn(process.execPath, ['-e', idle], { stdio: 'inherit' })
spawn(process.execPath, ['-e', idle], { stdio: 'ignore', detached: true }).unref()
const daemon = \`require('child_process').spawn(process.execPath, ['-e', \${JSON.stringify(idle)}], { detached: true, stdio: 'ignore' }).unref()\`
spawn(process.execPath, ['-e', daemon], { stdio: 'ignore', detached: true }).unref()`
    const { ended } = await judged({ extra: forks }, { readyTimeoutMs: 20_000 })
    expect(controlOf(ended).outcome).toBe('pass')
  })
})
