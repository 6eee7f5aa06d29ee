import type { Readable, Writable } from 'node:stream'
import { GreengateError } from '@greengate/contracts'
import { z } from 'zod'
import { lineReader, requestSchema, type SignerAnswer } from './protocol.ts'
import { answerTo, describeError, type SignerState } from './signer-answers.ts'

/** What the service needs of the process that it runs in. */
export interface SignerHost {
  readonly stdin: Readable
  readonly stdout: Writable
  on(event: 'SIGINT', listener: () => void): unknown
  exit(code: number): void
}

/** The id of an answer to something that has none. */
const NO_ID = -1
const numberedSchema = z.object({ id: z.int() })

/**
 * Holds one key: reads requests from stdin, answers them on stdout in their order, and ends with its parent, as stdin
 * ends however the parent dies.
 */
export function serveSigner(host: SignerHost): void {
  const state: SignerState = { key: null }
  let last: Promise<void> = Promise.resolve()
  const read = lineReader((line) => {
    last = last.then(async () => {
      host.stdout.write(`${JSON.stringify(await answerLine(state, line))}\n`)
    })
  })
  // The terminal sends Ctrl-C to the whole group; the parent still needs signatures to end in an orderly way.
  host.on('SIGINT', () => undefined)
  host.stdin.on('data', (chunk: Buffer) => {
    if (!read(chunk)) host.exit(1)
  })
  host.stdin.on('end', () => void last.then(() => host.exit(0)))
  host.stdin.on('error', () => host.exit(1))
  host.stdout.on('error', () => host.exit(1))
}

async function answerLine(state: SignerState, line: string): Promise<SignerAnswer> {
  let id = NO_ID
  try {
    const json: unknown = JSON.parse(line)
    id = numberedSchema.parse(json).id
    const request = requestSchema.safeParse(json)
    if (!request.success) throw new GreengateError('SIGNER_FAILED', 'The signer does not know this request.')
    return { id, result: await answerTo(state, request.data) }
  } catch (error) {
    return { id, error: describeError(error) }
  }
}
