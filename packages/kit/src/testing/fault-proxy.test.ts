/**
 * Goal: each fault does to a real connection what its name says, and nothing is left open.
 * Method: a real echo server behind the proxy, real sockets in front, times with room to breathe; PostgreSQL once.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy, startPostgres } from './index.ts'

let server: Server
let proxy: FaultProxy
const clients: Socket[] = []
const seen = new Set<Socket>()

beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    seen.add(socket)
    socket.on('close', () => seen.delete(socket))
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
beforeEach(async () => {
  const { port } = server.address() as AddressInfo
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port } })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy.close()
  await proxy.close()
  if (proxy.connections > 0) throw new Error('the proxy has left a connection open')
})
afterAll(async () => {
  if (seen.size > 0) throw new Error('a connection to the real server was left open')
  await new Promise((resolve) => server.close(resolve))
})

async function open(): Promise<{ socket: Socket; received: () => string; closed: Promise<string> }> {
  const socket = connect(proxy.port, proxy.host)
  clients.push(socket)
  let text = ''
  let error = 'end'
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', (thrown: NodeJS.ErrnoException) => (error = thrown.code ?? 'error'))
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(error)))
  await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), closed])
  return { socket, received: () => text, closed }
}

async function until(condition: () => boolean): Promise<number> {
  const begun = performance.now()
  while (!condition()) {
    if (performance.now() - begun > 5000) throw new Error('it did not come to that within 5 s')
    await sleep(2)
  }
  return performance.now() - begun
}

describe('startFaultProxy', () => {
  it('passes everything in order, half-closed streams included', async () => {
    const { socket, received, closed } = await open()
    const text = Array.from({ length: 200_000 }, (_, i) => String(i)).join(',')
    socket.end(text)
    expect(await closed).toBe('end')
    expect(received()).toBe(text)
    await until(() => proxy.connections === 0)
    expect(proxy.accepted).toBe(1)
  })

  it('freezes without telling anybody, and lets through what it held up', async () => {
    const { socket, received } = await open()
    proxy.freeze()
    socket.write('held')
    const late = await open()
    late.socket.write('up')
    await sleep(60)
    expect([received(), late.received(), socket.destroyed]).toEqual(['', '', false])
    proxy.thaw()
    await until(() => received() === 'held' && late.received() === 'up')
    expect(proxy.connections).toBe(2)
  })

  it('adds latency in each direction, with jitter and in order', async () => {
    const { socket, received } = await open()
    proxy.set({ latencyMs: 40, jitterMs: 10 })
    socket.write('a')
    socket.write('b')
    expect(await until(() => received() === 'ab')).toBeGreaterThan(75)
  })

  it('limits the bandwidth', async () => {
    const { socket, received } = await open()
    proxy.set({ bytesPerS: 20_000 })
    socket.write('x'.repeat(4000))
    expect(await until(() => received().length === 4000)).toBeGreaterThan(180)
  })

  it('resets or ends what is open, and takes new connections', async () => {
    const first = await open()
    proxy.cut()
    expect(await first.closed).toBe('ECONNRESET')
    const second = await open()
    proxy.cut('end')
    expect(await second.closed).toBe('end')
    const third = await open()
    third.socket.write('well')
    await until(() => third.received() === 'well')
  })

  it('cuts an answer in the middle', async () => {
    proxy.set({ cutAfterBytes: 5 })
    const { socket, received, closed } = await open()
    socket.write('0123456789')
    await closed
    expect(received()).toBe('01234')
  })

  it('refuses, and takes connections again on the same port', async () => {
    const { port } = proxy
    const { closed } = await open()
    await proxy.refuse()
    await closed
    expect(await (await open()).closed).toBe('ECONNREFUSED')
    await proxy.heal()
    expect(proxy.port).toBe(port)
    const { socket, received } = await open()
    socket.write('back')
    await until(() => received() === 'back')
  })

  it('lets a side that is gone take the other one with it', async () => {
    const { socket, closed } = await open()
    proxy.set({ latencyMs: 10 })
    socket.on('end', () => socket.write('too late'))
    for (const one of seen) one.end()
    await until(() => proxy.connections === 1)
    for (const one of seen) one.destroySoon()
    socket.end()
    await closed
    await until(() => proxy.connections === 0 && seen.size === 0)
    expect(socket.destroyed).toBe(true)
  })

  it('stays closed once it is closed', async () => {
    await using other = await startFaultProxy({ target: { host: '127.0.0.1', port: 1 } })
    await other.close()
    await expect(other.accept()).rejects.toThrow('is closed')
  })

  it('passes on that there is nobody behind it', async () => {
    await using lost = await startFaultProxy({ target: 'http://127.0.0.1:1/' })
    const socket = connect(lost.port, lost.host)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('close', resolve))
    expect(lost.connections).toBe(0)
  })

  it('refuses nonsense', async () => {
    await expect(startFaultProxy({ target: 'nowhere' })).rejects.toThrow(RangeError)
    await expect(startFaultProxy({ target: { host: 'h', port: 0 } })).rejects.toThrow(RangeError)
    expect(() => proxy.set({ latencyMs: -1 })).toThrow(RangeError)
    expect(() => proxy.set({ bytesPerS: 0 })).toThrow(RangeError)
    expect(() => proxy.through('nowhere')).toThrow(RangeError)
    expect(proxy.through('redis://u:p@db.test:6379/0?a=b')).toBe(`redis://u:p@127.0.0.1:${proxy.port}/0?a=b`)
  })

  it('stands between a client and PostgreSQL', async () => {
    const postgres = await startPostgres()
    try {
      const url = await postgres.database()
      await using between = await startFaultProxy({ target: url })
      const client = new pg.Client({ connectionString: between.through(url), query_timeout: 100 })
      client.on('error', () => {})
      await client.connect()
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      between.freeze()
      await expect(client.query('select 2')).rejects.toThrow('timeout')
      between.cut()
      await expect(client.query('select 3')).rejects.toThrow(/connection|terminated|reset|queryable/i)
    } finally {
      await postgres.stop()
    }
  })
})
