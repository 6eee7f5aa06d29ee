import type { Metrics } from '@greengate/kit/telemetry'

/** Counts what outside providers were asked for, by whether they said it themselves. One for all providers of a process. */
export class OutsideAnswers {
  readonly #total

  constructor(metrics: Metrics) {
    this.#total = metrics.counter(
      'outside_answers_total',
      'Answers of outside providers: current, fallback for one known from before, none for what is built in',
      ['provider', 'outcome'],
    )
  }

  /** @param known What is passed on; null when nothing is known. */
  count(provider: string, known: { readonly isFallback: boolean } | null): void {
    const outcome = known === null ? 'none' : known.isFallback ? 'fallback' : 'current'
    this.#total.inc({ provider, outcome })
  }
}
