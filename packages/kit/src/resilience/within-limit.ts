import { currentRequest, runInRequest } from '../context/index.ts'
import type { Clock } from './clock.ts'

/**
 * Calls `work`, whose result several callers share, and gives up after `timeoutMs`, whether it looks at its signal or not. What it gives later is dropped.
 * @throws Error when there was no answer in time, or whatever `work` throws
 */
export async function withinLimit<T>(
  timeoutMs: number,
  clock: Pick<Clock, 'setTimeout'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let timer: { [Symbol.dispose](): void } | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMs} ms`)
      // Rejected here as well: work that ignores its signal still can't hold a caller.
      reject(error)
      controller.abort(error)
    }, timeoutMs)
  })
  try {
    return await Promise.race([forAll(() => work(controller.signal)), limit])
  } finally {
    timer?.[Symbol.dispose]()
  }
}

/**
 * What several requests wait for must not end with the one that happened to come first: its ids stay, its deadline does
 * not.
 */
function forAll<T>(work: () => T): T {
  const request = currentRequest()
  return request?.deadline ? runInRequest({ ...request, deadline: null }, work) : work()
}
