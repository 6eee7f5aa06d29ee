import { type Allowed, decide, type LimitState, type LimitTake } from './decision.ts'
import type { RateDecision, Refused, StoreFailurePolicy } from './decision.ts'
import { MemoryRateLimitStore } from './memory-store.ts'
import { defineRateLimit, type RateLimit, type RateLimitOptions, whole } from './rate-limit.ts'
import { checkTakes, type RateLimitStore } from './store.ts'
import { type StoreEvent, StoreGuard, type StoreGuardOptions } from './store-guard.ts'

/** For metrics and logs. */
export type RateLimiterEvent = { readonly type: 'decided'; readonly decision: RateDecision } | StoreEvent

export interface RateLimiterOptions<Name extends string> extends StoreGuardOptions {
  /** 1 to 16 limits with different names: per address, per account, per route. */
  readonly limits: readonly (RateLimitOptions & { readonly name: Name })[]
  readonly store: RateLimitStore
  /**
   * What happens while the store can't be asked. No default, it is a decision: `open` where being reachable matters
   * more than the limit, `closed` where the limit protects something (sign-in, payment), `local` to count in each
   * process meanwhile.
   */
  readonly whenStoreFails: StoreFailurePolicy
  /** For `local`: how many replicas share the quota; each counts to its part, rounded up. 1 to 1,000. Default 1. */
  readonly replicas?: number
  /** Told of every decision and of the store's failures; what it throws is ignored. */
  readonly onEvent?: (event: RateLimiterEvent) => void
}

/** Who a request counts for, by name of the limit; a limit that is not named does not take part. */
export type LimitKeys<Name extends string> = Readonly<Partial<Record<Name, string>>>

/**
 * Several limits over one store, shared by all replicas: the tightest decides, and a request takes from all or none.
 *
 * @example
 * const limiter = new RateLimiter({
 *   limits: [{ name: 'address', limit: 100, windowS: 60 }, { name: 'account', limit: 1000, windowS: 3600 }],
 *   store: new RedisRateLimitStore(nodeRedis(client)),
 *   whenStoreFails: 'local',
 * })
 * const decision = await limiter.take({ address: '192.0.2.1', account: 'u-17' })
 */
export class RateLimiter<Name extends string> {
  /** As checked, in the order in which they were given. */
  readonly limits: readonly RateLimit[]
  readonly #byName = new Map<string, { readonly limit: RateLimit; readonly local: RateLimit }>()
  readonly #store: RateLimitStore
  readonly #local: MemoryRateLimitStore | null
  readonly #policy: StoreFailurePolicy
  readonly #guard: StoreGuard
  readonly #onEvent: ((event: RateLimiterEvent) => void) | undefined

  /** @throws RangeError for no limit, too many, the same name twice, or an option outside of its range */
  constructor(options: RateLimiterOptions<Name>) {
    const replicas = options.replicas ?? 1
    whole(replicas, 1, 1000, 'replicas')
    whole(options.limits.length, 1, 16, 'number of limits')
    // Configuration arrives as strings: what is none of the three must not end as "open" by accident.
    if (!['open', 'closed', 'local'].includes(options.whenStoreFails))
      throw new RangeError(`whenStoreFails is ${String(options.whenStoreFails)}: expected open, closed or local`)
    this.limits = options.limits.map((one) => defineRateLimit(one))
    for (const limit of this.limits) {
      if (this.#byName.has(limit.name)) throw new RangeError(`rate limit "${limit.name}" is given twice`)
      this.#byName.set(limit.name, { limit, local: shareOf(limit, replicas) })
    }
    this.#store = options.store
    this.#policy = options.whenStoreFails
    this.#local =
      options.whenStoreFails === 'local'
        ? new MemoryRateLimitStore(options.nowMs === undefined ? {} : { nowMs: options.nowMs })
        : null
    this.#onEvent = options.onEvent
    this.#guard = new StoreGuard(options, (event) => this.#tell(event))
  }

  /**
   * Takes from every named limit, or from none.
   * @param cost Units, for all of them; default each limit's own.
   * @throws RangeError (the promise rejects) for no key, a limit that is not defined, or a cost above a burst
   */
  async take(keys: LimitKeys<Name>, cost?: number): Promise<RateDecision> {
    const takes = this.#takes(keys, cost)
    const decision = await this.#decided(
      takes,
      () => this.#store.take(takes),
      (local, stood) => local.takeNow(stood),
    )
    this.#tell({ type: 'decided', decision })
    return decision
  }

