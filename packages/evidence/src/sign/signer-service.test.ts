import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { evidenceStatement } from '../statement.ts'
import { buildEvidence } from '../testing.ts'
import { answerSchema, MESSAGE_BYTES_MAX } from './protocol.ts'
import { serveSigner } from './signer-service.ts'

// Whoever waits here for something that never comes waits in vain: nothing takes long.
vi.setConfig({ testTimeout: 8_000 })

/** Goal: what the signing process does with its streams. Method: it is served in a host that is no process. */

const WAIT = { timeout: 5_000 }
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-service-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function served() {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const events = new EventEmitter()
  const exit = vi.fn<(code: number) => void>()
  let said = ''
  stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  serveSigner({ stdin, stdout, exit, on: (event, listener) => events.on(event, listener) })
  return {
    stdin,
    stdout,
    events,
    exit,
    send: (...requests: unknown[]) => stdin.write(requests.map((one) => `${JSON.stringify(one)}\n`).join('')),
    said: () => said,
    /** The first `count` answers; waits for them. */
    answers: (count: number) =>
      vi.waitFor(() => {
        expect(said.split('\n')).toHaveLength(count + 1)
        return said
          .trimEnd()
          .split('\n')
          .map((line) => answerSchema.parse(JSON.parse(line)))
      }, WAIT),
  }
}
const opening = (id: number, createIfMissing = true) => ({
  id,
  op: 'open',
  keyFile: join(dir, 'key.pem'),
  createIfMissing,
})
const NOT_KNOWN = {
  message: 'The signer does not know this request.',
  where: '',
  fix: 'See the message of the signing process; the key file must be mode 0600.',
}
const NOT_UNDERSTOOD = {
  message: 'The request is not understood.',
  where: '',
  fix: 'Send one JSON request per line.',
}

describe('the signer', () => {
  test('answers each request under its number, one per line, in their order', async () => {
    const signer = served()
    const statement = evidenceStatement(buildEvidence())
    const root = Buffer.alloc(32).toString('base64')
    signer.send(opening(7), { id: 3, op: 'sign', statement }, { id: 5, op: 'checkpoint', origin: 'a', size: 1, root })
    const answers = await signer.answers(3)
    expect(answers).toMatchObject([
      { id: 7, result: { op: 'open', key: { created: true } } },
      { id: 3, result: { op: 'sign' } },
      { id: 5, result: { op: 'checkpoint' } },
    ])
    expect(signer.exit).not.toHaveBeenCalled()
  })

  test('holds its key from one request to the next', async () => {
    const signer = served()
    signer.send(opening(0))
    await signer.answers(1)
    signer.send(opening(1))
    expect((await signer.answers(2))[1]).toMatchObject({
      id: 1,
      error: { message: 'The signer holds a key already.' },
    })
  })

  test('says why a request fails, and answers the next', async () => {
    const signer = served()
    signer.send(opening(0, false), opening(1))
    expect(await signer.answers(2)).toMatchObject([
      { id: 0, error: { message: 'There is no key file.', where: join(dir, 'key.pem') } },
      { id: 1, result: { op: 'open' } },
    ])
  })

  test.each<[string, unknown, number, object]>([
    ['that it does not know', { id: 4, op: 'export' }, 4, NOT_KNOWN],
    ['with something more', { id: 5, op: 'sign', statement: 1, extra: 1 }, 5, NOT_KNOWN],
    ['without a number', { op: 'export' }, -1, NOT_UNDERSTOOD],
    ['with half a number', { id: 0.5, op: 'export' }, -1, NOT_UNDERSTOOD],
    ['with a text as its number', { id: '1', op: 'export' }, -1, NOT_UNDERSTOOD],
    ['that is a text', 'id', -1, NOT_UNDERSTOOD],
    ['that is null', null, -1, NOT_UNDERSTOOD],
  ])('refuses a request %s', async (_name, request, id, error) => {
    const signer = served()
    signer.send(request)
    expect(await signer.answers(1)).toEqual([{ id, error }])
  })

  test('refuses what is not JSON', async () => {
    const signer = served()
    signer.stdin.write('hello\n')
    expect(await signer.answers(1)).toEqual([{ id: -1, error: NOT_UNDERSTOOD }])
  })
})

describe('the signer ends', () => {
  test('well with its input, once everything is answered', async () => {
    const signer = served()
    signer.exit.mockImplementation(() => {
      expect(signer.said()).toMatch(/^\{"id":0,"result":.*\}\n$/)
    })
    signer.send(opening(0))
    signer.stdin.end()
    await vi.waitFor(() => expect(signer.exit).toHaveBeenCalled(), WAIT)
    expect(signer.exit.mock.calls).toEqual([[0]])
    expect(await signer.answers(1)).toMatchObject([{ id: 0, result: { op: 'open' } }])
  })

  test('badly with a line that is too long', async () => {
    const signer = served()
    signer.stdin.write(Buffer.alloc(MESSAGE_BYTES_MAX + 1, 'x'))
    await vi.waitFor(() => expect(signer.exit.mock.calls).toEqual([[1]]), WAIT)
  })

  test.each(['stdin', 'stdout'] as const)('badly with a broken %s', (name) => {
    const signer = served()
    signer[name].emit('error', new Error('EPIPE'))
    expect(signer.exit.mock.calls).toEqual([[1]])
  })

  test('not with Ctrl-C, which the terminal sends to its parent as well', () => {
    const signer = served()
    expect(signer.events.emit('SIGINT')).toBe(true)
    expect(signer.exit).not.toHaveBeenCalled()
  })
})
