/** A slope and where it lies with 95 % confidence; in units of y per unit of x. */
export interface Slope {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly points: number
}

const Z_975 = 1.959964

/**
 * Theil-Sen: the median of the slopes through all pairs of points, with Sen's interval, whose ends are slopes of ranks
 * that Kendall's variance gives (P. K. Sen 1968, "Estimates of the Regression Coefficient Based on Kendall's Tau").
 * @throws RangeError for fewer than 10 points: an interval of less would say nothing
 */
export function theilSen(points: readonly { readonly x: number; readonly y: number }[]): Slope {
  const n = points.length
  if (n < 10) throw new RangeError(`a slope needs 10 points, not ${n}`)
  const slopes: number[] = []
  for (const [index, a] of points.entries()) {
    for (const b of points.slice(index + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x))
  }
  slopes.sort((a, b) => a - b)
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] ?? Number.NaN
  const spread = Z_975 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const middle = slopes.length / 2
  return {
    median: slopes.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2,
    low: at(Math.floor((slopes.length - spread) / 2)),
    high: at(Math.ceil((slopes.length + spread) / 2)),
    points: n,
  }
}
