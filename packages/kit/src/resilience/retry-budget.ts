import { numberWithin, wholeWithin } from './bounds.ts'

export interface RetryBudgetOptions {
  /** Retries that may be made before anything succeeds. Default 10. */
  readonly tokensMax?: number
  /** What a success gives back; above 0, up to 1: at 0.1 retries add a tenth to the calls at most. Default 0.1. */
  readonly tokensPerSuccess?: number
}

// Whole thousandths: adding 0.1 ten times is not 1 in floating point.
const UNIT = 1000

/**
 * How much retries may add to the load of one dependency, over all callers that share it. A token bucket: a retry takes
 * one token, a success gives a tenth of one back, nothing else does. A dependency that is down therefore gets
 * `tokensMax` retries in all, whatever the number of calls (compare gRPC's retry throttling, proposal A6).
 */
export class RetryBudget {
  readonly #max: number
  readonly #perSuccess: number
  #balance: number

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: RetryBudgetOptions = {}) {
    this.#max = wholeWithin('tokensMax', options.tokensMax ?? 10, 1, 1_000_000) * UNIT
    this.#perSuccess = Math.round(numberWithin('tokensPerSuccess', options.tokensPerSuccess ?? 0.1, 0.001, 1) * UNIT)
    this.#balance = this.#max
  }

  /** Tokens left; never below 0. */
  get tokens(): number {
    return this.#balance / UNIT
  }

  /** A call succeeded. */
  deposit(): void {
    if (this.#balance < this.#max) this.#balance = Math.min(this.#max, this.#balance + this.#perSuccess)
  }

  /** Takes a token for one retry; false, and no retry, when there is none. */
  take(): boolean {
    if (this.#balance < UNIT) return false
    this.#balance -= UNIT
    return true
  }
}
