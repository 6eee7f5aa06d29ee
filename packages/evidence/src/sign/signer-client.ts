import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { extname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { GreengateError } from '@greengate/contracts'
import type { Envelope } from '../dsse.ts'
import type { CheckpointSigner } from '../ledger.ts'
import type { Statement } from '../statement.ts'
import { answerSchema, lineReader, MESSAGE_BYTES_MAX, type SignerRequestBody, type SignerResult } from './protocol.ts'

/** The signer, seen from the process that has something to sign. */
export interface Signer extends CheckpointSigner {
  /** SHA-256 of the public key's SPKI, lower-case hex. */
  readonly keyid: string
  /** SPKI in PEM. */
  readonly publicKeyPem: string
  /** Whether the key was made now. */
  readonly created: boolean
  /** Process id of the signer. */
  readonly pid: number
  /** @throws GreengateError SIGNER_FAILED if it is no statement that Greengate makes, or the signer is gone. */
  sign(statement: Statement<unknown>): Promise<Envelope>
  /** Ends the process. Idempotent. */
  close(): Promise<void>
}

export interface SignerOptions {
  /** Private key, PKCS #8 in PEM, mode 0600. */
  readonly keyFile: string
  /** Make a key if there is no file. Default false. */
  readonly createIfMissing?: boolean
  /** Longest wait for one answer; milliseconds. Default 20,000. */
  readonly timeoutMs?: number
  /** The signer's program, where it does not stand beside this module. */
  readonly program?: string
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** The signer's program stands beside this module, with the same ending: .ts in the workspace, .js when compiled. */
function defaultProgram(): string {
  return fileURLToPath(new URL(`./signer-process${extname(new URL(import.meta.url).pathname)}`, import.meta.url))
}

/**
 * Starts the signing process. Only it reads the key file. It gets an empty environment, so that nothing there (such as
 * NODE_OPTIONS) reaches it, and ends when this process ends, however that happens.
 *
 * @throws GreengateError SIGNER_FAILED
 */
export async function startSigner(options: SignerOptions): Promise<Signer> {
  const child: Child = spawn(process.execPath, [options.program ?? defaultProgram()], {
    env: {},
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const wire = connect(child, options.timeoutMs ?? 20_000)
  try {
    const opened = await wire.ask({
      op: 'open',
      keyFile: options.keyFile,
      createIfMissing: options.createIfMissing ?? false,
    })
    if (opened.op !== 'open') throw confused()
    return {
      ...opened.key,
      pid: child.pid ?? 0,
      async sign(statement) {
        const answer = await wire.ask({ op: 'sign', statement: statement as never })
        if (answer.op !== 'sign') throw confused()
        return answer.envelope
      },
      async signCheckpoint({ origin, size, root }) {
        const answer = await wire.ask({ op: 'checkpoint', origin, size, root: Buffer.from(root).toString('base64') })
        if (answer.op !== 'checkpoint') throw confused()
        return answer.note
      },
      close: () => wire.close(),
    }
  } catch (error) {
    await wire.close()
    throw error
  }
}

interface Wire {
  ask(request: SignerRequestBody): Promise<SignerResult>
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (result: SignerResult) => void
  readonly reject: (error: GreengateError) => void
  readonly timer: NodeJS.Timeout
}

const STDERR_CHARS_MAX = 2000
const CLOSE_MS = 2000

function connect(child: Child, timeoutMs: number): Wire {
  const waiting = new Map<number, Waiting>()
  let nextId = 0
  let stderr = ''
  let gone: GreengateError | null = null
  const settle = (id: number): Waiting | undefined => {
    const entry = waiting.get(id)
    if (entry) clearTimeout(entry.timer)
    waiting.delete(id)
    return entry
  }
  const fail = (message: string, cause?: unknown): void => {
    gone ??= new GreengateError('SIGNER_FAILED', message, { cause })
    for (const id of Array.from(waiting.keys())) settle(id)?.reject(gone)
  }
  const read = lineReader((line) => {
    const answer = answerSchema.safeParse(parseJson(line))
    if (!answer.success) return fail('The signing process answered something that is no answer.')
    const entry = settle(answer.data.id)
    if ('result' in answer.data) return entry?.resolve(answer.data.result)
    const { message, where, fix } = answer.data.error
    entry?.reject(new GreengateError('SIGNER_FAILED', message, { where, fix }))
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!read(chunk)) fail('The signing process answered too much.')
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-STDERR_CHARS_MAX)))
  child.stdin.on('error', () => undefined)
  child.on('error', (cause) => fail(`The signing process could not be started: ${cause.message}.`, cause))
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      fail(`The signing process has ended (${signal ?? code}). ${stderr.trim().split('\n').at(-1) ?? ''}`.trim())
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
        const timer = setTimeout(() => {
          settle(id)?.reject(
            new GreengateError('SIGNER_FAILED', `The signing process did not answer within ${timeoutMs} ms.`),
          )
        }, timeoutMs)
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

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function confused(): GreengateError {
  return new GreengateError('SIGNER_FAILED', 'The signing process answered another question.')
}
