import type { CheckContext, HttpAnswer, HttpRequest, Instance } from '@greengate/contracts'

export interface FloodResult {
  readonly sent: number
  /** Number of answers by status; `error` counts requests without one. */
  readonly statuses: Readonly<Record<string, number>>
  /** Which request, counted from 1, was the first to be answered 429; 0: none was. */
  readonly firstLimited: number
  readonly limited: HttpAnswer | null
  /** The first answer that was not limited. */
  readonly first: HttpAnswer | null
  readonly durationMs: number
}

export interface FloodPlan {
  /** The request of a number, counted from 1; its source address is the caller's business. */
  readonly request: (n: number) => HttpRequest
  readonly requestsMax: number
  readonly timeLimitMs: number
  /** As long as fewer were sent it goes on for up to twice the time limit: slow answers are samples as well. Default 0. */
  readonly requestsMin?: number
  /** Requests under way at once. */
  readonly parallel: number
}

/** Sends until an answer is 429, all are sent, or the time is up. Speed is bounded by the answers themselves. */
export async function floodUntilLimited(
  context: CheckContext,
  instance: Instance,
  plan: FloodPlan,
): Promise<FloodResult> {
  const statuses: Record<string, number> = {}
  const start = context.clock.monotonicMs()
  let sent = 0
  let firstLimited = 0
  let limited: HttpAnswer | null = null
  let first: HttpAnswer | null = null
  const elapsed = (): number => context.clock.monotonicMs() - start
  const hasTime = (): boolean =>
    elapsed() < plan.timeLimitMs * (sent < (plan.requestsMin ?? 0) ? 2 : 1) && !context.signal.aborted
  while (sent < plan.requestsMax && !limited && hasTime()) {
    const size = Math.min(plan.parallel, plan.requestsMax - sent)
    const numbers = Array.from({ length: size }, (_, index) => sent + index + 1)
    const answers = await Promise.all(numbers.map((n) => instance.http(plan.request(n))))
    for (const [index, answer] of answers.entries()) {
      const key = answer.status === 0 ? 'error' : String(answer.status)
      statuses[key] = (statuses[key] ?? 0) + 1
      if (answer.status === 429 && !limited) {
        limited = answer
        firstLimited = sent + index + 1
      } else if (answer.status > 0 && answer.status !== 429) first ??= answer
    }
    sent += size
  }
  return { sent, statuses, firstLimited, limited, first, durationMs: Math.round(elapsed()) }
}

/** Headers of an answer that are about limits, one string each. */
export function limitHeaders(answer: HttpAnswer | null): Record<string, string> {
  if (!answer) return {}
  return Object.fromEntries(
    Object.entries(answer.headers)
      .filter(([name]) => name === 'retry-after' || /^(x-)?ratelimit/.test(name) || name.startsWith('x-rate-limit'))
      .map(([name, values]) => [name, values.join(', ').slice(0, 200)]),
  )
}
