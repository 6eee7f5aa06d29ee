/** How one attempt ended. `refused` was never sent: no budget of time, no place, or an open breaker. */
export type CallOutcome = 'ok' | 'error' | 'timeout' | 'cancelled' | 'refused'

/** One attempt to call a dependency, for metrics. The object is only valid during the call of the hook. */
export interface CallRecord {
  readonly dependency: string
  readonly outcome: CallOutcome
  /** From the begin of the attempt to its end, the wait for a place included; milliseconds. */
  readonly durationMs: number
  /** From 1. */
  readonly attempt: number
}

/** Told once per attempt; must not throw and must be quick. */
export type CallHook = (record: CallRecord) => void

/** A span under way. */
export interface CallSpan {
  /** Fields that carry this span to the callee: `traceparent`, `tracestate`. */
  headers(): Readonly<Record<string, string>>
  /** Ends it, once; with an error when the call failed. */
  end(error?: unknown): void
}

/** What makes spans, telemetry for instance. Null for a call that is not traced. Must not throw. */
export interface TracePort {
  startSpan(
    name: string,
    kind: 'client' | 'internal',
    attributes: Readonly<Record<string, string | number | boolean>>,
  ): CallSpan | null
}
