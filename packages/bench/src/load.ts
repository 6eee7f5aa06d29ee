import http from 'node:http'
import type { HttpAnswer, LoadPlan, LoadResult, LoadRun } from '@greengate/contracts'
import { exchange, type HttpTarget } from './http-client.ts'

const SOURCES = 32
const FAILURES_MAX = 20
/** Beyond this many requests under way the rest stays unsent: a bound on memory, and it is reported. */
const IN_FLIGHT_MAX = 20_000
const SAMPLES_MAX = 2_000_000
/** Sockets that idle longer are not used again, so that a service's own idle limit can't meet a request half-way. */
const IDLE_SOCKET_MS = 3_000

/** Source address number `index`: 127.8.x.y, so that it is never the address other requests come from. */
export function sourceAddress(index: number): string {
  return `127.8.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`
}

/**
 * Open-loop load: request i is due at i / rate whatever became of the others, and its latency counts from then. What the
 * generator sent late it reports (`lagMsP99`), what it did not send as well (`unsent`).
 */
export function startLoad(target: HttpTarget, plan: LoadPlan): LoadRun {
  const run = new Run(target, plan)
  return { stop: () => run.stop(), done: run.done }
}

class Run {
  readonly done: Promise<LoadResult>
  readonly #target: HttpTarget
  readonly #plan: LoadPlan
  readonly #planned: number
  readonly #agents: readonly { readonly from: string; readonly agent: http.Agent }[]
  readonly #startedMs = performance.now()
  readonly #latencies: number[] = []
  readonly #lags: number[] = []
  readonly #statuses: Record<string, number> = {}
  readonly #errors: Record<string, number> = {}
  readonly #failures: { atMs: number; status: number; error: string }[] = []
  #next = 0
  #completed = 0
  #inFlight = 0
  #stopped = false
  #timer: NodeJS.Timeout | null = null
  #resolve: (result: LoadResult) => void = () => undefined

  constructor(target: HttpTarget, plan: LoadPlan) {
    this.#target = target
    this.#plan = plan
    this.#planned = Math.max(0, Math.min(SAMPLES_MAX, Math.round((plan.ratePerS * plan.durationMs) / 1000)))
    this.#agents = Array.from({ length: Math.max(1, plan.sources ?? SOURCES) }, (_, index) => ({
      from: sourceAddress(index),
      agent: new http.Agent({ keepAlive: true, maxSockets: Infinity, timeout: IDLE_SOCKET_MS }),
    }))
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#tick()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#endIfIdle()
  }

  #dueMs(index: number): number {
    return this.#startedMs + (index * 1000) / this.#plan.ratePerS
  }

  #tick(): void {
    if (this.#stopped) return
    const nowMs = performance.now()
    while (this.#next < this.#planned && this.#dueMs(this.#next) <= nowMs && this.#inFlight < IN_FLIGHT_MAX) {
      this.#send(this.#next)
      this.#next += 1
    }
    // Long past its time and still not all sent: the generator itself was stuck; the rest is reported as unsent.
    if (nowMs > this.#startedMs + this.#plan.durationMs * 1.5 + 1_000) this.#stopped = true
    if (this.#next >= this.#planned || this.#stopped) {
      this.#stopped = true
      this.#endIfIdle()
      return
    }
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#dueMs(this.#next) - performance.now()))
  }

  #send(index: number): void {
    const due = this.#dueMs(index)
    const lane = this.#agents[index % this.#agents.length]
    if (!lane) return
    const { request } = this.#plan
    const one = typeof request === 'function' ? request(index) : request
    this.#lags.push(performance.now() - due)
    this.#inFlight += 1
    const timeoutMs = one.timeoutMs ?? this.#plan.timeoutMs
    void exchange(
      this.#target,
      { ...one, from: one.from ?? lane.from, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      one.from ? false : lane.agent,
    ).then((answer) => this.#record(answer, due))
  }

  #record(answer: HttpAnswer, due: number): void {
    const nowMs = performance.now()
    this.#inFlight -= 1
    this.#completed += 1
    this.#latencies.push(nowMs - due)
    if (answer.status > 0) count(this.#statuses, String(answer.status))
    else count(this.#errors, answer.error)
    if ((answer.status === 0 || answer.status >= 500) && this.#failures.length < FAILURES_MAX) {
      this.#failures.push({ atMs: Math.round(nowMs - this.#startedMs), status: answer.status, error: answer.error })
    }
    if (this.#stopped) this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (this.#inFlight > 0) return
    for (const { agent } of this.#agents) agent.destroy()
    const latencies = Float64Array.from(this.#latencies).sort()
    const lags = Float64Array.from(this.#lags).sort()
    this.#resolve({
      planned: this.#planned,
      sent: this.#next,
      completed: this.#completed,
      unsent: this.#planned - this.#next,
      lagMsP99: quantile(lags, 0.99),
      statuses: this.#statuses,
      errors: this.#errors,
      latencyMs: {
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
        max: quantile(latencies, 1),
      },
      failures: this.#failures,
    })
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

/** Nearest rank, rounded to whole milliseconds; 0 without samples. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0
  return Math.round(sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? 0)
}
