/** Bounds a queue that lives in the database without counting it at every insert. */
export interface DepthGuard {
  /** Whether one more fits; counts it when so. */
  admit(): Promise<boolean>
}

export interface DepthGuardOptions {
  readonly max: number
  /** Rows waiting now, counted up to `limit`. */
  readonly count: (limit: number) => Promise<number>
  /** How long a count is good for, own additions counted on top; milliseconds. */
  readonly refreshMs: number
  readonly now: () => number
}

/**
 * Between two counts, own additions are added to the last one: alone it never lets more in than `max`; each other
 * process that fills the same queue may add what it adds within `refreshMs`. It counts again before it refuses, so that
 * a queue that was emptied is not refused, at most once every 50 ms.
 */
export function createDepthGuard(options: DepthGuardOptions): DepthGuard {
  let depth = 0
  let countedAtMs = Number.NEGATIVE_INFINITY
  let counting: Promise<void> | null = null
  const recount = (): Promise<void> => {
    counting ??= (async () => {
      try {
        depth = await options.count(options.max)
        countedAtMs = options.now()
      } finally {
        counting = null
      }
    })()
    return counting
  }
  return {
    admit: async () => {
      const age = options.now() - countedAtMs
      if (age >= options.refreshMs || (depth >= options.max && age >= 50)) await recount()
      if (depth >= options.max) return false
      depth += 1
      return true
    },
  }
}
