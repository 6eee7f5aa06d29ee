/** The middle value; 0 without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length === 0
    ? 0
    : sorted.length % 2 === 1
      ? (sorted[middle] ?? 0)
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

export interface RankTest {
  /** Share of pairs in which a value of `a` is above one of `b`, ties half (Vargha and Delaney's A): 0.5 is no difference. */
  readonly share: number
  /** Two-sided, normal approximation with correction for continuity. */
  readonly p: number
}

/** Mann and Whitney's test: it looks at ranks alone, so that single slow answers of a busy machine don't decide it. */
export function rankTest(a: readonly number[], b: readonly number[]): RankTest {
  if (a.length === 0 || b.length === 0) return { share: 0.5, p: 1 }
  let above = 0
  for (const x of a) for (const y of b) above += x > y ? 1 : x === y ? 0.5 : 0
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  const z = Math.max(0, Math.abs(above - mean) - 0.5) / deviation
  return { share: above / (a.length * b.length), p: Math.min(1, 2 * upperTail(z)) }
}

/** Upper tail of the normal distribution; Abramowitz and Stegun 26.2.17, error below 1e-7. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly
}
