import type { Policy } from '@greengate/contracts'

/** A policy and who signed it; signatures were verified by the caller against the public keys named by these ids. */
export interface SignedPolicy {
  readonly policy: Policy
  readonly digest: string
  /** Key ids whose signature over this very policy verified. */
  readonly signedBy: readonly string[]
}

export type PolicyChainProblem =
  | { readonly code: 'empty-chain'; readonly message: string }
  | {
      readonly code:
        | 'wrong-root'
        | 'id-changed'
        | 'version-gap'
        | 'prev-mismatch'
        | 'too-few-signatures'
        | 'threshold-too-low'
        | 'expired'
      readonly version: number
      readonly message: string
    }

/** Two distinct people, always: a policy that asks for fewer is refused (after TUF's root rotation, spec 5.3). */
const PEOPLE_MIN = 2

/**
 * Checks that a policy grew from the pinned first version step by step: version n+1 names the digest of n and carries
 * the signatures of enough distinct approvers **of n** and of n+1, as TUF demands of roots. Returns every problem; an
 * empty list means that the last policy may be used.
 *
 * @param chain From the first version to the current one.
 * @param rootDigest Digest of the first version, pinned in the trust root.
 */
export function checkPolicyChain(
  chain: readonly SignedPolicy[],
  rootDigest: string,
  nowMs: number,
): readonly PolicyChainProblem[] {
  const first = chain[0]
  const last = chain.at(-1)
  if (first === undefined || last === undefined)
    return [{ code: 'empty-chain', message: 'There is no policy in the chain.' }]
  const problems: PolicyChainProblem[] = []
  const report = (code: Exclude<PolicyChainProblem['code'], 'empty-chain'>, version: number, message: string): void => {
    problems.push({ code, version, message })
  }
  if (first.digest !== rootDigest || first.policy.prev !== '' || first.policy.version !== 1) {
    report(
      'wrong-root',
      first.policy.version,
      `The chain must start with version 1 and the pinned digest ${rootDigest}.`,
    )
  }
  for (const [index, current] of chain.entries()) {
    const { policy } = current
    if (policy.threshold < PEOPLE_MIN)
      report(
        'threshold-too-low',
        policy.version,
        `The threshold is ${policy.threshold}; it must be at least ${PEOPLE_MIN}.`,
      )
    requireSignatures(current, policy, report)
    const before = chain[index - 1]
    if (before === undefined) continue
    if (policy.id !== before.policy.id)
      report('id-changed', policy.version, `The id changed from ${before.policy.id} to ${policy.id}.`)
    if (policy.version !== before.policy.version + 1)
      report('version-gap', policy.version, `Version ${before.policy.version + 1} is missing.`)
    if (policy.prev !== before.digest)
      report(
        'prev-mismatch',
        policy.version,
        `It names ${policy.prev || 'nothing'} as its predecessor, which is ${before.digest}.`,
      )
    requireSignatures(current, before.policy, report)
  }
  if (!(nowMs < Date.parse(last.policy.expires)))
    report('expired', last.policy.version, `It expired on ${last.policy.expires}.`)
  return problems
}

function requireSignatures(
  signed: SignedPolicy,
  approvedBy: Policy,
  report: (code: 'too-few-signatures', version: number, message: string) => void,
): void {
  const allowed = new Set(approvedBy.approvers)
  const distinct = new Set(signed.signedBy.filter((keyid) => allowed.has(keyid)))
  const needed = Math.max(approvedBy.threshold, PEOPLE_MIN)
  if (distinct.size < needed) {
    report(
      'too-few-signatures',
      signed.policy.version,
      `It carries ${distinct.size} signatures of approvers of version ${approvedBy.version}; ${needed} are needed.`,
    )
  }
}
