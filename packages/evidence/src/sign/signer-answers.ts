import { GreengateError } from '@greengate/contracts'
import { fromBase64 } from '../dsse.ts'
import { EvidenceError } from '../errors.ts'
import { createKeyFile, loadKeyFile, type SigningKey } from './keys.ts'
import type { SignerRequest, SignerResult } from './protocol.ts'
import { signNote, signStatement } from './signing.ts'

/** What the signer process holds. */
export interface SignerState {
  key: SigningKey | null
}

/** Answers one request. @throws GreengateError, EvidenceError */
export async function answerTo(state: SignerState, request: SignerRequest): Promise<SignerResult> {
  if (request.op === 'open') {
    if (state.key) throw new GreengateError('SIGNER_FAILED', 'The signer holds a key already.')
    const created = request.createIfMissing && (await createKeyFile(request.keyFile))
    state.key = await loadKeyFile(request.keyFile)
    const { keyid, pem } = state.key.publicKey
    return { op: 'open', key: { keyid, publicKeyPem: pem, created } }
  }
  if (!state.key) throw new GreengateError('SIGNER_FAILED', 'The signer has no key yet.')
  if (request.op === 'sign') return { op: 'sign', envelope: signStatement(state.key, request.statement) }
  const { origin, size, root } = request
  return { op: 'checkpoint', note: signNote(state.key, { origin, size, root: fromBase64(root) }) }
}

/** An error as it is told to the parent: never with a stack, never with anything of the key. */
export function describeError(error: unknown): { message: string; where: string; fix: string } {
  if (error instanceof GreengateError) return { message: error.message, where: error.where, fix: error.fix }
  if (error instanceof EvidenceError) {
    return { message: error.message, where: error.where, fix: 'Send a statement of a kind that the signer signs.' }
  }
  return { message: 'The request is not understood.', where: '', fix: 'Send one JSON request per line.' }
}
