import { type AnyJudge, type Evidence, type Json, type TrustRoot, type VerifiedEvidence } from '@greengate/contracts'
import { z } from 'zod'
import {
  BLOBS,
  type Bundle,
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  blobPath,
  bundleSchema,
  ENVELOPES,
  envelopePath,
  hexOf,
  KEYS,
} from '../bundle.ts'
import { digestOf, digestOfBytes, strictParse } from '../canonical.ts'
import { openEnvelope, verifyEnvelope } from '../dsse.ts'
import { at, EvidenceError } from '../errors.ts'
import { readPublicKey } from '../keyid.ts'
import { parseEvidence } from '../statement.ts'
import { checkHonesty } from './honesty.ts'
import { type CheckedLedger, checkIndex, checkLedger } from './ledger-check.ts'
import { type BundleFiles, readBundle } from './read-bundle.ts'
import { type JudgeLookup, rejudge } from './rejudge.ts'
import { type TrustedKey, trustedKeys } from './trust.ts'

export interface VerifyOptions {
  /** Folder of the bundle, or its files. */
  readonly bundle: string | BundleFiles
  /** Whose signatures count; comes from the verifier, never from the bundle. */
  readonly trustRoot: Pick<TrustRoot, 'keys'> & Partial<Pick<TrustRoot, 'ledgers'>>
  readonly judges: JudgeLookup
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number
  /** The subject that the evidence must be about; without it, the bundle's own. */
  readonly subject?: { readonly name?: string; readonly digest?: string }
  /** Signed checkpoints that are kept where the ledger's owner can't change them. */
  readonly anchors?: readonly string[]
}

export interface EnvelopeStatus {
  readonly digest: string
  readonly control: string
  readonly target: string
  readonly outcome: string
  /** `unjudged`: authentic, and there is no judge of its control and version here; it counts for nothing. */
  readonly status: 'verified' | 'unjudged' | 'rejected'
  /** Why it is not verified; null if it is. */
  readonly problem: EvidenceError | null
}

export interface BundleVerification {
  /** Whether nothing at all is wrong. Envelopes that could not be judged do not make it false; they don't count. */
  readonly ok: boolean
  readonly problems: readonly EvidenceError[]
  readonly envelopes: readonly EnvelopeStatus[]
  /** What a decision may rest on. Empty if anything is wrong: who takes one envelope out could take a failure out. */
  readonly verified: readonly VerifiedEvidence[]
  readonly bundle: Bundle | null
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly keyid: string } | null
}

/**
 * Verifies a bundle without its signer, without network and without running any check: signatures, ledger, order and
 * completeness, and that its judges reach the same outcomes from the stored observations.
 *
 * @throws GreengateError TRUST_ROOT_INVALID, EVIDENCE_STORE if the folder can't be read. What is wrong with the evidence is
 * in the result.
 */
export async function verifyBundle(options: VerifyOptions): Promise<BundleVerification> {
  const keys = trustedKeys(options.trustRoot.keys)
  try {
    const files = typeof options.bundle === 'string' ? await readBundle(options.bundle) : options.bundle
    return await verifyFiles(files, keys, options)
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return { ok: false, problems: [error], envelopes: [], verified: [], bundle: null, checkpoint: null }
  }
}

async function verifyFiles(
  files: BundleFiles,
  keys: ReadonlyMap<string, TrustedKey>,
  options: VerifyOptions,
): Promise<BundleVerification> {
  const problems: EvidenceError[] = []
  const indexBytes = files.get(BUNDLE_FILE)
  if (!indexBytes) throw new EvidenceError('BUNDLE_TRUNCATED', 'There is no index.', { where: BUNDLE_FILE })
  const bundle = parseIndex(indexBytes)
  let ledger: CheckedLedger | null = null
  collect(problems, () => {
    ledger = checkLedger(files, { keys, origins: options.trustRoot.ledgers ?? [], anchors: options.anchors ?? [] })
    checkIndex(bundle, indexBytes, ledger)
  })
  collect(problems, () => checkSubject(bundle, options))
  checkFiles(bundle, files, problems)

  const anchoredSize = (ledger as CheckedLedger | null)?.anchoredSize ?? 0
  const envelopes: EnvelopeStatus[] = []
  const verified: VerifiedEvidence[] = []
  const judges = new Map<string, AnyJudge | null>()
  for (const [index, digest] of bundle.envelopes.entries()) {
    const result = await verifyOne(files.get(envelopePath(digest)), digest, bundle, keys, judges, options)
    envelopes.push(result.status)
    if (result.status.status === 'rejected' && result.status.problem) problems.push(result.status.problem)
    if (result.verified) verified.push({ ...result.verified, anchored: bundle.ledger.first + index < anchoredSize })
  }
  const checkpoint = (ledger as CheckedLedger | null)?.checkpoint
  const ok = problems.length === 0
  return {
    ok,
    problems,
    envelopes,
    verified: ok ? verified : [],
    bundle,
    checkpoint: checkpoint ? { origin: checkpoint.origin, size: checkpoint.size, keyid: checkpoint.keyid } : null,
  }
}

function collect(problems: EvidenceError[], work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    problems.push(error)
  }
}

