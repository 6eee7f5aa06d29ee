/** Median, smallest and largest of some measurements; milliseconds or whatever they were. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median =
    sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0, rounds: sorted.length }
}

/** Runs `work` once to warm up and then `rounds` times; wall time in milliseconds. */
export async function timed(rounds: number, work: () => unknown): Promise<Spread> {
  const values: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const startedMs = performance.now()
    await work()
    if (round > 0) values.push(performance.now() - startedMs)
  }
  return spreadOf(values)
}

/** One line: what, how long, and how that compares with what was asked for. */
export function report(what: string, spread: Spread, limitMs: number): void {
  const { median, min, max, rounds } = spread
  const ratio = median / limitMs
  console.log(
    `${what}: median ${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)}, ${rounds} rounds), ${ratio.toFixed(2)} of the ${limitMs} ms asked for: ${ratio <= 1 ? 'held' : 'MISSED'}`,
  )
  if (ratio > 1) process.exitCode = 1
}
