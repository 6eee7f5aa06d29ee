// Goal: what stands in for others locally behaves as they do, and nothing of it is open to more than it should be.
// Method: the real servers on free ports; certificates that a TLS client checks; files with their modes.
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { isPlaceholder } from '@greengate/kit/config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { landscape } from '../src/seed/landscape.ts'
import { usageEvents } from '../src/seed/seed-usage.ts'
import { localCertificate } from '../src/servers/certificate.ts'
import { type MailCatcher, startMailCatcher } from '../src/servers/mail-catcher.ts'
import { startOutsideProviders } from '../src/servers/outside-providers.ts'
import { readOptions } from '../src/start/options.ts'
import { statusOf } from '../src/start/readiness.ts'
import { secretsIn } from '../src/start/secrets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'system-servers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the mail catcher', () => {
  const API_KEY = 'tests-api-key'
  let catcher: MailCatcher
  beforeAll(async () => {
    catcher = await startMailCatcher(0, API_KEY)
  })
  afterAll(() => catcher.close())

  const mail = {
    from: 'A <a@a.test>',
    to: 'Mia@b.test',
    subject: 'Hello <b>',
    text: 'See https://c.test/verify#token=t1',
  }
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${catcher.url}/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'idempotency-key': 'key-1', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  it('takes a mail once for each key, and shows it', async () => {
    const first = await post(mail)
    expect(first.status).toBe(200)
    const again = await post(mail)
    expect(await again.json()).toEqual(await first.json())
    expect((await post({ ...mail, subject: 'another' })).status).toBe(409)
    expect(catcher.mails('mia@b.test')).toHaveLength(1)
    const list = (await (await fetch(`${catcher.url}/emails?to=MIA@b.test`)).json()) as { data: { id: string }[] }
    expect(list.data).toHaveLength(1)
    const page = await fetch(`${catcher.url}/`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toContain('Hello &lt;b&gt;')
    const one = await fetch(`${catcher.url}/emails/${list.data[0]?.id}`, { headers: { accept: 'text/html' } })
    expect(await one.text()).toContain('href="https://c.test/verify#token=t1"')
  })

  it('refuses what a provider would refuse', async () => {
    expect((await post(mail, { authorization: 'Bearer another' })).status).toBe(401)
    expect((await post(mail, { authorization: '' })).status).toBe(401)
    expect((await post(mail, { 'idempotency-key': '' })).status).toBe(400)
    expect((await post('no json', { 'idempotency-key': 'key-2' })).status).toBe(422)
    expect((await post({ ...mail, text: undefined }, { 'idempotency-key': 'key-3' })).status).toBe(422)
    expect((await post({ ...mail, text: 'x'.repeat(300_000) }, { 'idempotency-key': 'key-4' })).status).toBe(413)
    expect((await fetch(`${catcher.url}/emails`, { method: 'DELETE' })).status).toBe(405)
    expect((await fetch(`${catcher.url}/emails/00000000-0000-0000-0000-000000000000`)).status).toBe(404)
    expect(catcher.mails()).toHaveLength(1)
  })
})

describe('the outside providers', () => {
  it('answer what was recorded', async () => {
    const providers = await startOutsideProviders(0)
    try {
      const get = async (path: string) => (await fetch(`${providers.url}${path}`)).json() as Promise<unknown>
      expect(await get('/weather?place=Berlin')).toEqual({ place: 'Berlin', temperature_c: 7, condition: 'light rain' })
      expect(await get('/rates')).toMatchObject({ base: 'EUR' })
      const { recommendations } = (await get('/recommendations?topic=usage')) as { recommendations: unknown[] }
      expect(recommendations).toHaveLength(3)
      expect((await fetch(`${providers.url}/weather?place=Atlantis`)).status).toBe(404)
    } finally {
      await providers.close()
    }
  })
})

