import type { FastifyRequest } from 'fastify'
import type { CsrfRequest } from '../edge/csrf.ts'
import { ServiceError } from '../errors/service-error.ts'
import { type ClientAddress, createClientAddress } from '../limits/client-address.ts'
import type { RateDecision } from '../limits/decision.ts'
import { GcraLimiter } from '../limits/gcra-limiter.ts'
import { LoadShedder } from '../limits/load-shedder.ts'
import { RateLimitFields } from '../limits/rate-limit-fields.ts'
import type { RateLimiter } from '../limits/rate-limiter.ts'
import type { CommonHeaders } from './common-headers.ts'
import type { MountedRoute } from './mounted-route.ts'
import type { RouteAccount } from './request-log.ts'
import type { RequestState } from './request-state.ts'
import type { Actor, AnyRoute, Priority } from './route.ts'
import type { ServiceOptions } from './service-options.ts'

const MINUTE_S = 60
const BEARER_CHARS_MIN = 8
const BEARER_CHARS_MAX = 512
const PRIORITIES: ReadonlySet<string> = new Set<Priority>(['probe', 'critical', 'normal', 'background'])

/**
 * A delay of the event loop that is no overload yet; milliseconds, and in how many samples of 50 ms in a row it has to stand:
 * a noisy neighbour takes the processor for a while, again and again, and half a second without a let-up is something else.
 */
const LAG_TARGET_MS = 200
const STANDING_SAMPLES = 10

/** A limit that is counted in this process. */
export interface OwnLimit {
  readonly limiter: GcraLimiter
  readonly fields: RateLimitFields
}

interface SharedLimit {
  readonly limiter: RateLimiter<'address'>
  readonly fields: RateLimitFields
}

function ownLimit(name: string, perMin: number): OwnLimit {
  const limiter = new GcraLimiter({ name, limit: perMin, windowS: MINUTE_S })
  return { limiter, fields: new RateLimitFields([limiter.limit]) }
}

function countedOf(decision: RateDecision): Exclude<RateDecision, { outcome: 'store_unavailable' }> | null {
  if (decision.outcome !== 'store_unavailable') return decision
  return decision.policy === 'local' ? decision.standIn : null
}

type Done = (error?: Error) => void

/** What a request has to get past before its body is read: overload, rate limit, identity, permission. */
export class Entrance<A extends Actor> {
  readonly shedder: LoadShedder
  readonly #options: ServiceOptions<A>
  readonly #clientAddress: ClientAddress
  readonly #own: OwnLimit
  readonly #shared: SharedLimit | null
  readonly #monotonicMs: () => number

