/**
 * Goal: only work takes a place of the load shedder. A caller that sends or fetches slowly takes none, and as soon as there is
 * work there is one, or the request is refused. Method: a service with four places on a real port, and raw sockets that stop
 * half-way.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineErrors } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import { type Actor, createService, routesFor, type Service } from './index.ts'

const PLACES = 4
const SLOW = 20

let service: Service | null = null
let port = 0
let atWork = 0
let finish = (): void => {}
const sockets: Socket[] = []

afterEach(async () => {
  finish()
  for (const socket of sockets.splice(0)) socket.destroy()
  await service?.stop()
  service = null
})

async function start(): Promise<void> {
  const done = new Promise<void>((resolve) => (finish = resolve))
  atWork = 0
  const work = async (): Promise<void> => {
    atWork += 1
    await done
    atWork -= 1
  }
  const answers = { 200: { description: 'ok', schema: z.object({ ok: z.boolean() }) } }
  const common = { access: 'public', tag: 't', summary: 's', errors: [], answers } as const
  const route = routesFor<Actor>()
  service = createService<Actor>({
    info: { title: 't', version: '1', description: 'd' },
    errors: defineErrors({}),
    logger: new Logger({ service: 's', write: () => {} }),
    authenticate: () => Promise.resolve(null),
    ratePerMin: 100_000,
    overload: { inFlightMin: PLACES, inFlightInitial: PLACES, inFlightMax: PLACES },
    stopAcceptMs: 1,
    stopDeadlineMs: 500,
    routes: [
      route({
        ...common,
        id: 'quick',
        method: 'GET',
        path: '/quick',
        handler: () => ({ status: 200, body: { ok: true } }),
      }),
      route({
        ...common,
        id: 'work',
        method: 'POST',
        path: '/work',
        body: z.object({ a: z.number() }),
        bodyExample: { a: 1 },
        handler: async () => {
          await work()
          return { status: 200, body: { ok: true } }
        },
      }),
    ],
    streams: [
      {
        id: 'stream',
        path: '/stream/*',
        methods: ['GET', 'POST'],
        labels: ['/stream/*'],
        handler: async ({ body, response, signal }) => {
          if (body === null) {
            response.writeHead(200)
            while (!signal.aborted && !response.destroyed) {
              if (!response.write(Buffer.alloc(65_536)))
                await Promise.race([once(response, 'drain'), once(signal, 'abort')])
            }
            return
          }
          for await (const piece of body) void piece
          await work()
          response.writeHead(200).end('done')
        },
      },
    ],
  })
  port = await service.listen('127.0.0.1', 0)
}

/** Sends something and leaves the connection open. */
async function say(text: string): Promise<{ readonly socket: Socket; heard: string }> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  const one = { socket, heard: '' }
  socket.on('data', (part) => (one.heard += part.toString('latin1')))
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return one
}

const quick = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/quick`)).status
const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n`
const BODY = '{"a":1}'
const several = <T>(make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: SLOW }, () => make()))
const underWay = (): Promise<number> =>
  service?.metrics.text().then((text) => Number(/^http_requests_in_flight (\d+)$/m.exec(text)?.[1])) ??
  Promise.resolve(0)

describe('a place', () => {
  it.each(['/work', '/stream/x'])('is not taken by those who still send to %s', async (path) => {
    await start()
    await several(() => say(post(path)))
    await expect.poll(underWay).toBe(SLOW)
    expect(await quick()).toBe(200)
    expect(atWork).toBe(0)
  })

  it('is asked for when the body is here: beyond the places the answer is 503', async () => {
    await start()
    const senders = await several(() => say(post('/work')))
    await expect.poll(underWay).toBe(SLOW)
    for (const { socket } of senders) socket.write(BODY)
    await expect.poll(() => senders.filter(({ heard }) => heard.includes(' 503 ')).length).toBe(SLOW - PLACES)
    expect(atWork).toBe(PLACES)
    expect(senders.filter(({ heard }) => heard.includes('"overloaded"'))).toHaveLength(SLOW - PLACES)
    expect(await quick()).toBe(503)
    finish()
    await expect.poll(() => senders.filter(({ heard }) => heard.includes(' 200 ')).length).toBe(PLACES)
    expect(await quick()).toBe(200)
  })

  it('is taken by a stream that works on what it got, and free when those callers are gone', async () => {
    await start()
    const senders = await several(() => say(post('/stream/x')))
    await expect.poll(underWay).toBe(SLOW)
    for (const { socket } of senders) socket.write(BODY)
    await expect.poll(() => atWork).toBe(SLOW)
    expect(await quick()).toBe(503)
    for (const { socket } of senders) socket.destroy()
    await expect.poll(underWay).toBe(0)
    expect(await quick()).toBe(200)
  })

  it('is not taken by those who fetch slowly', async () => {
    await start()
    const readers = await several(async () => {
      const one = await say('GET /stream/x HTTP/1.1\r\nhost: a\r\n\r\n')
      await expect.poll(() => one.heard.length).toBeGreaterThan(0)
      one.socket.pause()
      return one
    })
    expect(readers.every(({ heard }) => heard.startsWith('HTTP/1.1 200'))).toBe(true)
    expect(await underWay()).toBe(SLOW)
    expect(await quick()).toBe(200)
  })
})
