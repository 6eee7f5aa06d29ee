export { BreakerRegistry, type BreakerRegistryOptions } from './breaker-registry.ts'
export { Bulkhead, type BulkheadOptions } from './bulkhead.ts'
export {
  BreakerOpenError,
  BulkheadFullError,
  CallCancelledError,
  type CallErrorAnswer,
  callErrorCode,
  CallTimeoutError,
  DeadlineExceededError,
} from './call-errors.ts'
export type { CallHook, CallOutcome, CallRecord, CallSpan, TracePort } from './call-observer.ts'
export { isInsideRetry } from './call.ts'
export { CallPolicy, callPolicy, type CallPolicyOptions, type PolicyCall, type RunOptions } from './call-policy.ts'
export {
  type BreakerState,
  type BreakerTransition,
  CircuitBreaker,
  type CircuitBreakerOptions,
} from './circuit-breaker.ts'
export { type Clock, type ClockTimer, systemClock } from './clock.ts'
export { Deadline, type DeadlineOptions, type DeadlineWatcher, remainingOf, withDeadline } from './deadline.ts'
export { HttpAnswer, HttpClient, type HttpMethod, type HttpRequest } from './http-client.ts'
export { UpstreamError, type UpstreamErrorCode } from './http-client-error.ts'
export type { HttpClientOptions } from './http-client-options.ts'
export { KnownGoodCache, type KnownGoodCacheOptions, NothingKnownError } from './known-good-cache.ts'
export { type KnownValue, LastKnownGood, type LastKnownGoodOptions } from './last-known-good.ts'
export { parseRetryAfter } from './retry-after.ts'
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts'
export { isDependencyFailure, isTransientError, type RetryOptions } from './retry-options.ts'
export { retry, type RetryCallOptions } from './retry.ts'
export { TIMEOUT_GRANULARITY_MS } from './timeout-queue.ts'