  /** @throws RangeError for a rate, a proxy or a setting of the shedder outside of its range */
  constructor(options: ServiceOptions<A>, monotonicMs: () => number) {
    this.#options = options
    this.#monotonicMs = monotonicMs
    this.#own = ownLimit('default', options.ratePerMin ?? 100)
    this.#shared = options.sharedRate
      ? { limiter: options.sharedRate, fields: new RateLimitFields(options.sharedRate.limits) }
      : null
    this.#clientAddress = createClientAddress({
      trusted: options.trustedProxies ?? [],
      header: options.forwardingHeader ?? 'x-forwarded-for',
    })
    this.shedder = new LoadShedder({
      lagTargetMs: LAG_TARGET_MS,
      standingSamples: STANDING_SAMPLES,
      ...(options.monotonicMs ? { nowMs: options.monotonicMs } : {}),
      ...options.overload,
    })
    this.shedder.start()
  }

  /** @throws RangeError when a route does not declare who may call it, or declares it in a way nobody knows */
  mount(
    route: AnyRoute,
    label: string,
    deadlineMs: number,
    account: RouteAccount,
    common: CommonHeaders,
  ): MountedRoute {
    const declared: unknown = route.access
    const kinds = Array.isArray(declared) && declared.length > 0 && declared.every((kind) => typeof kind === 'string')
    if (declared !== 'public' && !kinds)
      throw new RangeError(
        `route ${route.id} does not declare who may call it: access is 'public' or the kinds of actors, not ${JSON.stringify(declared)}`,
      )
    const priority = route.priority ?? (route.probe ? 'probe' : 'normal')
    if (!PRIORITIES.has(priority)) throw new RangeError(`route ${route.id} has the unknown priority ${priority}`)
    if (route.permission !== undefined && route.access === 'public')
      throw new RangeError(`route ${route.id} is public and asks for the permission ${route.permission}: decide`)
    if (route.rawBody && route.body)
      throw new RangeError(`route ${route.id} has rawBody and a schema for its body: bytes that nobody read fit none`)
    const ownMs = route.deadlineMs ?? deadlineMs
    if (!(ownMs > 0)) throw new RangeError(`route ${route.id} has a deadline of ${ownMs} ms: it must be above 0`)
    const limit =
      route.ratePerMin === undefined
        ? null
        : ownLimit(
            route.id
              .toLowerCase()
              .replaceAll(/[^a-z0-9._-]/g, '-')
              .slice(0, 64),
            route.ratePerMin,
          )
    const headers = route.headers === undefined ? null : common.profile(route.headers)
    return { route, label, deadlineMs: ownMs, priority, account, limit, headers }
  }

  /** For a request whose route is known. Calls back at once unless somebody has to be asked. */
  enter(mounted: MountedRoute, request: FastifyRequest, state: RequestState, proceed: Done): void {
    state.route = mounted
    state.expiresMs = state.startedMs + mounted.deadlineMs
    if (mounted.headers) state.common = mounted.headers.of(request.raw.headers.origin).flat
    if (mounted.route.probe) {
      proceed(this.#refused(request) ?? undefined)
      return
    }
    if (!this.shedder.admit(mounted.priority)) {
      proceed(this.shedder.refusal())
      return
    }
    state.admitted = true
    const { route } = mounted
    const limited = mounted.limit
      ? this.#limited(mounted.limit, state)
      : this.#shared
        ? this.#limitedByAll(this.#shared, state)
        : this.#limited(this.#own, state)
    if (!(limited instanceof Promise) && (limited || route.access === 'public')) {
      const refused = limited ?? this.#refused(request)
      if (!refused) this.#suspend(request, state)
      proceed(refused ?? undefined)
      return
    }
    this.#enterSlowly(limited, route, request, state).then(
      () => {
        this.#suspend(request, state)
        proceed()
      },
      (error: unknown) => proceed(error instanceof Error ? error : new ServiceError('internal', { cause: error })),
    )
  }

  async #enterSlowly(
    limited: Promise<ServiceError | null> | ServiceError | null,
    route: AnyRoute,
    request: FastifyRequest,
    state: RequestState,
  ): Promise<void> {
    const refused = (await limited) ?? this.#refused(request)
    if (refused) throw refused
    if (route.access !== 'public') await this.#authorize(route, request, state)
  }

  /** For a request that matched nothing: it counts like any other, in this process. */
  unmatched(request: FastifyRequest, state: RequestState): ServiceError | null {
    return this.#limited(this.#own, state) ?? this.#refused(request)
  }

  /** Who the request comes from. */
  addressOf(state: RequestState): string {
    return this.#clientAddress.of(state.request).address
  }

  /** The same, and whether a trusted proxy says it. */
  callerOf(state: RequestState): { readonly address: string; readonly fromProxy: boolean } {
    return { address: this.addressOf(state), fromProxy: this.#clientAddress.isFromProxy(state.request) }
  }

  /** Who is still sending takes no place from those for whom there is work. */
  #suspend({ raw: { headers } }: FastifyRequest, state: RequestState): void {
    if (!state.admitted) return
    const length = headers['content-length']
    if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return
    state.admitted = false
    state.awaitsBody = true
    this.shedder.suspend()
  }

  /** The body is here, if there is one. @returns whether there is a place for the request */
  bodyArrived(state: RequestState): boolean {
    if (!state.awaitsBody || !state.route) return true
    state.awaitsBody = false
    state.admitted = true
    state.workMs = this.#monotonicMs()
    return this.shedder.resume(state.route.priority)
  }

  /** The work for the request is done, or it is over. @param durationMs NaN where that says nothing about the load */
  leave(state: RequestState, durationMs: number): void {
    state.awaitsBody = false
    if (!state.admitted) return
    state.admitted = false
    this.shedder.release(durationMs, state.route?.priority)
  }

  close(): void {
    this.shedder.stop()
  }

  #refused(request: FastifyRequest): ServiceError | null {
    return request.raw.headers.host === undefined && request.raw.httpVersion === '1.1'
      ? new ServiceError('malformed_request')
      : this.#options.csrf && !this.#options.csrf.check(request.raw as CsrfRequest).allowed
        ? new ServiceError('csrf_refused')
        : null
  }

  #limited({ limiter, fields }: OwnLimit, state: RequestState): ServiceError | null {
    const { limitKey } = this.#clientAddress.of(state.request)
    const decision = limiter.take(limitKey, this.#monotonicMs())
    state.rateLimitPolicy = fields.policy
    state.rateLimit = fields.value(decision)
    return decision.outcome === 'allowed' ? null : new ServiceError('rate_limited', { stack: false })
  }

  async #limitedByAll({ limiter, fields }: SharedLimit, state: RequestState): Promise<ServiceError | null> {
    const decision = await limiter.take({ address: this.#clientAddress.of(state.request).limitKey })
    const counted = countedOf(decision)
    state.rateLimitPolicy = fields.policy
    if (counted) state.rateLimit = fields.value(counted)
    if (counted) return counted.outcome === 'allowed' ? null : new ServiceError('rate_limited', { stack: false })
    // Nobody counted. A store that is away is told from a quota that is used up.
    return decision.outcome === 'store_unavailable' && decision.policy === 'open'
      ? null
      : new ServiceError('overloaded', { cause: decision })
  }

  async #authorize(route: AnyRoute, request: FastifyRequest, state: RequestState): Promise<void> {
    const token = bearerOf(request.raw.headers.authorization)
    if (token === null) throw new ServiceError('unauthenticated')
    state.token = token
    const actor = await this.#options.authenticate(token)
    if (!actor) throw new ServiceError('unauthenticated')
    state.actor = actor
    if (!route.access.includes(actor.kind)) throw new ServiceError('forbidden')
    if (route.permission !== undefined && this.#options.permits?.(actor, route.permission) !== true)
      throw new ServiceError('forbidden')
  }
}

/** The token of an Authorization header (RFC 6750), or null for anything else. */
function bearerOf(header: string | undefined): string | null {
  if (header === undefined || header.length > BEARER_CHARS_MAX + 7) return null
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') return null
  const token = header.slice(7)
  return token.length >= BEARER_CHARS_MIN && /^[A-Za-z0-9._~+/=-]+$/.test(token) ? token : null
}
