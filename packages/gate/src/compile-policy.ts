import type { Json, Policy, Requirement } from '@greengate/contracts'

/** A requirement with everything that is the same for every service worked out once. */
export interface CompiledRequirement {
  readonly requirement: Requirement
  /** Digest that evidence's parameters must have: the control's defaults overlaid with the policy's. */
  readonly paramsDigest: string
}

/** A policy made ready for deciding many services. */
export interface CompiledPolicy {
  readonly policy: Policy
  readonly digest: string
  readonly expiresMs: number
  readonly requirements: readonly CompiledRequirement[]
}

/**
 * Works out what a decision needs of a policy.
 *
 * @param defaults Default parameters of a control, by id; undefined for one that the catalogue doesn't know.
 * @param digestOf Digest of canonical JSON.
 */
export function compilePolicy(
  policy: Policy,
  defaults: (control: string) => { readonly [key: string]: Json } | undefined,
  digestOf: (value: Json) => string,
): CompiledPolicy {
  return {
    policy,
    digest: digestOf(policy as unknown as Json),
    expiresMs: Date.parse(policy.expires),
    requirements: policy.require.map((requirement) => ({
      requirement,
      paramsDigest: digestOf({ ...defaults(requirement.control), ...requirement.params }),
    })),
  }
}
