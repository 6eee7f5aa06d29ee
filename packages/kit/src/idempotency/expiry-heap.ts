/** A binary heap of what ends when: the next to end is known at once, adding and removing take log n steps. */
export class ExpiryHeap<T> {
  #moments: number[] = []
  #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  push(endsMs: number, item: T): void {
    let at = this.#items.length
    this.#moments.push(endsMs)
    this.#items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#moment(parent) <= this.#moment(at)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Removes and returns the next that ended by `nowMs`; undefined when none has. */
  popUntil(nowMs: number): T | undefined {
    if (this.#items.length === 0 || this.#moment(0) > nowMs) return undefined
    const last = this.#items.length - 1
    this.#swap(0, last)
    this.#moments.pop()
    const item = this.#items.pop()
    this.#sink(0)
    return item
  }

  /** Begins anew with `items`. */
  rebuild(items: Iterable<T>, endsMs: (item: T) => number): void {
    this.#items = [...items]
    this.#moments = this.#items.map(endsMs)
    for (let at = (this.#items.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at)
  }

  #sink(from: number): void {
    let at = from
    for (;;) {
      const left = 2 * at + 1
      let least = at
      if (left < this.#items.length && this.#moment(left) < this.#moment(least)) least = left
      if (left + 1 < this.#items.length && this.#moment(left + 1) < this.#moment(least)) least = left + 1
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #moment(at: number): number {
    return this.#moments[at] ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const moment = this.#moment(a)
    const item = this.#items[a]
    const other = this.#items[b]
    if (item === undefined || other === undefined) return
    this.#moments[a] = this.#moment(b)
    this.#items[a] = other
    this.#moments[b] = moment
    this.#items[b] = item
  }
}
