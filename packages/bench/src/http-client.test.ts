/**
 * Goal: whatever a server does, an exchange ends with data: a status or the reason why there is none.
 * Method: raw servers that misbehave in one way each.
 */
import net from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { exchange } from './http-client.ts'
import { openRaw } from './raw-connection.ts'

const servers: net.Server[] = []
const sockets = new Set<net.Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function serve(handler: (socket: net.Socket) => void): Promise<{ host: string; port: number }> {
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    handler(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 }
}

const answer = (body: string, head = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${head}\r\n${body}`

describe('exchange', () => {
  test('a plain answer: every header value in order, lower-case names', async () => {
    const target = await serve((socket) =>
      socket.once('data', () => socket.write(answer('hello', 'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n'))),
    )
    expect(await exchange(target, { path: '/' })).toMatchObject({
      status: 200,
      body: 'hello',
      error: '',
      truncated: false,
      headers: { 'set-cookie': ['a=1', 'b=2'] },
    })
  })

  test('header names that every object has already', async () => {
    const names = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty']
    const head = names.map((name) => `${name}: x\r\n`).join('')
    const target = await serve((socket) => socket.once('data', () => socket.write(answer('ok', head))))
    const { status, headers } = await exchange(target, { path: '/' })
    expect(status).toBe(200)
    const values = new Map(Object.entries(headers))
    expect(names.map((name) => values.get(name.toLowerCase()))).toEqual(names.map(() => ['x']))
    expect(headers['isPrototypeOf']).toBeUndefined()
  })

  test('sends the body as JSON, as given, or in chunks', async () => {
    const seen: string[] = []
    const target = await serve((socket) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if (!/\}$|\{$|0\r\n\r\n$/.test(text)) return
        seen.push(text)
        text = ''
        socket.write(answer('ok'))
      })
    })
    await exchange(target, { method: 'POST', path: '/', body: { a: 1 } })
    await exchange(target, { method: 'POST', path: '/', body: '{', headers: { 'content-type': 'application/json' } })
    await exchange(target, { method: 'POST', path: '/', body: { a: 1 }, chunked: true })
    expect(seen[0]).toMatch(/content-type: application\/json\r\n[^]*content-length: 7\r\n[^]*\{"a":1\}$/i)
    expect(seen[1]).toMatch(/content-length: 1\r\n/i)
    expect(seen[2]).toMatch(/transfer-encoding: chunked[^]*7\r\n\{"a":1\}\r\n0\r\n\r\n$/i)
  })

  test.each([
    ['hangs up', (socket: net.Socket) => socket.once('data', () => socket.end()), 'closed'],
    ['resets', (socket: net.Socket) => socket.once('data', () => socket.resetAndDestroy()), 'ECONNRESET'],
    ['says nothing', () => undefined, 'timeout'],
    [
      'talks nonsense',
      (socket: net.Socket) => socket.once('data', () => socket.end('what?\r\n\r\n')),
      'HPE_INVALID_CONSTANT',
    ],
    [
      'breaks off',
      (socket: net.Socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')),
      'closed',
    ],
  ])('a server that %s: no status, and the reason', async (_what, handler, error) => {
    const target = await serve(handler)
    expect(await exchange(target, { path: '/', timeoutMs: 300 })).toMatchObject({ status: 0, error })
  })

  test('nobody there', async () => {
    const target = await serve(() => undefined)
    await new Promise((resolve) => servers[0]?.close(resolve))
    expect(await exchange(target, { path: '/' })).toMatchObject({ status: 0, error: 'ECONNREFUSED' })
  })

  test('an answer that comes before the end of a large body is read, not lost', async () => {
    const target = await serve((socket) => {
      socket.once('data', () =>
        socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig'),
      )
      socket.on('data', () => undefined)
    })
    expect(await exchange(target, { method: 'POST', path: '/', body: new Uint8Array(20_000_000) })).toMatchObject({
      status: 413,
      body: 'big',
    })
  })

  test('an answer of a server that closes at once, with what was sent unread, is read all the same', async () => {
    const target = await serve((socket) => {
      socket.once('data', () => {
        socket.pause()
        socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig', () =>
          socket.destroy(),
        )
      })
    })
    for (let round = 0; round < 20; round += 1) {
      const got = await exchange(target, { method: 'POST', path: '/', body: new Uint8Array(1_500_000) })
      expect(got).toMatchObject({ status: 413, body: 'big' })
    }
  })

  test('a server that resets without an answer gets the body twice, and the reset is what is reported', async () => {
    let connections = 0
    const target = await serve((socket) => {
      connections += 1
      socket.once('data', () => socket.resetAndDestroy())
    })
    const got = await exchange(target, { method: 'POST', path: '/', body: new Uint8Array(1_500_000) })
    expect(got.status).toBe(0)
    expect(got.error).toMatch(/^(?:ECONNRESET|EPIPE|closed)$/)
    expect(connections).toBe(2)
  })

  test('keeps so many bytes of a body and says that there were more', async () => {
    const target = await serve((socket) => socket.once('data', () => socket.write(answer('x'.repeat(5_000)))))
    expect(await exchange(target, { path: '/', bodyBytesMax: 10 })).toMatchObject({
      status: 200,
      body: 'xxxxxxxxxx',
      truncated: true,
    })
  })

  test('what Node would refuse to send is an error, or is encoded, and never thrown', async () => {
    const target = await serve((socket) => socket.once('data', () => socket.write(answer('ok'))))
    expect(await exchange(target, { path: '/a b/ä' })).toMatchObject({ status: 200 })
    expect(await exchange(target, { path: '/', headers: { 'x-bad': 'a\nb' } })).toMatchObject({
      status: 0,
      error: 'ERR_INVALID_CHAR',
    })
    expect(await exchange(target, { path: '/', method: 'NO SUCH' })).toMatchObject({
      status: 0,
      error: 'ERR_INVALID_HTTP_TOKEN',
    })
  })

  test('comes from the address that it is told to come from', async () => {
    const target = await serve((socket) => socket.once('data', () => socket.write(answer(socket.remoteAddress ?? ''))))
    expect((await exchange(target, { path: '/' })).body).toBe('127.0.0.1')
    expect((await exchange(target, { path: '/', from: '127.3.2.1' })).body).toBe('127.3.2.1')
  })
})

describe('openRaw', () => {
  test('sends half a request, sees what comes and when the peer closes', async () => {
    const target = await serve((socket) => {
      socket.write('hello')
      setTimeout(() => socket.end(' bye'), 100)
    })
    const connection = await openRaw(target)
    await connection.write('GET / HTTP/1.1\r\n')
    expect(await connection.waitFor((text) => text === 'hello', 1_000)).toBe(true)
    expect(await connection.waitForClose(2_000)).toMatchObject({ closed: true })
    expect(connection.received()).toBe('hello bye')
    await connection.write('into the void')
    connection.destroy()
  })

  test('a peer that stays: time is up', async () => {
    const connection = await openRaw(await serve(() => undefined), '127.4.4.4')
    expect(await connection.waitForClose(100)).toMatchObject({ closed: false })
    expect(await connection.waitFor((text) => text !== '', 50)).toBe(false)
    connection.destroy()
  })

  test('nobody there: the code is in the error', async () => {
    const target = await serve(() => undefined)
    await new Promise((resolve) => servers[0]?.close(resolve))
    await expect(openRaw(target)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