  /** What `take` would say, without taking. No event. */
  async peek(keys: LimitKeys<Name>, cost?: number): Promise<RateDecision> {
    const takes = this.#takes(keys, cost)
    return this.#decided(
      takes,
      () => this.#store.peek(takes),
      (local, stood) => local.peek(stood),
    )
  }

  /**
   * Gives back what a `take` took, when it turned out not to count: a sign-in that succeeded, for instance.
   * @returns whether the store did it; a lost refund costs a caller a unit, so it is no reason to fail a request
   */
  async refund(keys: LimitKeys<Name>, cost?: number): Promise<boolean> {
    const takes = this.#takes(keys, cost)
    if (this.#local) await this.#local.refund(this.#standIns(takes))
    return this.#done(() => this.#store.refund(takes))
  }

  /** Forgets what the keys used. @returns whether the store did it */
  async reset(keys: LimitKeys<Name>): Promise<boolean> {
    const takes = this.#takes(keys, 1)
    if (this.#local) await this.#local.reset(this.#standIns(takes))
    return this.#done(() => this.#store.reset(takes))
  }

  async #decided(
    takes: readonly LimitTake[],
    ask: () => Promise<readonly LimitState[]>,
    standIn: (
      local: MemoryRateLimitStore,
      takes: readonly LimitTake[],
    ) => readonly LimitState[] | Promise<readonly LimitState[]>,
  ): Promise<RateDecision> {
    try {
      return decide(takes, await this.#guard.ask(ask))
    } catch (cause) {
      if (this.#policy !== 'local' || this.#local === null)
        return { outcome: 'store_unavailable', policy: this.#policy === 'open' ? 'open' : 'closed', cause }
      const stood = this.#standIns(takes)
      const decision: Allowed | Refused = decide(stood, await standIn(this.#local, stood))
      return { outcome: 'store_unavailable', policy: 'local', standIn: decision, cause }
    }
  }

  async #done(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#guard.ask(work)
      return true
    } catch {
      return false
    }
  }

  #takes(keys: LimitKeys<Name>, cost: number | undefined): readonly LimitTake[] {
    const takes: LimitTake[] = []
    for (const [name, key] of Object.entries<string | undefined>(keys)) {
      if (key === undefined) continue
      const limit = this.#byName.get(name)?.limit
      // Fail closed: a misspelt name must not mean that nothing is limited.
      if (limit === undefined)
        throw new RangeError(`limit "${name}" is not defined: expected ${[...this.#byName.keys()].join(', ')}`)
      takes.push({ limit, key, cost: cost ?? limit.cost })
    }
    checkTakes(takes)
    return takes
  }

  #standIns(takes: readonly LimitTake[]): readonly LimitTake[] {
    return takes.map((take) => {
      const local = this.#byName.get(take.limit.name)?.local ?? take.limit
      return { limit: local, key: take.key, cost: Math.min(take.cost, local.burst) }
    })
  }

  #tell(event: RateLimiterEvent): void {
    try {
      this.#onEvent?.(event)
    } catch {
      // Whoever watches must not decide whether a request is served.
    }
  }
}

function shareOf(limit: RateLimit, replicas: number): RateLimit {
  const burst = Math.ceil(limit.burst / replicas)
  return defineRateLimit({
    name: limit.name,
    limit: Math.ceil(limit.limit / replicas),
    windowS: limit.windowS,
    burst,
    cost: Math.min(limit.cost, burst),
  })
}
