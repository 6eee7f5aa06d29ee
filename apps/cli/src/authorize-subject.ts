import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CONTROLS } from '@greengate/controls/catalogue'
import { POLICIES, policyByName } from '@greengate/controls/standards'
import {
  type Action,
  GreengateError,
  type Json,
  type Policy,
  type Subject,
  type TrustRoot,
  type VerifiedEvidence,
} from '@greengate/contracts'
import { deploymentStatementSchema, digestOf, openEnvelope, verifyEnvelope } from '@greengate/evidence'
import { trustedKeys, verifyBundle } from '@greengate/evidence/verify'
import { authorize, type Authorization, compilePolicy } from '@greengate/gate'
import { lookUpJudge } from './check/history.ts'
import { readPolicy } from './check/select.ts'
import { inventoryOf } from './inventory.ts'
import { bundlesAfter } from './latest-bundle.ts'

/** Later runs that are looked at; each hands on what was not settled before it. */
const LATER_RUNS_MAX = 8

export interface AuthorizeSubjectOptions {
  readonly trustRoot: TrustRoot
  readonly environment: string
  readonly action: Action
  /** What is to be deployed; null: what the bundle is about, for going back to an older release. */
  readonly subject: Subject | null
  readonly subjectDigest: string
  readonly bundleDir: string
  /** File of the policy that the caller holds; empty: a built-in one, or the one beside the evidence. */
  readonly policyFile: string
  /** Folder of the project, where later runs may be. */
  readonly projectDir: string
  /** Folder with the signed records of earlier deployments. */
  readonly deploymentsDir: string
  readonly nowMs: number
}

/** The decision, and the subject it is about. */
export interface AuthorizedSubject {
  readonly authorization: Authorization
  readonly subject: Subject
  readonly policyDigest: string
  readonly evidence: readonly string[]
}

/**
 * Verifies the evidence and decides under the policy that the trust root names. Everything that can't be verified is a
 * refusal with its reason.
 *
 * @throws GreengateError TRUST_ROOT_INVALID, POLICY_INVALID, EVIDENCE_INVALID where there is nothing to decide on
 */
export async function authorizeSubject(options: AuthorizeSubjectOptions): Promise<AuthorizedSubject> {
  const policy = await namedPolicy(options)
  const compiled = compilePolicy(policy, (control) => CONTROLS.get(control)?.params, digestOf)
  const there = await stat(options.bundleDir).catch(() => null)
  if (!there?.isDirectory()) {
    throw new GreengateError('EVIDENCE_INVALID', 'There is no evidence here: nothing was proved.', {
      where: options.bundleDir,
    })
  }
  const verification = await verifyBundle({
    bundle: options.bundleDir,
    trustRoot: options.trustRoot,
    judges: lookUpJudge,
    nowMs: options.nowMs,
    ...(options.subject ? {} : { subject: { digest: options.subjectDigest } }),
  })
  const first = verification.problems[0]
  if (first)
    throw new GreengateError('EVIDENCE_INVALID', `The evidence does not verify: ${first.message}`, {
      where: first.where || options.bundleDir,
      cause: first,
    })
  const subject = options.subject ?? subjectOfEvidence(verification.verified, options.subjectDigest, options.bundleDir)
  const authorization = authorize({
    trustRoot: options.trustRoot,
    environment: options.environment,
    action: options.action,
    policy: compiled,
    subject,
    evidence: [...verification.verified, ...(await laterEvidence(options, verification.bundle?.runId ?? '', subject))],
    inventory: inventoryOf(subject, options.environment, await servedDigests(options)),
    nowMs: options.nowMs,
  })
  return {
    authorization,
    subject,
    policyDigest: compiled.digest,
    evidence: verification.verified.map((one) => one.digest),
  }
}

/**
 * What later runs here saw of the same subject: an older bundle that was green opens nothing that has failed since. Of another
 * subject, or signed by nobody who is trusted, is nothing.
 */
async function laterEvidence(
  options: AuthorizeSubjectOptions,
  runId: string,
  subject: Subject,
): Promise<readonly VerifiedEvidence[]> {
  // Going back asks how the release was when it served.
  if (options.action === 'rollback') return []
  const later: VerifiedEvidence[] = []
  for (const bundle of (await bundlesAfter(options.projectDir, runId)).slice(0, LATER_RUNS_MAX)) {
    const { verified } = await verifyBundle({
      bundle,
      trustRoot: options.trustRoot,
      judges: lookUpJudge,
      nowMs: options.nowMs,
      subject: { digest: subject.digest },
    })
    later.push(...verified)
  }
  return later
}

/** The policy that the trust root names, from wherever it can be had: its digest decides, not where it was found. */
async function namedPolicy(options: AuthorizeSubjectOptions): Promise<Policy> {
  if (options.policyFile !== '') return readPolicy(options.policyFile)
  const environments = options.trustRoot.environments
  const wanted = Object.hasOwn(environments, options.environment)
    ? environments[options.environment]?.[options.action]
    : undefined
  for (const name of POLICIES) {
    const policy = policyByName(name)
    if (digestOf(policy as unknown as Json) === wanted) return policy
  }
  throw new GreengateError(
    'POLICY_INVALID',
    `The policy that the trust root names for ${options.action} to ${options.environment} is not at hand: ${wanted ?? 'it names none'}.`,
    {
      where: options.environment,
      fix: 'Hand it over with --policy; its digest is compared with the trust root.',
    },
  )
}

function subjectOfEvidence(evidence: readonly VerifiedEvidence[], digest: string, where: string): Subject {
  const found = evidence.find((one) => one.evidence.subject.digest === digest)
  if (!found) throw new GreengateError('EVIDENCE_INVALID', `There is no evidence about ${digest} here.`, { where })
  return found.evidence.subject
}

/** Digests whose deployment to this environment was signed by a trusted key. An unreadable record counts for nothing. */
async function servedDigests(options: AuthorizeSubjectOptions): Promise<ReadonlySet<string>> {
  const keys = trustedKeys(options.trustRoot.keys)
  const served = new Set<string>()
  for (const name of await readdir(options.deploymentsDir).catch(() => [])) {
    try {
      const statement = verifyEnvelope(openEnvelope(await readFile(join(options.deploymentsDir, name))), keys)
      const { predicate } = deploymentStatementSchema.parse(statement)
      if (predicate.environment === options.environment && predicate.result === 'deployed')
        served.add(predicate.subject.digest)
    } catch {
      // Not signed by anybody who is trusted: it did not happen.
    }
  }
  return served
}
