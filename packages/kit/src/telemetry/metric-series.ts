import { checkMetric, labelText, type MetricFamily, valueText } from './metric-text.ts'

/** Prometheus's own defaults for the time of a request; seconds. */
export const DEFAULT_BUCKETS_S: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
export const OTHER = 'other'
const LABEL_CHARS_MAX = 120

/** Values by label; one that is left out is empty. */
export type LabelValues<L extends string> = { readonly [K in L]?: string | number | boolean }

/** The label sets of one metric, at most `max`: what comes on top is counted under `other`. */
export class LabelSets<L extends string, S> {
  readonly names: readonly L[]
  readonly #max: number
  readonly #make: (labels: string) => S
  readonly #onFolded: () => void
  readonly #sets = new Map<string, S>()

  constructor(names: readonly L[], max: number, make: (labels: string) => S, onFolded: () => void) {
    this.names = names
    this.#max = max
    this.#make = make
    this.#onFolded = onFolded
  }

  /** The series of these labels; the one for what does not fit when there are too many. */
  of(labels: LabelValues<L> | undefined): S {
    const { names } = this
    const first = names[0]
    let key = first === undefined ? '' : String(labels?.[first] ?? '')
    for (let index = 1; index < names.length; index++) {
      const name = names[index]
      if (name !== undefined) key += `\u0000${labels?.[name] ?? ''}`
    }
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    return this.#add(key)
  }

  values(): Iterable<S> {
    return this.#sets.values()
  }

  #add(key: string): S {
    const values = key.split('\u0000').map((value) => value.toWellFormed())
    const isSane =
      values.length === Math.max(1, this.names.length) && values.every((value) => value.length <= LABEL_CHARS_MAX)
    if (this.#sets.size >= this.#max || !isSane) {
      this.#onFolded()
      const others = this.names.map(() => OTHER)
      const otherKey = others.join('\u0000')
      const known = this.#sets.get(otherKey)
      if (known !== undefined) return known
      // The one set above the limit. In the same map, as a caller may well use `other` himself.
      const other = this.#make(labelText(this.names, others))
      this.#sets.set(otherKey, other)
      return other
    }
    const made = this.#make(labelText(this.names, values))
    this.#sets.set(key, made)
    return made
  }
}

/** One series of a counter. */
export class CounterSeries {
  readonly labels: string
  value = 0

  constructor(labels: string) {
    this.labels = labels
  }

  /** @param by zero or more; anything else is ignored, as a counter never goes back. Default 1. */
  inc(by = 1): void {
    if (by >= 0) this.value += by
  }
}

/** Counts something by labels. Made by `metrics.counter`. */
export class Counter<L extends string = string> implements MetricFamily {
  readonly type = 'counter'
  readonly name: string
  readonly help: string
  readonly #sets: LabelSets<L, CounterSeries>

  constructor(name: string, help: string, labels: readonly L[], setsMax: number, onFolded: (name: string) => void) {
    checkMetric('counter', name, help, labels)
    this.name = name
    this.help = help
    this.#sets = new LabelSets(
      labels,
      setsMax,
      (text) => new CounterSeries(text),
      () => onFolded(name),
    )
    // One without labels is there with 0 from the start: a rate needs the value before the first event.
    if (labels.length === 0) this.#sets.of(undefined)
  }

  /** The series of these labels, to keep where it is used often. */
  with(labels: Readonly<Record<L, string | number | boolean>>): CounterSeries {
    return this.#sets.of(labels)
  }

  /** @param labels one value for each label  @param by default 1 */
  inc(labels?: LabelValues<L>, by = 1): void {
    this.#sets.of(labels).inc(by)
  }

  *lines(): Iterable<string> {
    for (const { labels, value } of this.#sets.values())
      yield `${this.name}${labels === '' ? '' : `{${labels}}`} ${valueText(value)}\n`
  }
}

/** A trace that shows what a bucket holds. */
interface Exemplar {
  readonly traceId: string
  readonly value: number
  readonly atS: number
}

