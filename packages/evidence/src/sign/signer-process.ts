import { GreengateError } from '@greengate/contracts'
import { describeError, type SignerState, answerTo } from './signer-answers.ts'
import { lineReader, requestSchema, type SignerAnswer } from './protocol.ts'

/**
 * The process that holds the key. It is started by signer-client.ts, reads requests from stdin, answers on stdout, and ends
 * with its parent: stdin ends however the parent dies. Nothing that is judged ever runs in it.
 */

const state: SignerState = { key: null }
let last: Promise<void> = Promise.resolve()

function say(answer: SignerAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function handle(line: string): Promise<void> {
  let id = -1
  try {
    const json: unknown = JSON.parse(line)
    if (typeof json === 'object' && json !== null && 'id' in json && Number.isInteger(json.id)) id = Number(json.id)
    const request = requestSchema.safeParse(json)
    if (!request.success) throw new GreengateError('SIGNER_FAILED', 'The signer does not know this request.')
    say({ id, result: await answerTo(state, request.data) })
  } catch (error) {
    say({ id, error: describeError(error) })
  }
}

const read = lineReader((line) => {
  last = last.then(() => handle(line))
})

// The terminal sends Ctrl-C to the whole group; the parent still needs signatures to end in an orderly way.
process.on('SIGINT', () => undefined)
process.stdin.on('data', (chunk: Buffer) => {
  if (!read(chunk)) process.exit(1)
})
process.stdin.on('end', () => void last.finally(() => process.exit(0)))
process.stdin.on('error', () => process.exit(1))
process.stdout.on('error', () => process.exit(1))
