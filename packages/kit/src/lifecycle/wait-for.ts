import { StartError } from './exit-codes.ts'

/**
 * Asks until the answer is yes, every 250 ms.
 * @param timeoutMs limit; one question under way may exceed it by its own limit
 * @throws StartError `dependency_unavailable` when there was none in time
 */
export async function waitFor(what: string, answers: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    if (await answers()) return
    if (performance.now() >= endMs) {
      throw new StartError('dependency_unavailable', `${what} did not answer within ${timeoutMs} ms`)
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
