import type { CheckContext, HttpAnswer, HttpRequest, Instance, Random, RequestSpec } from '@greengate/contracts'
import { z } from 'zod'
import { keptBody } from './kept-body.ts'

const HEADER_CHARS_MAX = 300

/** Headers that say something about errors, limits, correlation and security; none of them carries a credential. */
const KEPT_HEADERS = new Set([
  'content-type',
  'retry-after',
  'allow',
  'server',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-runtime',
  'via',
  'x-request-id',
  'x-correlation-id',
  'ratelimit',
  'ratelimit-policy',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
])

/** One request and its answer as an observation keeps it. `status` 0: no answer, see `error`. */
export const exchangeSchema = z.strictObject({
  /** What was provoked: `not-found`, `malformed`, ... */
  kind: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.int(),
  error: z.string(),
  headers: z.record(z.string(), z.string()),
  /** What `keptBody` keeps of it. */
  body: z.string(),
})
export type Exchange = z.infer<typeof exchangeSchema>

/** The first value of a header, or an empty string. */
export function headerOf(answer: HttpAnswer, name: string): string {
  return answer.headers[name]?.[0] ?? ''
}

/** What is kept of an exchange: allow-listed headers, and of the body what `keptBody` keeps. */
export function recordExchange(kind: string, request: HttpRequest, answer: HttpAnswer): Exchange {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(answer.headers)) {
    if (KEPT_HEADERS.has(name)) headers[name] = values.join(', ').slice(0, HEADER_CHARS_MAX)
  }
  const path = request.path.slice(0, HEADER_CHARS_MAX)
  return {
    kind,
    method: request.method ?? 'GET',
    path,
    status: answer.status,
    error: answer.error,
    headers,
    body: keptBody(answer.body, path),
  }
}

/** Where an exchange happened, for a finding. */
export function placeOf(exchange: Exchange): string {
  return `${exchange.method} ${exchange.path} (${exchange.kind})`
}

/**
 * Source addresses in 127/8, a new one each time: what is sent from them is not counted together by a rate limit per
 * address, so that a limit doesn't decide a check that is about something else.
 */
export class SourceAddresses {
  #next: number

  constructor(random: Random) {
    // Away from 127.0.0.x, where the load generator and single requests live.
    this.#next = 62_500 * (2 + Math.floor(random.next() * 120)) + Math.floor(random.next() * 30_000)
  }

  next(): string {
    const n = this.#next++
    // No .0 and no .255, and no address twice.
    return `127.${(Math.floor(n / 62_500) % 254) + 1}.${Math.floor(n / 250) % 250}.${(n % 250) + 1}`
  }
}

/** A request specification with the defaults of the configuration. */
export function requestSpec(partial: Partial<RequestSpec> & { path: string }): RequestSpec {
  return { method: 'GET', headers: {}, as: '', effect: 'read', touches: [], expect: 200, ...partial }
}

/** Paths that belong to operations and not to the API: they have formats and exemptions of their own. */
export function probePaths(context: CheckContext): ReadonlySet<string> {
  const { live, ready, metrics, openapi } = context.config.probes
  return new Set([live, ready, metrics, openapi].filter((path) => path !== undefined))
}

/** Polls until the predicate holds or the time is up; says whether it did. */
export async function waitUntil(
  context: CheckContext,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const until = context.clock.monotonicMs() + timeoutMs
  for (;;) {
    if (await holds()) return true
    if (context.clock.monotonicMs() >= until || context.signal.aborted) return false
    await context.clock.sleep(50, context.signal)
  }
}

/** Runs a function on an instance of its own that is stopped whatever happens. */
export async function withInstance<T>(instance: Instance, work: (instance: Instance) => Promise<T>): Promise<T> {
  try {
    return await work(instance)
  } finally {
    await instance.stop()
  }
}
