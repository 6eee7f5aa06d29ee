import type {
  Dependency,
  ExitInfo,
  HttpAnswer,
  HttpRequest,
  Instance,
  LoadPlan,
  LoadRun,
  LogLine,
  RawConnection,
  RequestSpec,
} from '@greengate/contracts'
import { exchange } from './http-client.ts'
import { startLoad } from './load.ts'
import { openRaw } from './raw-connection.ts'
import type { ServiceProcess } from './service-process.ts'

const DEFAULT_TIMEOUT_MS = 10_000

export interface InstanceParts {
  readonly process: ServiceProcess
  readonly host: string
  readonly port: number
  readonly dependencies: ReadonlyMap<string, Dependency>
  /** Secrets replaced. */
  readonly env: Readonly<Record<string, string>>
  readonly graceMs: number
  /** Requests that name no source address come from changing ones: see `SourceBudget`. */
  readonly spread: boolean
  readonly prepare: (spec: RequestSpec, n: number | undefined) => HttpRequest
  /** Removes folder, databases and proxies, after the processes are gone. */
  readonly release: () => Promise<void>
}

/** The service under test, running. */
export class ServiceInstance implements Instance {
  readonly host: string
  readonly port: number
  readonly pid: number
  readonly baseUrl: string
  readonly dependencies: ReadonlyMap<string, Dependency>
  readonly env: Readonly<Record<string, string>>
  readonly #parts: InstanceParts
  readonly #loads = new Set<LoadRun>()
  readonly #budget = new SourceBudget()
  #stopping: Promise<ExitInfo> | null = null

  constructor(parts: InstanceParts) {
    this.#parts = parts
    this.host = parts.host
    this.port = parts.port
    this.pid = parts.process.pid
    this.baseUrl = `http://${parts.host}:${parts.port}`
    this.dependencies = parts.dependencies
    this.env = parts.env
  }

  http(request: HttpRequest): Promise<HttpAnswer> {
    if (!this.#parts.spread || request.from !== undefined) return exchange(this, request)
    return exchange(this, { ...request, from: this.#budget.next() })
  }

  prepare(spec: RequestSpec, n?: number): HttpRequest {
    return { timeoutMs: DEFAULT_TIMEOUT_MS, ...this.#parts.prepare(spec, n) }
  }

  connect(from?: string): Promise<RawConnection> {
    return openRaw(this, from)
  }

  load(plan: LoadPlan): LoadRun {
    const run = startLoad(this, plan)
    this.#loads.add(run)
    void run.done.then(() => this.#loads.delete(run))
    return run
  }

  logs(): readonly LogLine[] {
    return this.#parts.process.logs.lines()
  }

  logsDropped(): number {
    return this.#parts.process.logs.dropped()
  }

  running(): boolean {
    return this.#parts.process.running()
  }

  signal(signal: Parameters<Instance['signal']>[0]): void {
    this.#parts.process.signal(signal)
  }

  waitForExit(timeoutMs: number): Promise<ExitInfo | null> {
    return this.#parts.process.waitForExit(timeoutMs)
  }

  stop(): Promise<ExitInfo> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async rssBytes(): Promise<number> {
    return this.#parts.process.rssBytes()
  }

  /** Processes that outlived the service's first one; known after `stop`. */
  leftovers(): number {
    return this.#parts.process.leftovers()
  }

  async #stop(): Promise<ExitInfo> {
    for (const run of this.#loads) run.stop()
    try {
      return await this.#parts.process.stop(this.#parts.graceMs)
    } finally {
      await this.#parts.release()
    }
  }
}

const BUDGET = 30
const BUDGET_WINDOW_MS = 61_000

/**
 * An instance that many checks share must not meet the service's own rate limit because of their number: after 30
 * requests a minute from 127.0.0.1 the next ones come from its neighbours in 127.9/16.
 */
class SourceBudget {
  #index = 0
  #used = 0
  #sinceMs = performance.now()

  next(): string {
    if (performance.now() - this.#sinceMs > BUDGET_WINDOW_MS) {
      this.#sinceMs = performance.now()
      this.#index = 0
      this.#used = 0
    }
    if (this.#used >= BUDGET) {
      this.#index += 1
      this.#used = 0
    }
    this.#used += 1
    const index = this.#index
    return index === 0 ? '127.0.0.1' : `127.9.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`
  }
}
