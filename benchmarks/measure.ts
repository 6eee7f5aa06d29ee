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

/** Wall time, and CPU time of this process, all its threads included; milliseconds. */
export interface Timing {
  readonly wall: Spread
  readonly cpu: Spread
}

/** Runs `work` once to warm up and then `rounds` times. */
export async function timed(rounds: number, work: () => unknown): Promise<Timing> {
  const wall: number[] = []
  const cpu: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const startedMs = performance.now()
    const before = process.cpuUsage()
    await work()
    const used = process.cpuUsage(before)
    if (round === 0) continue
    wall.push(performance.now() - startedMs)
    cpu.push((used.user + used.system) / 1000)
  }
  return { wall: spreadOf(wall), cpu: spreadOf(cpu) }
}

/**
 * One line: what, how much, how it spread, and its ratio to the limit; a median above the limit makes the process exit 1.
 * @param note Said beside the figures.
 */
export function report(what: string, spread: Spread, limit: number, unit: string, note = ''): void {
  const { median, min, max, rounds } = spread
  const ratio = median / limit
  const digits = limit < 10 ? 2 : 0
  const figures = [median, min, max].map((value) => value.toFixed(digits))
  console.log(
    `${what}: median ${figures[0]} ${unit} (${figures[1]} to ${figures[2]}, ${rounds} rounds), ${ratio.toFixed(2)} of the ${limit} ${unit} asked for: ${ratio <= 1 ? 'held' : 'MISSED'}${note === '' ? '' : `; ${note}`}`,
  )
  if (!(ratio <= 1)) process.exitCode = 1
}

/** `label 12 ms (10 to 15)`, for what is said beside a figure. */
export function aside(label: string, spread: Spread, unit = 'ms'): string {
  return `${label} ${spread.median.toFixed(0)} ${unit} (${spread.min.toFixed(0)} to ${spread.max.toFixed(0)})`
}
