import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { GreengateError } from '@greengate/contracts'
import {
  answerSchema,
  lineReader,
  MESSAGE_BYTES_MAX,
  type SignerAnswer,
  type SignerRequestBody,
  type SignerResult,
} from './protocol.ts'

/** The signing process as its parent sees it. */
export type SignerChild = ChildProcessByStdio<Writable, Readable, Readable>

/** Questions to the signing process, and its answers. */
export interface SignerWire {
  /** @throws GreengateError SIGNER_FAILED */
  ask(request: SignerRequestBody): Promise<SignerResult>
  /** Ends the process; it is killed if it does not end by itself. Idempotent. */
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (result: SignerResult) => void
  readonly reject: (error: GreengateError) => void
  readonly timer: NodeJS.Timeout
}

const STDERR_CHARS_MAX = 2000
const CLOSE_MS = 2000

/**
 * Speaks with a signing process. It answers each question once and in time, or is not believed any more: whatever else
 * is asked of it fails with the first reason.
 *
 * @param timeoutMs Longest wait for one answer.
 */
export function connectSigner(child: SignerChild, timeoutMs: number): SignerWire {
  const waiting = new Map<number, Waiting>()
  let nextId = 0
  let stderr = ''
  let gone: GreengateError | null = null
  const fail = (message: string, cause?: unknown): void => {
    gone ??= new GreengateError('SIGNER_FAILED', message, { cause })
    for (const { timer, reject } of waiting.values()) {
      clearTimeout(timer)
      reject(gone)
    }
  }
  const read = lineReader((line) => {
    let answer: SignerAnswer
    try {
      answer = answerSchema.parse(JSON.parse(line))
    } catch (cause) {
      return fail('The signing process answered something that is no answer.', cause)
    }
    const asker = waiting.get(answer.id)
    if (!asker) return fail('The signing process answered what nobody had asked.')
    waiting.delete(answer.id)
    clearTimeout(asker.timer)
    if ('result' in answer) return asker.resolve(answer.result)
    const { message, where, fix } = answer.error
    asker.reject(new GreengateError('SIGNER_FAILED', message, { where, fix }))
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!read(chunk)) fail('The signing process answered too much.')
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-STDERR_CHARS_MAX)))
  // Whoever can't be written to has ended, which is told by its end.
  child.stdin.on('error', () => undefined)
  child.on('error', (cause) => fail(`The signing process could not be started: ${cause.message}.`, cause))
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      const said = stderr.trim()
      fail(`The signing process has ended (${signal ?? code}). ${said.slice(said.lastIndexOf('\n') + 1)}`.trim())
      resolve()
    })
    child.on('error', () => resolve())
  })
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone)
        const id = nextId++
        const line = `${JSON.stringify({ ...request, id })}\n`
        if (Buffer.byteLength(line) > MESSAGE_BYTES_MAX) {
          return reject(
            new GreengateError('SIGNER_FAILED', `A statement of more than ${MESSAGE_BYTES_MAX} bytes is not signed.`),
          )
        }
        const timer = setTimeout(() => fail(`The signing process did not answer within ${timeoutMs} ms.`), timeoutMs)
        waiting.set(id, { resolve, reject, timer })
        child.stdin.write(line)
      }),
    async close() {
      fail('The signer was closed.')
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}
