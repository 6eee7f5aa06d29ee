import { Agent } from 'undici'

/** One request of the mix: what it is, and how to send it the nth time. */
export interface MixedRequest {
  readonly name: string
  /** Of all requests, in hundredths. */
  readonly share: number
  readonly make: (n: number) => {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly expect: readonly number[]
}

export interface LoadFigures {
  readonly planned: number
  readonly completed: number
  readonly failed: Readonly<Record<string, number>>
  /** How late requests left; milliseconds, 99th percentile. */
  readonly lagP99Ms: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly p95ByName: Readonly<Record<string, number>>
}

const TICK_MS = 1
const REQUEST_TIMEOUT_MS = 10_000

const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY
}

/** Which request is the nth: the mix repeats every hundred, spread evenly. */
function schedule(mix: readonly MixedRequest[]): readonly MixedRequest[] {
  const slots = mix.flatMap((one, index) =>
    Array.from({ length: one.share }, (_, at) => ({ one, at: (at + (index + 1) / (mix.length + 1)) / one.share })),
  )
  return slots.toSorted((a, b) => a.at - b.at).map((slot) => slot.one)
}

/**
 * Open-loop load: request i is due at i / rate whatever became of the others, and its latency counts from then to the last
 * byte of the answer.
 */
export async function openLoop(
  target: { readonly url: string; readonly ca: string; readonly firstNumber: number },
  mix: readonly MixedRequest[],
  ratePerS: number,
  durationMs: number,
): Promise<LoadFigures> {
  const agent = new Agent({ connect: { ca: target.ca }, connections: 128, pipelining: 1 })
  const order = schedule(mix)
  const planned = Math.round((ratePerS * durationMs) / 1000)
  const lags: number[] = []
  const byName = new Map<string, number[]>()
  const failed: Record<string, number> = {}
  const running = new Set<Promise<void>>()
  const startedMs = performance.now()
  const send = async (n: number, dueMs: number): Promise<void> => {
    const one = order[n % order.length]
    if (!one) return
    const { method, path, headers, body } = one.make(target.firstNumber + n)
    try {
      const answer = await agent.request({
        origin: target.url,
        method,
        path,
        headers: { ...headers },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(body === undefined ? {} : { body }),
      })
      await answer.body.dump()
      if (!one.expect.includes(answer.statusCode)) throw new Error(`status ${answer.statusCode}`)
      const list = byName.get(one.name) ?? []
      byName.set(one.name, list)
      list.push(performance.now() - dueMs)
    } catch (error) {
      const why = `${one.name}: ${error instanceof Error ? error.message : String(error)}`
      failed[why] = (failed[why] ?? 0) + 1
    }
  }
  for (let next = 0; next < planned;) {
    const nowMs = performance.now()
    for (; next < planned; next += 1) {
      const dueMs = startedMs + (next * 1000) / ratePerS
      if (dueMs > nowMs) break
      lags.push(nowMs - dueMs)
      const work = send(next, dueMs)
      running.add(work)
      void work.finally(() => running.delete(work))
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(running)
  await agent.close()
  const all = [...byName.values()].flat()
  return {
    planned,
    completed: all.length,
    failed,
    lagP99Ms: quantile(lags, 0.99),
    p50Ms: quantile(all, 0.5),
    p95Ms: quantile(all, 0.95),
    p99Ms: quantile(all, 0.99),
    p95ByName: Object.fromEntries([...byName].map(([name, values]) => [name, quantile(values, 0.95)])),
  }
}