/** One series of a histogram. */
export class HistogramSeries {
  readonly labels: string
  readonly #bounds: Float64Array
  readonly #counts: Float64Array
  #exemplars: (Exemplar | undefined)[] | null = null
  #sum = 0

  constructor(labels: string, bounds: Float64Array) {
    this.labels = labels
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  /**
   * @param value in the metric's unit; what is no number counts as 0
   * @param traceId of a recorded trace: kept as the exemplar of its bucket
   */
  observe(value: number, traceId?: string): void {
    const seen = value >= 0 || value < 0 ? value : 0
    const bounds = this.#bounds
    let bucket = 0
    // Most are in the first buckets: cheaper than halving.
    while (bucket < bounds.length && seen > (bounds[bucket] ?? 0)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += seen
    if (traceId !== undefined) {
      this.#exemplars ??= []
      this.#exemplars[bucket] = { traceId, value: seen, atS: Date.now() / 1000 }
    }
  }

  get count(): number {
    let count = 0
    for (const one of this.#counts) count += one
    return count
  }

  /** All samples of this series as text. */
  text(name: string, openMetrics: boolean, boundTexts: readonly string[]): string {
    const before = this.labels === '' ? '{le="' : `{${this.labels},le="`
    let text = ''
    let count = 0
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      count += this.#counts[bucket] ?? 0
      text += `${name}_bucket${before}${boundTexts[bucket] ?? '+Inf'}"} ${count}${openMetrics ? this.#exemplarText(bucket) : ''}\n`
    }
    const braces = this.labels === '' ? '' : `{${this.labels}}`
    return `${text}${name}_sum${braces} ${valueText(this.#sum)}\n${name}_count${braces} ${count}\n`
  }

  #exemplarText(bucket: number): string {
    const exemplar = this.#exemplars?.[bucket]
    return exemplar === undefined
      ? ''
      : ` # {trace_id="${exemplar.traceId}"} ${exemplar.value} ${exemplar.atS.toFixed(3)}`
  }
}

/** @throws RangeError for bounds that do not rise, are not finite, or are not 1 to 60 */
export function boundsOf(buckets: readonly number[]): Float64Array {
  if (buckets.length === 0 || buckets.length > 60)
    throw new RangeError(`a histogram has 1 to 60 buckets, not ${buckets.length}`)
  for (const [index, bound] of buckets.entries()) {
    if (!Number.isFinite(bound) || (index > 0 && bound <= (buckets[index - 1] ?? 0)))
      throw new RangeError(`the bounds of buckets must be finite and rise; ${bound} at ${index} does not`)
  }
  return Float64Array.from(buckets)
}

/** Measures something by labels. Made by `metrics.histogram`. */
export class Histogram<L extends string = string> implements MetricFamily {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #boundTexts: readonly string[]
  readonly #sets: LabelSets<L, HistogramSeries>

  constructor(
    name: string,
    help: string,
    labels: readonly L[],
    buckets: readonly number[],
    setsMax: number,
    onFolded: (name: string) => void,
  ) {
    checkMetric('histogram', name, help, labels)
    const bounds = boundsOf(buckets)
    this.name = name
    this.help = help
    this.#boundTexts = [...bounds].map(String)
    this.#sets = new LabelSets(
      labels,
      setsMax,
      (text) => new HistogramSeries(text, bounds),
      () => onFolded(name),
    )
    if (labels.length === 0) this.#sets.of(undefined)
  }

  /** The series of these labels, to keep where it is used often. */
  with(labels: Readonly<Record<L, string | number | boolean>>): HistogramSeries {
    return this.#sets.of(labels)
  }

  observe(value: number, labels?: LabelValues<L>, traceId?: string): void {
    this.#sets.of(labels).observe(value, traceId)
  }

  *lines(openMetrics: boolean): Iterable<string> {
    for (const series of this.#sets.values()) yield series.text(this.name, openMetrics, this.#boundTexts)
  }
}
