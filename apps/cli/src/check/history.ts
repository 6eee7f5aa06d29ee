import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AnyCheck,
  type AnyJudge,
  GreengateError,
  type Json,
  type Subject,
  type VerifiedEvidence,
} from '@greengate/contracts'
import { digestOf, type Envelope, envelopeSchema, openFolderStore, strictParse } from '@greengate/evidence'
import { verifyBundle } from '@greengate/evidence/verify'
import { unsettledEvidence } from '@greengate/gate'
import { JUDGES } from '@greengate/controls/judges'
import { type CheckResult, judgeObservation, type PlanItem } from '@greengate/runner'
import { z } from 'zod'

/** Runs whose evidence is kept in the project; the ledger keeps the digests of all. */
const RUNS_KEPT = 40
/** Runs of the same subject that a decision looks back on: enough to see three passes after a failure. */
const RUNS_READ = 8

export interface TrustedKey {
  readonly keyid: string
  readonly pem: string
}

/** Evidence of an earlier run, and the folder of that run. */
export interface PastEvidence extends VerifiedEvidence {
  readonly bundle: string
}

/** The evidence of one bundle, verified as a stranger would. @throws GreengateError EVIDENCE_INVALID */
export async function readEvidence(
  dir: string,
  keys: readonly TrustedKey[],
  nowMs: number,
): Promise<readonly VerifiedEvidence[]> {
  const result = await verifyBundle({
    bundle: dir,
    trustRoot: { keys: keys.map((key) => ({ keyid: key.keyid, publicKey: key.pem, trust: 'local' })) },
    judges: lookUpJudge,
    nowMs,
  })
  const first = result.problems[0]
  if (first)
    throw new GreengateError('EVIDENCE_INVALID', `The evidence does not verify: ${first.message}`, {
      where: first.where || dir,
      cause: first,
    })
  return result.verified
}

/** The judge of a control, as the verifier asks for it. */
export async function lookUpJudge(control: string): Promise<AnyJudge | null> {
  return Object.hasOwn(JUDGES, control) ? ((await JUDGES[control as keyof typeof JUDGES]?.()) ?? null) : null
}

const indexSchema = z.object({ subject: z.object({ digest: z.string() }) })

/**
 * Evidence of earlier runs on the same subject, newest run first; what doesn't verify any more is left out, as if it had
 * never been. Drops the oldest runs beyond what is kept.
 */
export async function readHistory(
  stateDir: string,
  subjectDigest: string,
  keys: readonly TrustedKey[],
  nowMs: number,
): Promise<readonly PastEvidence[]> {
  const folder = join(stateDir, 'runs')
  const names = (await readdir(folder).catch((): string[] => [])).sort().reverse()
  await Promise.all(names.slice(RUNS_KEPT).map((name) => rm(join(folder, name), { recursive: true, force: true })))
  const found: PastEvidence[] = []
  let read = 0
  for (const name of names.slice(0, RUNS_KEPT)) {
    if (read === RUNS_READ) break
    const index = await readFile(join(folder, name, 'bundle.json'), 'utf8').catch(() => '')
    const parsed = indexSchema.safeParse(parseOrNull(index))
    if (!parsed.success || parsed.data.subject.digest !== subjectDigest) continue
    read += 1
    const bundle = join(folder, name)
    const evidence = await readEvidence(bundle, keys, nowMs).catch(() => [])
    found.push(...evidence.map((one) => ({ ...one, bundle })))
  }
  return found
}

/**
 * What was seen to fail and is not settled, as it was signed: it goes into the evidence of the next run, whatever that looks at,
 * so that whoever has this evidence alone decides alike.
 */
export async function unsettledEnvelopes(history: readonly PastEvidence[]): Promise<Envelope[]> {
  const bundles = new Map(history.map((one) => [one.digest, one.bundle]))
  const envelopes: Envelope[] = []
  for (const { digest } of unsettledEvidence(history)) {
    const bytes = await openFolderStore(bundles.get(digest) ?? '').get(digest)
    if (!bytes)
      throw new GreengateError('EVIDENCE_INVALID', `The evidence ${digest} is gone.`, {
        where: bundles.get(digest) ?? '',
      })
    envelopes.push(envelopeSchema.parse(strictParse(bytes)))
  }
  return envelopes
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * The observation of an earlier run on identical inputs, judged again now: for checks that read the tree alone. What was
 * not decided then is observed again.
 */
export async function recallFrom(
  history: readonly VerifiedEvidence[],
  item: PlanItem,
  check: AnyCheck,
  subject: Subject,
  checkDigest: string,
): Promise<CheckResult | null> {
  if (!check.needs.capabilities.includes('tree') || check.needs.capabilities.includes('boot')) return null
  const paramsDigest = digestOf(item.params as Json)
  const same = history.filter(
    ({ evidence, ...verified }) =>
      evidence.control === item.control &&
      evidence.target === item.target &&
      evidence.check.digest === checkDigest &&
      verified.paramsDigest === paramsDigest &&
      (evidence.outcome === 'pass' || evidence.outcome === 'fail') &&
      (['tree', 'config', 'environment'] as const).every(
        (bind) => evidence.subject.binds[bind] === subject.binds[bind],
      ),
  )
  // Passes that settle a failure are observed, each for itself.
  if (unsettledEvidence(same).length > 0) return null
  const newest = same.reduce<VerifiedEvidence | null>(
    (best, one) => (best === null || one.evidence.to > best.evidence.to ? one : best),
    null,
  )
  if (newest === null) return null
  const { evidence } = newest
  const observation = evidence.observation as Json
  const judged = judgeObservation(
    check,
    check.judge.parse(observation),
    check.judge.parseParams(item.params as Json),
    evidence.exercised,
  )
  return { ...judged, observation, fromMs: Date.parse(evidence.from), toMs: Date.parse(evidence.to) }
}
