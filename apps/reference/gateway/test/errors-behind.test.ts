/**
 * Goal: links to help lead somewhere, whichever service wrote the error that holds them. Method: a gateway on a real port; of the
 * servers behind one knows a code, others do not, break off or answer nonsense.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, startGateway, type Handler, type TestGateway } from './harness.ts'

const entry = {
  code: 'last_owner',
  class: 'Conflict',
  status: 409,
  retriable: false,
  retryAfterS: null,
  message: 'An organisation keeps an owner.',
  fix: 'Make somebody else an owner first.',
  help: 'https://greengate.test/errors/last_owner',
}
const answering =
  (status: number, body: unknown): Handler =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const unknown = answering(404, { error: { code: 'not_found', request_id: '1' } })

let gateway: TestGateway
const ask = (code: string) => fetch(`${gateway.base}/errors/${code}`)

beforeEach(async () => {
  gateway = await startGateway()
  const { platform, content, web } = gateway.backends
  for (const one of [platform, content, web]) one.answer = unknown
})
afterEach(() => gateway.stop())

describe('the page of an error code', () => {
  it('is that of the service behind that knows it, and no token goes there', async () => {
    gateway.backends.content.answer = answering(200, entry)
    const answer = await fetch(`${gateway.base}/errors/last_owner?x=1`, { headers: { authorization: 'Bearer secret' } })
    expect([answer.status, await answer.json()]).toEqual([200, entry])
    const [seen] = gateway.backends.content.seen
    expect([seen?.url, seen?.headers.authorization]).toEqual(['/errors/last_owner', undefined])
    expect(seen?.headers['x-request-id']).toBe(answer.headers.get('x-request-id'))
    expect(gateway.backends.media.seen).toEqual([])
  })

  it("is the gateway's own for its own codes, and nobody is asked", async () => {
    expect((await ask('host_not_served')).status).toBe(200)
    expect(gateway.backends.platform.seen).toEqual([])
  })

  it('is not there when nobody knows it, nor for what is no code', async () => {
    const answer = await ask('no_such_code')
    expect([answer.status, codeOf(await answer.json())]).toEqual([404, 'not_found'])
    const asked = gateway.backends.platform.seen.length
    expect((await ask('No%20Code')).status).toBeGreaterThanOrEqual(400)
    expect(gateway.backends.platform.seen.length).toBe(asked)
  })

  it.each([
    ['breaks off', (request: Parameters<Handler>[0]) => request.socket.destroy()],
    ['answers another code', answering(200, { ...entry, code: 'other_code' })],
    ['answers a page', (_request: unknown, response: Parameters<Handler>[1]) => response.end('<p>hello')],
    ['is broken', answering(500, {})],
  ] as const)('is not said to be missing while a service %s', async (_what, answer) => {
    gateway.backends.platform.answer = answer
    const first = await ask('last_owner')
    expect([first.status, codeOf(await first.json())]).toEqual([503, 'upstream_unavailable'])
    gateway.backends.content.answer = answering(200, entry)
    expect((await ask('last_owner')).status).toBe(200)
  })
})
