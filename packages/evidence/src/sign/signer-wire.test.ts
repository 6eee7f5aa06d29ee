import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { MESSAGE_BYTES_MAX } from './protocol.ts'
import { connectSigner, type SignerChild } from './signer-wire.ts'

// Whoever waits here for something that never comes waits in vain: nothing takes long.
vi.setConfig({ testTimeout: 8_000 })

/** Goal: a signer that misbehaves is found out. Method: the test speaks for it, over streams in memory. */

const REGISTERED_FIX = 'See the message of the signing process; the key file must be mode 0600.'
const question = { op: 'sign', statement: 'x' } as const
const result = (note: string) => ({ op: 'checkpoint', note })

function connected(timeoutMs = 500) {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const kill = vi.fn<(signal: string) => void>()
  const child = Object.assign(new EventEmitter(), { stdin, stdout, stderr, kill })
  let asked = ''
  stdin.on('data', (chunk: Buffer) => (asked += chunk.toString()))
  const wire = connectSigner(child as unknown as SignerChild, timeoutMs)
  return {
    child,
    wire,
    stderr,
    kill,
    asked: () => asked,
    /** Says this to the parent, and lets it hear it. */
    async say(text: string | Buffer) {
      stdout.write(text)
      await turn()
    },
    async answer(id: number, rest: object) {
      await this.say(`${JSON.stringify({ id, ...rest })}\n`)
    },
    ask: () => refusalOf(wire.ask(question)),
  }
}
/** What a question failed with; null if it was answered. Waited for later, so that no failure is without a listener. */
const refusalOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => null,
    (error: unknown) => error,
  )
const failure = (message: string) => expect.objectContaining({ code: 'SIGNER_FAILED', message, where: '' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a question', () => {
  test('is sent as one line, numbered, and gets the answer with its number', async () => {
    const signer = connected()
    const { wire, asked } = signer
    const answers = [wire.ask(question), wire.ask({ op: 'sign', statement: { b: 'ä' } }), wire.ask(question)]
    await turn()
    expect(asked()).toBe(
      '{"op":"sign","statement":"x","id":0}\n{"op":"sign","statement":{"b":"ä"},"id":1}\n{"op":"sign","statement":"x","id":2}\n',
    )
    await signer.answer(2, { result: result('c') })
    await signer.answer(0, { result: result('a') })
    await signer.answer(1, { result: result('b') })
    expect(await Promise.all(answers)).toEqual([result('a'), result('b'), result('c')])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that is refused says why, where, and what to do', async () => {
    const signer = connected()
    const asked = signer.ask()
    await signer.answer(0, { error: { message: 'no', where: 'here', fix: 'this' } })
    const error = await asked
    expect(error).toBeInstanceOf(GreengateError)
    expect(error).toMatchObject({ code: 'SIGNER_FAILED', message: 'no', where: 'here', fix: 'this' })
    expect(vi.getTimerCount()).toBe(0)
    const next = signer.wire.ask(question)
    await signer.answer(1, { result: result('next') })
    expect(await next).toEqual(result('next'))
  })

  test('is sent up to the size that is read, counted in bytes, and not beyond', async () => {
    const { wire, asked, ask } = connected()
    const around = Buffer.byteLength('{"op":"sign","statement":"","id":0}\n')
    const most = MESSAGE_BYTES_MAX - around
    expect(await refusalOf(wire.ask({ op: 'sign', statement: `ä${'x'.repeat(most - 1)}` }))).toEqual(
      failure('A statement of more than 8388608 bytes is not signed.'),
    )
    expect(asked()).toBe('')
    expect(vi.getTimerCount()).toBe(0)
    void ask()
    void refusalOf(wire.ask({ op: 'sign', statement: `ä${'x'.repeat(most - 2)}` }))
    await vi.waitFor(() => expect(Buffer.byteLength(asked())).toBe(MESSAGE_BYTES_MAX + around + 1), { timeout: 5_000 })
  })
})

