import { generateKeyPairSync } from 'node:crypto'
import type { AnyJudge, Digest, Evidence, Json, TrustRoot } from '@greengate/contracts'
import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { type Bundle, BUNDLE_FILE, envelopePath, KEYS, LEDGER_CHECKPOINT, LEDGER_ENTRIES } from './bundle.ts'
import { canonicalize, digestOfBytes } from './canonical.ts'
import { type Envelope, encodeEnvelope } from './dsse.ts'
import { describePublicKey } from './keyid.ts'
import { type CheckpointSigner, rootOfEntries } from './ledger.ts'
import type { SigningKey } from './sign/keys.ts'
import { signNote, signStatement } from './sign/signing.ts'
import { evidenceStatement } from './statement.ts'
import { evenFinding } from './testing-finding.ts'

/** A key of a test's own, in memory. */
export function createTestKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: describePublicKey(publicKey) }
}

/** A signer in this process, for tests that are not about the signing process. */
export function testSigner(key: SigningKey): CheckpointSigner & { sign(evidence: Evidence): Envelope } {
  return {
    sign: (evidence) => signStatement(key, evidenceStatement(evidence) as unknown as Json),
    signCheckpoint: (checkpoint) => Promise.resolve(signNote(key, checkpoint)),
  }
}

/** A trust root that trusts these keys and names no environment. */
export function trustKeys(keys: readonly SigningKey[], trust: 'local' | 'runner' = 'local'): TrustRoot {
  return {
    schema: 'greengate/trust-root/v1',
    keys: keys.map(({ publicKey }) => ({ keyid: publicKey.keyid, publicKey: publicKey.pem, trust })),
    environments: {},
    ledgers: [],
  }
}

/** How a bundle in memory differs from a sound one. */
export interface TestBundleOptions {
  readonly origin?: string
  /** Entries that the ledger holds before this run's. */
  readonly before?: readonly Digest[]
  /** Changes the index before it is entered into the ledger. */
  readonly index?: (bundle: Bundle) => Bundle
}

/** A sound bundle in memory, as a store would have written it. */
export function buildBundle(
  key: SigningKey,
  evidence: readonly Evidence[],
  options: TestBundleOptions = {},
): Map<string, Uint8Array> {
  const origin = options.origin ?? 'greengate.example/billing'
  const before = options.before ?? []
  const files = new Map<string, Uint8Array>()
  const envelopes = evidence.map((one) => {
    const bytes = encodeEnvelope(testSigner(key).sign(one))
    const digest = digestOfBytes(bytes)
    files.set(envelopePath(digest), bytes)
    return digest
  })
  const subject = evidence[0]?.subject
  const plain: Bundle = {
    schema: 'greengate/bundle/v1',
    runId: evidence[0]?.runId ?? 'run-1',
    subject: { name: subject?.name ?? 'billing', digest: subject?.digest ?? `sha256:${'0'.repeat(64)}` },
    ledger: { origin, first: before.length },
    envelopes,
    blobs: [],
  }
  const index = Buffer.from(canonicalize(options.index?.(plain) ?? plain))
  const entries = [...before, ...envelopes, digestOfBytes(index)]
  files.set(BUNDLE_FILE, index)
  files.set(LEDGER_ENTRIES, Buffer.from(entries.map((entry) => `${entry}\n`).join('')))
  const note = signNote(key, { origin, size: entries.length, root: rootOfEntries(entries) })
  files.set(LEDGER_CHECKPOINT, Buffer.from(note))
  files.set(`${KEYS}/${key.publicKey.keyid}.pem`, Buffer.from(key.publicKey.pem))
  return files
}

const observationSchema = z.strictObject({ value: z.int() })

/** A judge that knows one thing: whether a number is odd. */
export const oddJudge = defineJudge<{ value: number }, Record<string, Json>, 'odd'>({
  version: 1,
  aspects: ['odd'],
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => z.record(z.string(), z.json()).parse(json),
  judge({ value }) {
    const verdicts = new Verdicts(['odd'] as const)
    if (value % 2 !== 0) return verdicts.pass('odd').done()
    const { aspect: _aspect, fingerprint: _fingerprint, ...rest } = evenFinding(value)
    return verdicts.fail('odd', rest).done()
  },
  refutations: [
    {
      id: 'make-even',
      breaks: 'odd',
      code: 'even',
      apply: ({ value }) => (value % 2 === 0 ? null : { value: value + 1 }),
    },
  ],
})

/** `oddJudge` for every control. */
export const oddJudges = (): AnyJudge => oddJudge as unknown as AnyJudge
