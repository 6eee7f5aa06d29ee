/** The time limit of one attempt is over. The attempt's signal is aborted with this error. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError'
  readonly code = 'call_timeout'
  readonly dependency: string
  /** The limit that was reached; milliseconds. */
  readonly timeoutMs: number

  constructor(dependency: string, timeoutMs: number) {
    super(`${dependency} gave no answer within ${Math.round(timeoutMs)} ms`)
    this.dependency = dependency
    this.timeoutMs = timeoutMs
  }
}

/** The time for the request that this was done for is over. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError'
  readonly code = 'deadline_exceeded'

  constructor(what = 'the work') {
    super(`the time for ${what} is over`)
  }
}

/** Nobody waits for the answer any more; `cause` says why. */
export class CallCancelledError extends Error {
  override readonly name = 'CallCancelledError'
  readonly code = 'call_cancelled'

  constructor(cause?: unknown) {
    super('nobody waits for this call any more', cause === undefined ? undefined : { cause })
  }
}

/** The dependency is known to fail: it was not called. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError'
  readonly code = 'breaker_open'
  readonly dependency: string
  /** When a call may be let through again, at the earliest; milliseconds from now. */
  readonly retryAfterMs: number

  constructor(dependency: string, retryAfterMs: number) {
    super(`${dependency} is not called: its breaker refuses for ${Math.ceil(retryAfterMs)} ms`)
    this.dependency = dependency
    this.retryAfterMs = retryAfterMs
  }
}

/** The bulkhead is full, and so is its queue, or the wait in it was too long: the caller should come back later. */
export class BulkheadFullError extends Error {
  override readonly name = 'BulkheadFullError'
  readonly code = 'bulkhead_full'
  readonly reason: 'queue_full' | 'waited'

  constructor(message: string, reason: 'queue_full' | 'waited' = 'queue_full') {
    super(message)
    this.reason = reason
  }
}

/** What an answer should say about an error of this room that nobody translated. */
export type CallErrorAnswer = 'upstream_unavailable' | 'upstream_timeout' | 'deadline_exceeded' | 'overloaded'

/** The code to answer with for an error of this room, or null for any other. */
export function callErrorCode(error: unknown): CallErrorAnswer | null {
  if (error instanceof CallTimeoutError) return 'upstream_timeout'
  if (error instanceof DeadlineExceededError || error instanceof CallCancelledError) return 'deadline_exceeded'
  if (error instanceof BreakerOpenError) return 'upstream_unavailable'
  return error instanceof BulkheadFullError ? 'overloaded' : null
}
