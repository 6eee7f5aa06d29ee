/**
 * Goal: who sends slowly takes nothing from the others, and what was held on the way is what was sent. Method: the gateway on a real
 * port with one connection to its backend, spoken to by sockets that stop half-way.
 */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from './harness.ts'

let gateway: TestGateway
beforeEach(async () => {
  gateway = await startGateway({ env: { UPSTREAM_CONNECTIONS_MAX: '1' } })
})
afterEach(() => gateway.stop())

describe('a caller that sends slowly', () => {
  const SLOW = 6

  it('takes no connection to a backend from the others', async () => {
    const callers = Array.from({ length: SLOW }, () => connect(gateway.port, '127.0.0.1'))
    const heard = callers.map(() => '')
    callers.forEach((caller, at) => caller.on('data', (part) => (heard[at] += part.toString())))
    for (const caller of callers)
      caller.write('POST /v1/x HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 8\r\n\r\nhalf')
    await expect.poll(() => gateway.underWay()).toBe(SLOW)
    expect((await fetch(`${gateway.base}/v1/y`)).status).toBe(200)
    expect(gateway.backends.platform.seen.map(({ url }) => url)).toEqual(['/v1/y'])
    for (const [at, caller] of callers.entries()) {
      caller.write('-and')
      await expect.poll(() => heard[at]).toContain(' 200 ')
      caller.destroy()
    }
    expect(gateway.backends.platform.seen.slice(1)).toEqual(
      callers.map(() => expect.objectContaining({ method: 'POST', url: '/v1/x', body: 'half-and' }) as unknown),
    )
  })

  it.each([1, 65_535, 65_536, 65_537, 900_000])(
    'gets %i bytes through as they are, declared or in chunks',
    async (length) => {
      const body = Buffer.alloc(length, 'abcdefghijk')
      for (const duplex of [{ body }, { body: new Blob([body]).stream(), duplex: 'half' }])
        expect((await fetch(`${gateway.base}/v1/x`, { method: 'POST', ...duplex } as RequestInit)).status).toBe(200)
      expect(gateway.backends.platform.seen.map((seen) => seen.body === body.toString())).toEqual([true, true])
    },
  )
})
