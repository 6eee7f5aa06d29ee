import { setTimeout as realSleep } from 'node:timers/promises'
import { seededRandom } from './random.ts'

/** What goes wrong, and when. Without `calls` and `ratio` it goes wrong every time. */
export interface FaultPlan {
  /** Which calls are hit, counted from 1: their numbers, or a test of the number. Default all. */
  readonly calls?: readonly number[] | ((call: number) => boolean)
  /** Part of those calls that is hit, 0 to 1, chosen by `seed`. Default 1. */
  readonly ratio?: number
  /** Default 1: the same plan hits the same calls in every run. */
  readonly seed?: number
  /** Waits before anything else happens; milliseconds. Default 0. */
  readonly latencyMs?: number
  /** Thrown instead of calling; a function is asked for a new one each time. Default: the real function is called. */
  readonly error?: unknown
  /** Never answers, until `release()` or the caller's AbortSignal. Default false. */
  readonly hang?: boolean
  /** How `latencyMs` is waited for: `clock.sleep` of a fake clock. Default in real time. */
  readonly sleep?: (delayMs: number, signal?: AbortSignal) => Promise<void>
}

/** A function with faults in it. */
export interface Faulty<A extends readonly unknown[], R> {
  (...args: A): Promise<Awaited<R>>
  /** Calls so far. */
  readonly calls: number
  /** Calls that were hit. */
  readonly hits: number
  /** Calls that hang now. */
  readonly hanging: number
  /** From now on nothing goes wrong any more; what hangs goes on hanging. */
  heal(): void
  /** From now on this goes wrong, counted from 1 again. */
  plan(plan: FaultPlan): void
  /** Lets what hangs go on to the real function. */
  release(): void
}

const HANGING_MAX = 10_000

/** An AbortSignal among the arguments, or as the `signal` of one: a call that hangs still ends when it is aborted. */
function signalIn(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (arg instanceof AbortSignal) return arg
    const signal: unknown = typeof arg === 'object' && arg !== null ? Reflect.get(arg, 'signal') : undefined
    if (signal instanceof AbortSignal) return signal
  }
  return undefined
}

function hits({ calls, ratio = 1 }: FaultPlan, call: number, random: () => number): boolean {
  const chosen = calls === undefined || (typeof calls === 'function' ? calls(call) : calls.includes(call))
  // Drawn every time, so that one plan hits the same calls however `calls` is written.
  return random() < ratio && chosen
}

function checked(plan: FaultPlan): FaultPlan {
  const { ratio = 1, latencyMs = 0 } = plan
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`ratio must be from 0 to 1, but it is ${ratio}`)
  if (!(latencyMs >= 0)) throw new RangeError(`latencyMs must be 0 or more, but it is ${latencyMs}`)
  return plan
}

/**
 * Puts faults in front of a function: latency, errors, calls that never return, on the n-th call or a seeded part of all.
 *
 * @example
 * const charge = faulty(realCharge, { calls: [2], error: new Error('reset') })
 * const slow = faulty(realCharge, { ratio: 0.1, seed: 7, latencyMs: 5_000, sleep: clock.sleep })
 *
 * @throws RangeError for a ratio outside 0 to 1 or a negative latency; of the function that it returns, when more than
 * 10,000 calls hang
 */
export function faulty<A extends readonly unknown[], R>(work: (...args: A) => R, plan: FaultPlan): Faulty<A, R> {
  let current = checked(plan)
  let random = seededRandom(plan.seed ?? 1).random
  let calls = 0
  let counted = 0
  let hit = 0
  const waiting = new Set<() => void>()

  const hang = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (waiting.size >= HANGING_MAX) throw new RangeError(`${HANGING_MAX} calls hang already`)
      const end = (): void => {
        waiting.delete(end)
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        waiting.delete(end)
        reject(signal?.reason as Error)
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort, { once: true })
      waiting.add(end)
    })

  const call = async (...args: A): Promise<Awaited<R>> => {
    calls += 1
    counted += 1
    const { latencyMs = 0, error, hang: hangs, sleep = sleepReally } = current
    if (hits(current, counted, random)) {
      hit += 1
      const signal = signalIn(args)
      if (latencyMs > 0) await sleep(latencyMs, signal)
      if (hangs) await hang(signal)
      else if (error !== undefined) throw typeof error === 'function' ? (error as () => unknown)() : error
    }
    return await work(...args)
  }
  return Object.defineProperties(call, {
    calls: { get: () => calls },
    hits: { get: () => hit },
    hanging: { get: () => waiting.size },
    heal: { value: () => void (current = { ratio: 0 }) },
    plan: {
      value: (next: FaultPlan) => {
        current = checked(next)
        random = seededRandom(next.seed ?? 1).random
        counted = 0
      },
    },
    release: {
      value: () => {
        for (const end of waiting) end()
      },
    },
  }) as Faulty<A, R>
}

async function sleepReally(delayMs: number, signal?: AbortSignal): Promise<void> {
  await realSleep(delayMs, undefined, signal ? { signal } : {})
}