describe('the certificate', () => {
  const DAY_MS = 86_400_000

  it('is believed by whoever believes its authority, and by nobody else', async () => {
    const files = await localCertificate(folder, Date.now())
    const [ca, cert, key] = await Promise.all(
      [files.caFile, files.certFile, files.keyFile].map((file) => readFile(file, 'utf8')),
    )
    const server = createServer({ cert, key }, (_request, response) => response.end('ok'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      expect(await statusOf(`https://127.0.0.1:${port}/`, ca)).toBe(200)
      expect(await statusOf(`https://localhost:${port}/`, ca)).toBe(200)
      expect(await statusOf(`https://127.0.0.1:${port}/`)).toBe(0)
    } finally {
      server.closeAllConnections()
      server.close()
    }
    for (const file of Object.values(files)) expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('stays until a month before its end, and the authority stays longer', async () => {
    const nowMs = Date.now()
    const serial = async (name: 'caFile' | 'certFile', atMs: number) =>
      new X509Certificate(await readFile((await localCertificate(folder, atMs))[name])).serialNumber
    const [ca, certificate] = [await serial('caFile', nowMs), await serial('certFile', nowMs)]
    expect(await serial('certFile', nowMs + 360 * DAY_MS)).toBe(certificate)
    expect(await serial('certFile', nowMs + 370 * DAY_MS)).not.toBe(certificate)
    expect(await serial('caFile', nowMs + 370 * DAY_MS)).toBe(ca)
    expect(await serial('caFile', nowMs + 3630 * DAY_MS)).not.toBe(ca)
  })
})

describe('the secrets', () => {
  it('are made once, for their owner alone, and could be of production', async () => {
    const file = join(folder, 'secrets.json')
    const secrets = secretsIn(file)
    expect(secretsIn(file)).toEqual(secrets)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length)
    expect(Object.values(secrets).filter((secret) => isPlaceholder(secret))).toEqual([])
    await writeFile(file, JSON.stringify({ ...secrets, serviceToken: 'short' }))
    expect(() => secretsIn(file)).toThrow('serviceToken')
  })

  it('take a password for the people who are seeded, unless it is a weak one', () => {
    const other = join(folder, 'given.json')
    expect(() => secretsIn(other, 'supersecret-supersecret-supersecret-1')).toThrow('SEED_PASSWORD')
    expect(secretsIn(other, 'Vb7Kq2-Zr9Xw4-Mn8Td5').seedPassword).toBe('Vb7Kq2-Zr9Xw4-Mn8Td5')
  })
})

describe('the command line', () => {
  it('is read, or refused with what it knows', async () => {
    const options = await readOptions(['--port-base', '20000', '--no-tls', '--without', 'web,worker'])
    expect(options).toMatchObject({
      tls: false,
      without: ['web', 'worker'],
      ports: { gateway: 20_000, postgres: 20_008 },
    })
    expect(await readOptions([])).toMatchObject({ tls: true, ports: { gateway: 8443, postgres: 54_329 } })
    expect(await readOptions(['--help'])).toBe('help')
    await expect(readOptions(['--port-base', '80'])).rejects.toThrow('--port-base')
    await expect(readOptions(['--port-base', '65530'])).rejects.toThrow('--port-base')
    await expect(readOptions(['--without', 'database'])).rejects.toThrow('not database')
    await expect(readOptions(['--unknown'])).rejects.toThrow('--unknown')
  })
})

describe('the seed', () => {
  it('draws pictures that are PNG files of the size they say', () => {
    const { png, width, height } = landscape(1, 200)
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height])
    expect(png.subarray(12, 16).toString()).toBe('IHDR')
    const length = png.readUInt32BE(33)
    expect(inflateSync(png.subarray(41, 41 + length))).toHaveLength((width * 3 + 1) * height)
    expect(landscape(1, 200).png.equals(png)).toBe(true)
    expect(landscape(2, 200).png.equals(png)).toBe(false)
  })

  it('makes the same events on the same day, all within what is taken', () => {
    const nowMs = Date.parse('2026-11-21T00:00:01Z')
    const events = usageEvents('acme', 1, nowMs)
    expect(usageEvents('acme', 1, nowMs + 80_000_000)).toEqual(events)
    expect(new Set(events.map((one) => one.idempotency_key)).size).toBe(events.length)
    for (const { occurred_at, quantity } of events) {
      const ageDays = (nowMs - Date.parse(occurred_at)) / 86_400_000
      expect(ageDays).toBeGreaterThan(0)
      expect(ageDays).toBeLessThan(89)
      expect(Number.isSafeInteger(quantity)).toBe(true)
    }
  })
})
