/** Runs `work` over `items`, at most `width` at a time; the first error ends it. Results keep the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  async function worker(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}

/** At most `slots` holders at a time; of those that wait, the one with the most weight goes first. */
export class Slots {
  #free: number
  readonly #waiting: { readonly weight: number; readonly go: () => void }[] = []

  constructor(slots: number) {
    this.#free = slots
  }

  async hold<T>(weight: number, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((go) => this.#enqueue(weight, go))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next.go()
      else this.#free += 1
    }
  }

  #enqueue(weight: number, go: () => void): void {
    const after = this.#waiting.findIndex((other) => other.weight < weight)
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { weight, go })
  }
}
