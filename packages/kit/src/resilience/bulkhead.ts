/** The bulkhead is full, and so is its queue: the caller should come back later. */
export class BulkheadFullError extends Error {
  override readonly name = 'BulkheadFullError'
  readonly code = 'bulkhead_full'
}

/** Bounds how much of one kind of work runs at once, and how much may wait for it. */
export class Bulkhead {
  readonly #concurrentMax: number
  readonly #queuedMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** @throws RangeError for fewer than 1 at once or a negative queue */
  constructor(concurrentMax: number, queuedMax: number) {
    if (!(concurrentMax >= 1) || !(queuedMax >= 0))
      throw new RangeError('a bulkhead needs room for 1, its queue for 0 or more')
    this.#concurrentMax = concurrentMax
    this.#queuedMax = queuedMax
  }

  get running(): number {
    return this.#running
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** @throws BulkheadFullError at once, when all places and the queue are taken; else whatever `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrentMax) {
      if (this.#waiting.length >= this.#queuedMax) throw new BulkheadFullError('all places are taken')
      // The place is handed over, not freed and taken again: nobody can slip in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}
