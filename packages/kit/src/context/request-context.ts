import { AsyncLocalStorage } from 'node:async_hooks'

/** How long the work for a request may still take. */
export interface RequestDeadline {
  /** Milliseconds left; zero or less when it is over. */
  remainingMs(): number
  /** Aborts when the time is over or the caller went away; made when first asked for. */
  readonly signal: AbortSignal
}

/** The place of a request in a trace, as W3C Trace Context carries it. */
export interface RequestTrace {
  /** Value of `traceparent` for a call that this request causes. */
  readonly traceparent: string
  /** Value of `tracestate` for it; empty for none. */
  readonly tracestate: string
  /** Whether spans of it are recorded. */
  readonly sampled: boolean
}

/** What belongs to the request that is under way and has to follow it through every asynchronous call. */
export interface RequestContext {
  readonly correlationId: string
  readonly deadline: RequestDeadline | null
  readonly trace: RequestTrace | null
}

const storage = new AsyncLocalStorage<RequestContext>()

/** The request that the calling code runs for, or undefined outside of one. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}

/** Runs `work`, and whatever it starts, for this request. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work)
}
