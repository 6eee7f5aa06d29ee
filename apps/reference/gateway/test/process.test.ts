/** Goal: how the process starts, refuses to, renews its certificate and ends. Method: the real command, real certificates. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { testCertificate } from '@greengate/kit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startService } from '../src/commands.ts'
import { generatedFiles } from '../src/generated-files.ts'
import { environment, type Line, StandIn } from './harness.ts'

const root = join(import.meta.dirname, '..')
const away = {
  PLATFORM_URL: 'http://127.0.0.1:1',
  CONTENT_URL: 'http://127.0.0.1:1',
  WEB_URL: 'http://127.0.0.1:1',
  MEDIA_URL: 'http://127.0.0.1:1/bucket',
}
let folder = ''
let certificate = testCertificate('gateway.test')
const files = { TLS_CERT_FILE: '', TLS_KEY_FILE: '' }

function writePair(pair: { key: string; cert: string }): void {
  writeFileSync(files.TLS_CERT_FILE, pair.cert)
  writeFileSync(files.TLS_KEY_FILE, pair.key)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  files.TLS_CERT_FILE = join(folder, 'cert.pem')
  files.TLS_KEY_FILE = join(folder, 'key.pem')
  writePair(certificate)
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const lines = (): Line[] =>
    out
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
  return {
    child,
    lines,
    exit: new Promise<number | null>((resolve) => child.once('exit', resolve)),
    event: async (name: string): Promise<Line> => {
      for (;;) {
        const found = lines().find((line) => line['event'] === name)
        if (found) return found
        if (child.exitCode !== null) throw new Error(`ended before ${name}: ${out}`)
        await pause(20)
      }
    },
  }
}

const without = (env: Record<string, string>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))

describe('generated files', () => {
  const meaning = (name: string, text: string): unknown => (name.endsWith('.json') ? JSON.parse(text) : text)
  it.each(Object.entries(generatedFiles()))('%s is current', (name, text) =>
    expect(meaning(name, readFileSync(join(root, name), 'utf8'))).toEqual(meaning(name, text)),
  )
})

describe('a start', () => {
  it.each([
    ['a backend missing', {}, ['WEB_URL'], 1],
    ['a backend with a path', { PLATFORM_URL: 'http://127.0.0.1:1/api' }, [], 1],
    ['a certificate without its key', { TLS_CERT_FILE: '/nowhere', PUBLIC_URL: 'https://gateway.test' }, [], 1],
    ['a certificate and a public address without TLS', { TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: '/nowhere' }, [], 1],
    [
      'a certificate that is not there',
      { TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: '/nowhere', PUBLIC_URL: 'https://gateway.test' },
      [],
      1,
    ],
    ['a redirect to nowhere', { HTTP_REDIRECT_PORT: '18080' }, [], 1],
    ['a weak token for metrics', { METRICS_TOKEN: 'changeme-changeme-changeme-changeme' }, [], 1],
    ['a limit of none', { RATE_LIMIT_PER_MIN: '0' }, [], 1],
    ['a host that is none', { PUBLIC_HOSTS: 'a b' }, [], 1],
    ['a store of another kind', { RATE_LIMIT_STORE_URL: 'mysql://a:bcdefgh@db.test/x' }, [], 1],
    ['debug in production', { APP_ENV: 'production', DEBUG: 'true', ...away }, [], 1],
  ])('is refused with %s: one line, exit 78', async (_what, changes, missing, problems) => {
    const { exit, lines } = run({ ...without(environment(away), missing), ...changes })
    expect(await exit).toBe(78)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ level: 'fatal', event: 'config_error' })
    expect(lines()).toHaveProperty('[0].error.problems.length', problems)
  })

  it('refuses a certificate and a key that do not belong together', async () => {
    const other = join(folder, 'other.pem')
    writeFileSync(other, testCertificate('gateway.test').key)
    await expect(
      startService({ ...environment(away), ...files, TLS_KEY_FILE: other, PUBLIC_URL: 'https://gateway.test' }),
    ).rejects.toThrow('no pair that can be used')
  })

  it('refuses a port that is taken, and leaves nothing behind', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    try {
      const refused = startService({ ...environment(away), PORT: port }, { write: () => {} })
      await expect(refused).rejects.toMatchObject({ code: 'EADDRINUSE' })
    } finally {
      await new Promise((resolve) => other.close(resolve))
    }
    const first = await startService({ ...environment(away), PORT: port }, { write: () => {} })
    expect(await first.stop()).toBe(0)
  })
})

function get(port: number, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername: 'gateway.test', ca, path: '/', agent: false }
    request({ ...options, headers: { host: 'gateway.test' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

describe('a gateway with TLS', () => {
  it('serves, redirects, takes a renewed certificate on SIGHUP, and finishes what is under way when it stops', async () => {
    const web = new StandIn('web')
    const PORT = String(18_600 + (process.pid % 300))
    const HTTP_REDIRECT_PORT = String(Number(PORT) + 300)
    const env = { ...environment({ ...away, WEB_URL: await web.listen() }), ...files, PORT, HTTP_REDIRECT_PORT }
    const running = run({ ...env, PUBLIC_URL: `https://gateway.test:${PORT}` })
    try {
      await running.event('started')
      expect(await get(Number(PORT), certificate.cert)).toBe(200)
      expect(web.seen[0]?.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'gateway.test' })

      const plain = `http://127.0.0.1:${HTTP_REDIRECT_PORT}`
      const redirected = await fetch(`${plain}/posts/a?b=1`, { redirect: 'manual', method: 'POST', body: 'x' })
      expect([redirected.status, redirected.headers.get('location')]).toEqual([
        308,
        `https://gateway.test:${PORT}/posts/a?b=1`,
      ])
      expect((await fetch(`${plain}//evil.test`, { redirect: 'manual' })).status).toBe(400)
      expect((await fetch(`${plain}/metrics`, { redirect: 'manual' })).status).toBe(404)

      const renewed = testCertificate('gateway.test')
      // Half of a renewal is none.
      writeFileSync(files.TLS_CERT_FILE, renewed.cert)
      running.child.kill('SIGHUP')
      await running.event('certificate_not_renewed')
      expect(await get(Number(PORT), certificate.cert)).toBe(200)
      writePair(renewed)
      running.child.kill('SIGHUP')
      await running.event('certificate_renewed')
      expect(await get(Number(PORT), renewed.cert)).toBe(200)
      certificate = renewed

      const begun = Promise.withResolvers<void>()
      web.answer = (_request, response) => {
        begun.resolve()
        setTimeout(() => response.end('late'), 700)
      }
      const late = get(Number(PORT), renewed.cert)
      await begun.promise
      running.child.kill('SIGTERM')
      expect(await late).toBe(200)
      expect(await running.exit).toBe(0)
      expect(running.lines().at(-1)).toMatchObject({ event: 'stopped', exit_code: 0 })
    } finally {
      running.child.kill('SIGKILL')
      if (running.child.exitCode === null && running.child.signalCode === null) await once(running.child, 'exit')
      await web.close()
    }
  })
})
