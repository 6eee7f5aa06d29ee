import { wholeWithin } from './bounds.ts'
import { type BreakerState, CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts'

export interface BreakerRegistryOptions extends Omit<CircuitBreakerOptions, 'name'> {
  /** Breakers at most; the least recently used one gives way, closed ones first. Default 256. */
  readonly entriesMax?: number
}

/** One breaker per dependency, by name, and no more of them than it has room for. */
export class BreakerRegistry {
  readonly #options: Omit<CircuitBreakerOptions, 'name'>
  readonly #entriesMax: number
  /** Least recently used first. */
  readonly #breakers = new Map<string, CircuitBreaker>()

  /** @throws RangeError for an option outside of its bounds, those of the breakers included */
  constructor(options: BreakerRegistryOptions = {}) {
    const { entriesMax = 256, ...breaker } = options
    this.#entriesMax = wholeWithin('entriesMax', entriesMax, 1, 1_000_000)
    this.#options = breaker
    // A mistake in the options is found now and not with the first call.
    void new CircuitBreaker({ ...breaker, name: 'options' })
  }

  get size(): number {
    return this.#breakers.size
  }

  /** The breaker of a dependency, made when first asked for. @throws RangeError for a malformed name */
  of(name: string): CircuitBreaker {
    const known = this.#breakers.get(name)
    if (known) {
      this.#breakers.delete(name)
      this.#breakers.set(name, known)
      return known
    }
    const made = new CircuitBreaker({ ...this.#options, name })
    if (this.#breakers.size >= this.#entriesMax) this.#evict()
    this.#breakers.set(name, made)
    return made
  }

  /** Forgets a dependency. */
  drop(name: string): boolean {
    return this.#breakers.delete(name)
  }

  /** The state of each, for gauges. */
  states(): ReadonlyMap<string, BreakerState> {
    return new Map([...this.#breakers].map(([name, breaker]) => [name, breaker.state]))
  }

  #evict(): void {
    let oldest: string | undefined
    for (const [name, breaker] of this.#breakers) {
      oldest ??= name
      if (breaker.state.kind !== 'closed') continue
      oldest = name
      break
    }
    if (oldest !== undefined) this.#breakers.delete(oldest)
  }
}