describe('a signer that is not believed any more', () => {
  test.each(['hello', '', 'null', '{"id":0}', '{"id":0,"result":{"op":"export"}}', '{"id":0,"error":"no"}'])(
    'said %j',
    async (line) => {
      const signer = connected()
      const asked = [signer.ask(), signer.ask()]
      await signer.say(`${line}\n`)
      const wanted = failure('The signing process answered something that is no answer.')
      expect(await Promise.all(asked)).toEqual([wanted, wanted])
      expect(((await asked[0]) as Error).cause).toBeInstanceOf(Error)
      expect(await signer.ask()).toEqual(wanted)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  test.each([1, -1])('answered the question %i, which nobody had asked', async (id) => {
    const signer = connected()
    const asked = signer.ask()
    await signer.answer(id, { result: result('x') })
    expect(await asked).toEqual(failure('The signing process answered what nobody had asked.'))
    expect(await asked).toMatchObject({ fix: REGISTERED_FIX })
  })

  test('answered a question twice', async () => {
    const signer = connected()
    const asked = signer.wire.ask(question)
    await signer.answer(0, { result: result('x') })
    await signer.answer(0, { result: result('y') })
    expect(await asked).toEqual(result('x'))
    expect(await signer.ask()).toEqual(failure('The signing process answered what nobody had asked.'))
  })

  test('answered too much', async () => {
    const signer = connected()
    const asked = signer.ask()
    await signer.say(Buffer.alloc(MESSAGE_BYTES_MAX, 'x'))
    await signer.say('x')
    expect(await asked).toEqual(failure('The signing process answered too much.'))
  })

  test('did not answer in time, and answers then', async () => {
    const signer = connected(500)
    let done = false
    const asked = [signer.ask(), signer.ask().finally(() => (done = true))]
    await vi.advanceTimersByTimeAsync(499)
    expect(done).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    const wanted = failure('The signing process did not answer within 500 ms.')
    expect(await Promise.all(asked)).toEqual([wanted, wanted])
    await signer.answer(0, { result: result('x') })
    expect(await signer.ask()).toEqual(wanted)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is judged by each question’s own time: one in time does not shorten that of the next', async () => {
    const signer = connected(500)
    const first = signer.wire.ask(question)
    await vi.advanceTimersByTimeAsync(400)
    await signer.answer(0, { result: result('x') })
    expect(await first).toEqual(result('x'))
    const second = signer.wire.ask(question)
    await vi.advanceTimersByTimeAsync(400)
    await signer.answer(1, { result: result('y') })
    expect(await second).toEqual(result('y'))
  })
})

describe('a signer that is gone', () => {
  test('could not be started', async () => {
    const signer = connected()
    const asked = signer.ask()
    const cause = new Error('spawn ENOENT')
    signer.child.emit('error', cause)
    expect(await asked).toEqual(failure('The signing process could not be started: spawn ENOENT.'))
    expect(((await asked) as Error).cause).toBe(cause)
    await signer.wire.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each<[number | null, string | null, string]>([
    [1, null, 'The signing process has ended (1).'],
    [0, null, 'The signing process has ended (0).'],
    [null, 'SIGKILL', 'The signing process has ended (SIGKILL).'],
  ])('ended with %j, %j', async (code, signal, message) => {
    const signer = connected()
    const asked = [signer.ask(), signer.ask()]
    signer.child.emit('close', code, signal)
    expect(await Promise.all(asked)).toEqual([failure(message), failure(message)])
    expect(((await asked[0]) as Error).cause).toBeUndefined()
    expect(await signer.ask()).toEqual(failure(message))
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each([
    ['out of memory', 'out of memory'],
    ['first line\nlast line\n\n', 'last line'],
    [`${'x'.repeat(3000)}${'y'.repeat(1500)}`, `${'x'.repeat(500)}${'y'.repeat(1500)}`],
  ])('left the last line of what it had complained of', async (complaint, last) => {
    const signer = connected()
    const asked = signer.ask()
    signer.stderr.write(complaint.slice(0, 5))
    signer.stderr.write(complaint.slice(5))
    await turn()
    signer.child.emit('close', 1, null)
    expect(await asked).toEqual(failure(`The signing process has ended (1). ${last}`))
  })

  test('is known by its end, not by what can not be written to it', async () => {
    const signer = connected()
    const asked = signer.ask()
    signer.child.stdin.emit('error', new Error('EPIPE'))
    signer.child.emit('close', null, 'SIGTERM')
    expect(await asked).toEqual(failure('The signing process has ended (SIGTERM).'))
  })

  test('is gone for the first reason', async () => {
    const signer = connected()
    signer.child.emit('close', 1, null)
    signer.child.emit('error', new Error('later'))
    await signer.say('hello\n')
    expect(await signer.ask()).toEqual(failure('The signing process has ended (1).'))
  })
})

describe('closing', () => {
  test('ends the input, waits for the end, and leaves nothing waiting', async () => {
    const signer = connected()
    const asked = signer.ask()
    let closed = false
    const closing = signer.wire.close().then(() => (closed = true))
    expect(await asked).toEqual(failure('The signer was closed.'))
    expect(signer.child.stdin.writableEnded).toBe(true)
    await vi.advanceTimersByTimeAsync(1999)
    expect([closed, signer.kill.mock.calls]).toEqual([false, []])
    signer.child.emit('close', 0, null)
    await closing
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(signer.kill).not.toHaveBeenCalled()
    expect(await signer.ask()).toEqual(failure('The signer was closed.'))
    await signer.wire.close()
  })

  test('kills a signer that does not end within two seconds', async () => {
    const signer = connected()
    signer.kill.mockImplementation((signal) => void signer.child.emit('close', null, signal))
    const closing = signer.wire.close()
    await vi.advanceTimersByTimeAsync(2000)
    await closing
    expect(signer.kill.mock.calls).toEqual([['SIGKILL']])
  })
})
