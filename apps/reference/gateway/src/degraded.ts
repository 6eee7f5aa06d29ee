import type { Backend } from './backend.ts'

const FRESH_MS = 2000
const ASK_MS = 700

/** Which backends do not answer now: each is asked, at most every two seconds, and whatever it answers counts as an answer. */
export class Degraded {
  readonly #backends: readonly Backend[]
  #known: { readonly names: Promise<readonly string[]>; readonly atMs: number } | null = null

  constructor(backends: readonly Backend[]) {
    this.#backends = backends
  }

  /** Takes 700 ms at most and never throws. */
  names(): Promise<readonly string[]> {
    const nowMs = performance.now()
    if (!this.#known || nowMs - this.#known.atMs > FRESH_MS) this.#known = { names: this.#ask(), atMs: nowMs }
    return this.#known.names
  }

  async #ask(): Promise<readonly string[]> {
    const answers = await Promise.all(this.#backends.map(async (one) => ({ one, up: await one.answers(ASK_MS) })))
    return answers.filter(({ up }) => !up).map(({ one }) => one.name)
  }
}
