/**
 * Goal: each fault looks to a real PostgreSQL client as the real one does, and the proxy counts what it saw.
 * Method: the pg client against the sandbox through the proxy of a testbed; plain sockets for the bounds.
 */
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Dependency, Instance } from '@greengate/contracts'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from './clock.ts'
import { FaultProxy } from './fault-proxy.ts'
import { freePort } from './ports.ts'
import { startSink } from './stand-ins.ts'
import type { TestbedHandle } from './testbed.ts'
import { fixtureTestbed, tempStateDir } from './testing.ts'

const state = tempStateDir()
let testbed: TestbedHandle
let instance: Instance
let db: Dependency
let url = ''
const clients: pg.Client[] = []

beforeAll(async () => {
  const made = await fixtureTestbed(
    state.path,
    '',
    { env: { PORT: '{port}', DATABASE_URL: '{db.url}' } },
    { dependencies: { db: { kind: 'postgres', required: true, sql: [], answers: [] } } },
  )
  testbed = made.testbed
  instance = await testbed.boot()
  db = dependency(instance, 'db')
  url = await urlOf(instance)
})
afterEach(async () => {
  await db.restore()
  for (const client of clients.splice(0)) await client.end().catch(() => undefined)
})
afterAll(async () => {
  await testbed.close()
  state.remove()
})

describe('a PostgreSQL client behind the proxy', () => {
  test('everything up: answers, and the bytes are counted', async () => {
    const before = db.counters()
    const client = await connect()
    expect((await client.query('select 6 * 7 as n')).rows).toEqual([{ n: 42 }])
    const after = db.counters()
    expect(after.accepted).toBe(before.accepted + 1)
    expect(after.bytesToServer).toBeGreaterThan(before.bytesToServer)
    expect(after.bytesToClient).toBeGreaterThan(before.bytesToClient)
    expect(after.active).toBe(1)
  })

  test('freeze: a question hangs and nothing closes; thaw: the same question is answered', async () => {
    const client = await connect()
    await db.freeze()
    const held = db.counters().heldWhileFrozen
    const question = client.query('select 1 as one')
    expect(await Promise.race([question.then(() => 'answered'), delay(400, 'silence')])).toBe('silence')
    expect(db.counters().heldWhileFrozen).toBeGreaterThan(held)
    await db.thaw()
    expect((await question).rows).toEqual([{ one: 1 }])
  })

  test('freeze in the middle of an answer holds that as well', async () => {
    const client = await connect()
    const question = client.query('select pg_sleep(0.3), 1 as one')
    await delay(100)
    await db.freeze()
    expect(await Promise.race([question.then(() => 'answered'), delay(700, 'silence')])).toBe('silence')
    await db.thaw()
    expect((await question).rowCount).toBe(1)
  })

  test('frozen: a new connection is accepted and says nothing until the thaw', async () => {
    await db.freeze()
    const client = newClient()
    const accepted = db.counters().accepted
    const connected = client.connect()
    expect(await Promise.race([connected.then(() => 'connected'), delay(300, 'silence')])).toBe('silence')
    expect(db.counters().accepted).toBe(accepted + 1)
    await db.thaw()
    await connected
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('cut: connections are reset, a new one works', async () => {
    const client = await connect()
    const broken = db.counters().broken
    const lost = new Promise<Error>((resolve) => client.once('error', resolve))
    await db.cut()
    expect(await lost).toMatchObject({ code: 'ECONNRESET' })
    expect(db.counters().broken).toBe(broken + 1)
    expect((await (await connect()).query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('refuse: reset, then ECONNREFUSED; restore: the same port again', async () => {
    const client = await connect()
    const lost = new Promise<Error>((resolve) => client.once('error', resolve))
    await db.refuse()
    await lost
    await expect(newClient().connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await db.refuse()
    await db.restore()
    await db.restore()
    expect((await (await connect()).query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('the sandbox itself can be asked while the proxy is frozen or refuses', async () => {
    await db.freeze()
    expect(await db.query('select $1::int + 1 as two', [1])).toEqual([{ two: 2 }])
    await db.refuse()
    expect(await db.query("select timestamptz '2020-01-01 00:00:00Z' as t")).toEqual([
      { t: '2020-01-01T00:00:00.000Z' },
    ])
  })

  test('the role of an instance is no superuser and sees no other database', async () => {
    const client = await connect()
    expect((await client.query('select rolsuper from pg_roles where rolname = current_user')).rows).toEqual([
      { rolsuper: false },
    ])
    const other = await testbed.boot()
    const foreign = new URL(url)
    foreign.pathname = new URL(await urlOf(other)).pathname
    await expect(new pg.Client(foreign.toString()).connect()).rejects.toMatchObject({ code: '42501' })
    await other.stop()
  })
})

describe('the state from the first moment', () => {
  test.each(['absent', 'refused'] as const)('%s: nobody listens', async (first) => {
    const attempt = await testbed.tryBoot({ purpose: first, dependencies: { db: first } })
    const started = attempt.instance
    expect(attempt.outcome).toBe('ready')
    if (!started) return
    await expect(new pg.Client(await urlOf(started)).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await dependency(started, 'db').restore()
    const client = new pg.Client(await urlOf(started))
    await client.connect()
    await client.end()
    await started.stop()
  })
})

test('what a frozen link holds is bounded: the sender is made to wait', async () => {
  const sink = await startSink()
  const proxy = new FaultProxy(await freePort(createRandom()), { host: '127.0.0.1', port: sink.port })
  await proxy.listen()
  proxy.freeze()
  const socket = net.connect(proxy.port, '127.0.0.1')
  socket.on('error', () => undefined)
  const total = 64 * 1024 * 1024
  const sent = new Promise<string>((resolve) =>
    socket.write(Buffer.alloc(total), (error) => resolve(error ? error.message : 'sent')),
  )
  expect(await Promise.race([sent, delay(500, 'waiting')])).toBe('waiting')
  expect(proxy.counters().bytesToServer).toBe(0)
  proxy.thaw()
  expect(await sent).toBe('sent')
  await expect.poll(() => proxy.counters().bytesToServer).toBe(total)
  socket.destroy()
  await proxy.close()
  await sink.close()
})

function dependency(of: Instance, name: string): Dependency {
  const found = of.dependencies.get(name)
  if (!found) throw new Error(`no dependency ${name}`)
  return found
}

/** The instance's environment is shown without secrets: the real one is in /proc. */
async function urlOf(of: Instance): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const entries = (await readFile(`/proc/${of.pid}/environ`, 'utf8')).split('\0')
  expect(of.env['DATABASE_URL']).toMatch(/^postgres:\/\/gg_instance_\d+:\[secret\]@127\.0\.0\.1:\d+\//)
  return entries.find((entry) => entry.startsWith('DATABASE_URL='))?.slice('DATABASE_URL='.length) ?? ''
}

function newClient(): pg.Client {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

async function connect(): Promise<pg.Client> {
  const client = newClient()
  await client.connect()
  return client
}
