/**
 * Goal: the generator shows what users would have felt: time counts from when a request was due, and what the generator
 * itself did late or not at all is said.
 * Method: a server that stalls for a second, one that is gone, and a generator whose own thread is blocked.
 */
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { startLoad } from './load.ts'

const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections()
})

async function serve(handler: http.RequestListener): Promise<{ host: string; port: number }> {
  const server = http.createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 }
}

describe('startLoad', () => {
  test('a steady server: all is sent in time and answered, from many addresses', async () => {
    const peers = new Set<string>()
    const target = await serve((request, response) => {
      peers.add(request.socket.remoteAddress ?? '')
      response.end('ok')
    })
    const result = await startLoad(target, { request: { path: '/' }, ratePerS: 100, durationMs: 1_000, sources: 8 })
      .done
    expect(result).toMatchObject({
      planned: 100,
      sent: 100,
      completed: 100,
      unsent: 0,
      statuses: { 200: 100 },
      errors: {},
      failures: [],
    })
    expect(peers.size).toBe(8)
    expect([...peers].every((peer) => peer.startsWith('127.8.'))).toBe(true)
  })

  test('a server that stalls for 600 ms: the requests due meanwhile show it, not only the first', async () => {
    let stallUntilMs = Infinity
    const target = await serve((_request, response) => {
      if (stallUntilMs === Infinity) stallUntilMs = performance.now() + 600
      setTimeout(() => response.end('ok'), Math.max(0, stallUntilMs - performance.now()))
    })
    const result = await startLoad(target, { request: { path: '/' }, ratePerS: 100, durationMs: 1_000 }).done
    expect(result.completed).toBe(100)
    // A closed loop would have seen one slow request in 40; here 60 of 100 were due while nothing moved.
    expect(result.latencyMs.p50).toBeGreaterThan(50)
    expect(result.latencyMs.p95).toBeGreaterThan(450)
    expect(result.latencyMs.max).toBeGreaterThan(550)
  })

  test('a generator that is stuck itself says so', async () => {
    const target = await serve((_request, response) => response.end('ok'))
    const run = startLoad(target, { request: { path: '/' }, ratePerS: 50, durationMs: 1_000 })
    await delay(100)
    const untilMs = performance.now() + 500
    while (performance.now() < untilMs);
    const result = await run.done
    expect(result.lagMsP99).toBeGreaterThan(300)
    expect(result.latencyMs.max).toBeGreaterThan(300)
  })

  test('stopped early: what was planned and not sent is said', async () => {
    const target = await serve((_request, response) => response.end('ok'))
    const run = startLoad(target, { request: { path: '/' }, ratePerS: 50, durationMs: 10_000 })
    await delay(200)
    run.stop()
    const result = await run.done
    expect(result.planned).toBe(500)
    expect(result.sent).toBeLessThan(50)
    expect(result.unsent).toBe(500 - result.sent)
    expect(result.completed).toBe(result.sent)
  })

  test('nobody there: each failure is counted by its code, the first 20 are kept', async () => {
    const target = await serve(() => undefined)
    await new Promise((resolve) => servers[0]?.close(resolve))
    const result = await startLoad(target, {
      request: (index) => ({ path: `/${index}` }),
      ratePerS: 50,
      durationMs: 1_000,
    }).done
    expect(result.errors).toEqual({ ECONNREFUSED: 50 })
    expect(result.statuses).toEqual({})
    expect(result.failures).toHaveLength(20)
    expect(result.failures[0]).toMatchObject({ status: 0, error: 'ECONNREFUSED' })
  })

  test('a plan of nothing is no load', async () => {
    const target = await serve((_request, response) => response.end('ok'))
    expect(await startLoad(target, { request: { path: '/' }, ratePerS: 10, durationMs: 0 }).done).toMatchObject({
      planned: 0,
      sent: 0,
      completed: 0,
    })
  })
})
