/** Causes that are followed; an endless chain is somebody's mistake. */
const CAUSES_MAX = 10

function chainOf(error: unknown): object[] {
  const chain: object[] = []
  let current = error
  while (typeof current === 'object' && current !== null && chain.length < CAUSES_MAX && !chain.includes(current)) {
    chain.push(current)
    try {
      current = 'cause' in current ? current.cause : undefined
    } catch {
      break
    }
  }
  return chain
}

/** Tells errors that are met for the first time from those that were met, wrapped or bare. */
export class SeenErrors {
  readonly #seen = new WeakSet()

  /** True for the first who asks about an error, or about another one with the same cause. */
  isFirst(error: unknown): boolean {
    const chain = chainOf(error)
    const known = chain.some((one) => this.#seen.has(one))
    for (const one of chain) this.#seen.add(one)
    return !known
  }

  /** Whether an error, or one of its causes, was met. */
  has(error: unknown): boolean {
    return chainOf(error).some((one) => this.#seen.has(one))
  }
}

const reported = new SeenErrors()

/**
 * True for the first who asks about an error, false afterwards: one error is one log record, however many layers see it
 * and wrap it. Its causes count as reported with it, and an error is reported when one of its causes is. Values that
 * are no objects can't be told apart and are always new.
 */
export function reportOnce(error: unknown): boolean {
  return reported.isFirst(error)
}

/** Whether an error, or one of its causes, was reported. */
export function wasReported(error: unknown): boolean {
  return reported.has(error)
}
