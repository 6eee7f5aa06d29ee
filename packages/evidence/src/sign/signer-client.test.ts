import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { evidenceStatement } from '../statement.ts'
import { buildEvidence, createTestKey } from '../testing.ts'
import { requestSchema, type SignerRequest } from './protocol.ts'
import { type SignerOptions, type StartProgram, startSigner } from './signer-client.ts'
import { signNote, signStatement } from './signing.ts'
import type { SignerChild } from './signer-wire.ts'

// Whoever waits here for something that never comes waits in vain: nothing takes long.
vi.setConfig({ testTimeout: 8_000 })

/** Goal: what is asked of the signer and made of its answers. Method: the test starts a signer of its own, in memory. */

const key = createTestKey()
const { keyid, pem } = key.publicKey
const statement = evidenceStatement(buildEvidence())
const opened = { op: 'open', key: { keyid, publicKeyPem: pem, created: true } }
const CONFUSED = { code: 'SIGNER_FAILED', message: 'The signing process answered another question.' }

/** A signer that gives these results; null is no answer. Ends when its input does. */
function scripted(...results: unknown[]) {
  const requests: SignerRequest[] = []
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const kill = vi.fn<() => void>()
  const child = Object.assign(new EventEmitter(), { stdin, stdout, stderr: new PassThrough(), kill, pid: 4711 })
  stdin.on('data', (chunk: Buffer) => {
    const request = requestSchema.parse(JSON.parse(chunk.toString()))
    const result = results[requests.push(request) - 1]
    if (result !== null) stdout.write(`${JSON.stringify({ id: request.id, result })}\n`)
  })
  stdin.on('end', () => child.emit('close', 0, null))
  const program = vi.fn<StartProgram>(() => child as unknown as SignerChild)
  const start = (options: Partial<SignerOptions> = {}) => startSigner({ keyFile: '/key.pem', ...options }, program)
  return { requests, stdin, program, kill, start }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('the signer is a program of this package, run by this Node, with no environment and in no folder of ours', async () => {
  const { program, start } = scripted(opened)
  const signer = await start()
  expect(signer).toMatchObject({ keyid, publicKeyPem: pem, created: true, pid: 4711 })
  const [command, args, options] = program.mock.calls[0] ?? []
  expect(command).toBe(process.execPath)
  expect(args).toEqual([expect.stringMatching(/[\\/]sign[\\/]signer-process\.ts$/)])
  expect(existsSync(args?.[0] ?? '')).toBe(true)
  expect(options).toEqual({ env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
})

test('the signer can be another program', async () => {
  const { program, start } = scripted(opened)
  await start({ program: '/opt/signer.js' })
  expect(program.mock.calls[0]?.[1]).toEqual(['/opt/signer.js'])
})

test.each([undefined, false, true])('a key is made if that is asked for: %j', async (createIfMissing) => {
  const { requests, start } = scripted(opened)
  await start(createIfMissing === undefined ? {} : { createIfMissing })
  expect(requests).toEqual([{ id: 0, op: 'open', keyFile: '/key.pem', createIfMissing: createIfMissing === true }])
})

test('a statement is sent, and its envelope returned', async () => {
  const envelope = signStatement(key, JSON.parse(JSON.stringify(statement)) as never)
  const { requests, start } = scripted(opened, { op: 'sign', envelope })
  const signer = await start()
  expect(await signer.sign(statement)).toEqual(envelope)
  expect(requests[1]).toEqual({ id: 1, op: 'sign', statement })
})

test('a checkpoint is sent, and its note returned', async () => {
  const checkpoint = { origin: 'a/b', size: 3, root: Buffer.alloc(32, 1) }
  const note = signNote(key, checkpoint)
  const { requests, start } = scripted(opened, { op: 'checkpoint', note })
  const signer = await start()
  expect(await signer.signCheckpoint(checkpoint)).toBe(note)
  expect(requests[1]).toEqual({
    id: 1,
    op: 'checkpoint',
    origin: 'a/b',
    size: 3,
    root: checkpoint.root.toString('base64'),
  })
})

test('an answer to another question is refused, and the signer is ended that began with one', async () => {
  const wrong = scripted({ op: 'checkpoint', note: '' })
  const attempt = wrong.start()
  await expect(attempt).rejects.toBeInstanceOf(GreengateError)
  await expect(attempt).rejects.toMatchObject(CONFUSED)
  expect(wrong.stdin.writableEnded).toBe(true)
  const signer = await scripted(opened, { op: 'checkpoint', note: '' }, opened).start()
  await expect(signer.sign(statement)).rejects.toMatchObject(CONFUSED)
  await expect(signer.signCheckpoint({ origin: 'a', size: 0, root: Buffer.alloc(32) })).rejects.toMatchObject(CONFUSED)
})

test.each([
  [undefined, 20_000],
  [300, 300],
])('an answer is waited for as long as was said (%j): %i ms', async (timeoutMs, waitedMs) => {
  const { stdin, start } = scripted(null)
  const attempt = start(timeoutMs === undefined ? {} : { timeoutMs }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(waitedMs - 1)
  expect(stdin.writableEnded).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await attempt).toMatchObject({
    code: 'SIGNER_FAILED',
    message: `The signing process did not answer within ${waitedMs} ms.`,
  })
  expect(stdin.writableEnded).toBe(true)
})

test('a closed signer is ended, and signs no more', async () => {
  const { stdin, kill, start } = scripted(opened)
  const signer = await start()
  await signer.close()
  expect(stdin.writableEnded).toBe(true)
  expect(kill).not.toHaveBeenCalled()
  await expect(signer.sign(statement)).rejects.toMatchObject({ message: 'The signer was closed.' })
})
