import { CallPolicy, type PolicyCall, type RunOptions } from './call-policy.ts'
import type { CallPolicyOptions } from './call-policy.ts'
import type { RetryOptions } from './retry-options.ts'

export interface RetryCallOptions
  extends RetryOptions, Pick<CallPolicyOptions, 'budget' | 'timeoutMs' | 'clock' | 'random' | 'onCall'>, RunOptions {
  /** As in `callPolicy`. Default `retry`. */
  readonly name?: string
}

/**
 * Calls `work` until it succeeds: at most 3 attempts in all, with exponential full jitter between, `Retry-After` respected, never
 * beyond the deadline, never inside of another retry (there it runs once, the outer one repeats the whole).
 * Give the `budget` of the dependency: one that is made here is as good as none.
 * @param work must be idempotent: it may have succeeded although its answer was lost
 * @throws RangeError for an option outside of its bounds; else as `CallPolicy.run`
 */
export function retry<T>(work: (call: PolicyCall) => Promise<T>, options: RetryCallOptions = {}): Promise<T> {
  const { name = 'retry', budget, timeoutMs, clock, random, onCall, deadline, idempotent, signal, ...rule } = options
  const policy = new CallPolicy({
    name,
    breaker: null,
    retry: rule,
    ...(budget && { budget }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(clock && { clock }),
    ...(random && { random }),
    ...(onCall && { onCall }),
  })
  return policy.run(work, {
    ...(deadline !== undefined && { deadline }),
    ...(idempotent !== undefined && { idempotent }),
    ...(signal && { signal }),
  })
}