function parseIndex(bytes: Uint8Array): Bundle {
  return at(BUNDLE_FILE, () => {
    if (bytes.length > BUNDLE_BYTES_MAX)
      throw new EvidenceError('TOO_LARGE', `The index has more than ${BUNDLE_BYTES_MAX} bytes.`)
    const parsed = bundleSchema.safeParse(strictParse(bytes))
    if (!parsed.success)
      throw new EvidenceError('BUNDLE_MALFORMED', `It is not the index of a bundle: ${z.prettifyError(parsed.error)}`)
    return parsed.data
  })
}

function checkSubject(bundle: Bundle, options: VerifyOptions): void {
  const { name, digest } = options.subject ?? {}
  if (
    (name !== undefined && name !== bundle.subject.name) ||
    (digest !== undefined && digest !== bundle.subject.digest)
  ) {
    const asked = [name, digest].filter((part) => part !== undefined).join(' ')
    throw new EvidenceError(
      'SUBJECT_FOREIGN',
      `The evidence is about ${bundle.subject.name} ${bundle.subject.digest}, not about ${asked}.`,
      { where: BUNDLE_FILE },
    )
  }
}

/** Every file must be listed, every listed envelope there, and every key its own. */
function checkFiles(bundle: Bundle, files: BundleFiles, problems: EvidenceError[]): void {
  const listed = new Set([...bundle.envelopes.map(envelopePath), ...bundle.blobs.map(blobPath)])
  if (listed.size !== bundle.envelopes.length + bundle.blobs.length) {
    problems.push(new EvidenceError('BUNDLE_FOREIGN', 'It lists something twice.', { where: BUNDLE_FILE }))
  }
  for (const [path, bytes] of files) {
    const [folder, name] = path.split('/')
    if ((folder === ENVELOPES || folder === BLOBS) && !listed.has(path)) {
      problems.push(new EvidenceError('BUNDLE_FOREIGN', 'The index does not list it.', { where: path }))
    } else if (folder === BLOBS && hexOf(digestOfBytes(bytes)) !== name) {
      problems.push(
        new EvidenceError('DIGEST_MISMATCH', 'It does not have the digest that its name says.', { where: path }),
      )
    } else if (folder === KEYS) {
      collect(problems, () => at(path, () => checkKey(name, bytes)))
    }
  }
}

function checkKey(name: string | undefined, bytes: Uint8Array): void {
  const pem = Buffer.from(bytes).toString('latin1')
  const key = readPublicKey(pem)
  if (key.pem !== pem || `${key.keyid}.pem` !== name) {
    throw new EvidenceError('KEY_MALFORMED', 'It is not the key that its name says, in its one encoding.')
  }
}

interface OneResult {
  readonly status: EnvelopeStatus
  readonly verified: Omit<VerifiedEvidence, 'anchored'> | null
}

async function verifyOne(
  bytes: Uint8Array | undefined,
  digest: string,
  bundle: Bundle,
  keys: ReadonlyMap<string, TrustedKey>,
  judges: Map<string, AnyJudge | null>,
  options: VerifyOptions,
): Promise<OneResult> {
  const where = envelopePath(digest)
  let evidence: Evidence | null = null
  const status = (state: EnvelopeStatus['status'], problem: EvidenceError | null): EnvelopeStatus => ({
    digest,
    control: evidence?.control ?? '',
    target: evidence?.target ?? '',
    outcome: evidence?.outcome ?? '',
    status: state,
    problem,
  })
  try {
    const { statement, key } = at(where, () => authenticate(bytes, digest, keys))
    evidence = at(where, () => parseEvidence(statement))
    const found = evidence
    at(where, () => checkBelongs(found, bundle, options.nowMs))
    if (found.observation !== null) {
      const judge = await judgeOf(found.control, judges, options.judges)
      at(where, () => rejudge(found, judge))
    }
    const trust = key.trust === 'runner' && found.trust === 'runner' ? 'runner' : 'local'
    const paramsDigest = digestOf(found.params as Json)
    return {
      status: status('verified', null),
      verified: { evidence: found, digest, keyid: key.keyid, trust, paramsDigest, toMs: Date.parse(found.to) },
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return { status: status(error.code === 'JUDGE_UNKNOWN' ? 'unjudged' : 'rejected', error), verified: null }
  }
}

function authenticate(
  bytes: Uint8Array | undefined,
  digest: string,
  keys: ReadonlyMap<string, TrustedKey>,
): { statement: Json; key: TrustedKey } {
  if (!bytes) throw new EvidenceError('BUNDLE_TRUNCATED', 'The index lists this envelope, and it is not there.')
  const opened = openEnvelope(bytes)
  const statement = verifyEnvelope(opened, keys)
  if (digestOfBytes(bytes) !== digest)
    throw new EvidenceError('DIGEST_MISMATCH', 'It is another envelope than its name says.')
  return { statement, key: keys.get(opened.keyid) as TrustedKey }
}

function checkBelongs(evidence: Evidence, bundle: Bundle, nowMs: number): void {
  if (evidence.subject.digest !== bundle.subject.digest || evidence.subject.name !== bundle.subject.name) {
    throw new EvidenceError('SUBJECT_FOREIGN', `It is about ${evidence.subject.name} ${evidence.subject.digest}.`)
  }
  checkHonesty(evidence, nowMs)
}

async function judgeOf(
  control: string,
  known: Map<string, AnyJudge | null>,
  judges: JudgeLookup,
): Promise<AnyJudge | null> {
  const judge = known.get(control)
  if (judge !== undefined) return judge
  const found = await judges(control)
  known.set(control, found)
  return found
}
