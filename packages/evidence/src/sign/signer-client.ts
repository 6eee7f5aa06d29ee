import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GreengateError } from '@greengate/contracts'
import type { Envelope } from '../dsse.ts'
import type { CheckpointSigner } from '../ledger.ts'
import type { Statement } from '../statement.ts'
import { connectSigner, type SignerChild } from './signer-wire.ts'

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
  /** Longest wait for one answer; milliseconds. A signer that took longer is not asked again. Default 20,000. */
  readonly timeoutMs?: number
  /** The signer's program, where it does not stand beside this module. */
  readonly program?: string
}

/** Starts a program with these arguments; a port, so that tests can speak for the signer. */
export type StartProgram = (
  command: string,
  args: readonly string[],
  options: { env: Record<string, never>; cwd: string; stdio: ['pipe', 'pipe', 'pipe'] },
) => SignerChild

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
export async function startSigner(options: SignerOptions, start: StartProgram = spawn): Promise<Signer> {
  const child = start(process.execPath, [options.program ?? defaultProgram()], {
    env: {},
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const wire = connectSigner(child, options.timeoutMs ?? 20_000)
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

function confused(): GreengateError {
  return new GreengateError('SIGNER_FAILED', 'The signing process answered another question.')
}
