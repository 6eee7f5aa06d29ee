import type { DependencySpec, RequestSpec } from './config.ts'
import type { Json } from './json.ts'

/** Time as checks see it; passed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Monotonic milliseconds with a fraction. */
  monotonicMs(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Randomness as checks see it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Lower-case hex of `bytes` random bytes. */
  hex(bytes: number): string
}

// ---------------------------------------------------------------- HTTP

export interface HttpRequest {
  readonly method?: string
  /** Path with query; goes to the instance, whatever it says. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A string or bytes are sent as they are; anything else as JSON with its content type unless one is given. */
  readonly body?: Json | Uint8Array
  /** Whole exchange; default 10,000 ms. */
  readonly timeoutMs?: number
  /** Source address in 127.0.0.0/8; default 127.0.0.1. */
  readonly from?: string
  /** Bytes of the body that are kept; default 256 KiB. */
  readonly bodyBytesMax?: number
  /** Send the body with `transfer-encoding: chunked`. */
  readonly chunked?: boolean
}

export interface HttpAnswer {
  /** 0 when there was no answer: see `error`. */
  readonly status: number
  /** Lower-case names; every value in the order of arrival. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
  readonly truncated: boolean
  readonly durationMs: number
  /** Empty, or `timeout`, `ECONNRESET`, `ECONNREFUSED`, `closed`, ... */
  readonly error: string
}

/** One TCP connection under the check's full control: for slow clients and half-sent requests. */
export interface RawConnection {
  write(data: string | Uint8Array): Promise<void>
  /** Everything received so far, at most 256 KiB. */
  received(): string
  /** Resolves when the peer closed or reset, or after `timeoutMs`. */
  waitForClose(timeoutMs: number): Promise<{ closed: boolean; afterMs: number }>
  /** Resolves when `received()` satisfies the predicate, the peer closed, or time is up. */
  waitFor(predicate: (received: string) => boolean, timeoutMs: number): Promise<boolean>
  destroy(): void
}

// ---------------------------------------------------------------- load

export interface LoadPlan {
  readonly request: HttpRequest | ((index: number) => HttpRequest)
  readonly ratePerS: number
  readonly durationMs: number
  /** Number of source addresses in 127/8 to spread over; default 32. */
  readonly sources?: number
  readonly timeoutMs?: number
}

export interface LoadResult {
  readonly planned: number
  readonly sent: number
  readonly completed: number
  /** Planned and never sent because the generator was behind or stopped. */
  readonly unsent: number
  /** How late requests left, 99th percentile: a lagging generator measures itself. */
  readonly lagMsP99: number
  readonly statuses: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  /** From the intended send time; milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }
  /** The first failures, at most 20. */
  readonly failures: readonly { readonly atMs: number; readonly status: number; readonly error: string }[]
}

export interface LoadRun {
  /** Ends the load early; requests under way may finish. */
  stop(): void
  readonly done: Promise<LoadResult>
}

// ---------------------------------------------------------------- dependencies

export interface ProxyCounters {
  /** Connections accepted since the sandbox was made. */
  readonly accepted: number
  readonly active: number
  /** Connections that the proxy refused or cut by order. */
  readonly broken: number
  readonly bytesToServer: number
  readonly bytesToClient: number
  /** Chunks of data that arrived from the client while the link was frozen: the fault as the proxy saw it. */
  readonly heldWhileFrozen: number
}

/** A request that reached the stand-in of an http dependency. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  /** Lower-case names; several values are joined with commas. */
  readonly headers: Readonly<Record<string, string>>
}

/** A dependency of one instance: a sandbox behind a fault proxy. */
export interface Dependency {
  readonly name: string
  readonly spec: DependencySpec
  /** Nothing gets through in either direction, and no connection is closed: as with a frozen server. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Resets every connection there is; new ones are accepted. */
  cut(): Promise<void>
  /** Resets every connection there is and refuses new ones. */
  refuse(): Promise<void>
  /** Ends freeze and refuse. */
  restore(): Promise<void>
  counters(): ProxyCounters
  /** The last requests that reached the stand-in, at most 500, those of other instances included. Only `http`. */
  received?(): readonly ReceivedRequest[]
  /** Asks the sandbox itself, past the proxy. Only `postgres`. */
  query(sql: string, params?: readonly Json[]): Promise<readonly Record<string, Json>[]>
}

// ---------------------------------------------------------------- the service under test

export interface LogLine {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  /** Milliseconds since the instance was started. */
  readonly atMs: number
}

export interface ExitInfo {
  readonly code: number | null
  readonly signal: string | null
  /** Milliseconds since the start, or since the signal if one was sent. */
  readonly afterMs: number
}

/** How this start differs from the owner's. */
export interface BootVariant {
  /** Shown as progress and kept as a fact: "without DATABASE_URL". */
  readonly purpose: string
  /** Variables to set; null removes one. Placeholders are filled in. */
  readonly env?: Readonly<Record<string, string | null>>
  /** Files to write into {workdir}, name to content. */
  readonly files?: Readonly<Record<string, string>>
  /** State of dependencies from the first moment. `absent`: nothing listens at its address. */
  readonly dependencies?: Readonly<Record<string, 'up' | 'absent' | 'refused' | 'frozen'>>
  /** `taken`: somebody else listens on its port already. */
  readonly port?: 'free' | 'taken'
  /** Instead of `start.readyTimeoutMs`. */
  readonly readyTimeoutMs?: number
}

/** What became of a start. Nothing the service does makes this throw. */
export interface BootAttempt {
  readonly outcome: 'ready' | 'exited' | 'not-ready'
  /** Given if it became ready; must be stopped. */
  readonly instance: Instance | null
  readonly exit: ExitInfo | null
  readonly logs: readonly LogLine[]
  readonly logsTruncated: boolean
  /** Whether anything listened on its port at any moment; polled every 20 ms. Always false with `port: 'taken'`. */
  readonly portOpened: boolean
  readonly readyAfterMs: number
}

export interface Instance {
  readonly baseUrl: string
  readonly host: string
  readonly port: number
  readonly pid: number
  readonly dependencies: ReadonlyMap<string, Dependency>
  /** The environment it was started with, secrets replaced. */
  readonly env: Readonly<Record<string, string>>
  http(request: HttpRequest): Promise<HttpAnswer>
  /** A request declared in the configuration, with its placeholders and identity filled in. */
  prepare(spec: RequestSpec, n?: number): HttpRequest
  connect(from?: string): Promise<RawConnection>
  load(plan: LoadPlan): LoadRun
  logs(): readonly LogLine[]
  /** At most `start` lines were dropped from the front when this is above 0. */
  logsDropped(): number
  running(): boolean
  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Null when it still runs after `timeoutMs`. */
  waitForExit(timeoutMs: number): Promise<ExitInfo | null>
  /** SIGTERM, the grace period, SIGKILL; its whole process group; its folder and database are removed. Idempotent. */
  stop(): Promise<ExitInfo>
  /** Resident memory of the whole process group. */
  rssBytes(): Promise<number>
}

/** Starts the service under test in variants. Everything it started it stops, whatever happens. */
export interface Testbed {
  /** An instance of the check's own, with databases of its own. @throws GreengateError SERVICE_NOT_READY, SERVICE_DIED */
  boot(variant?: BootVariant): Promise<Instance>
  /** As `boot`, but what goes wrong is data. */
  tryBoot(variant: BootVariant): Promise<BootAttempt>
  /**
   * One unchanged instance for all checks whose effect is `read`; never to be stopped, frozen or flooded. After 30 requests a
   * minute, requests to it that name no `from` come from further addresses, so that checks together do not meet its rate limit.
   */
  shared(): Promise<Instance>
  /** The value behind `{secret:NAME}` and every other minted secret, for searching outputs. */
  secrets(): readonly string[]
  /** Fills in placeholders as the service's own environment sees them, without a start. Null: not declared. */
  declaredEnv(): Readonly<Record<string, string>>
}

// ---------------------------------------------------------------- the source tree

export interface TreeFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  readonly executable: boolean
  /** Target of a symbolic link; links are listed and never followed. */
  readonly link?: string
}

export interface ToolCommand {
  /** Program and arguments; no shell. Programs in the tree's own node_modules/.bin or .venv/bin are found first. */
  readonly argv: readonly string[]
  /** Relative to the root. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Bytes kept of each stream; default 4 MiB. */
  readonly outputBytesMax?: number
}

export interface ToolRun {
  /** False: no such program. */
  readonly found: boolean
  readonly exit: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly truncated: boolean
  readonly timedOut: boolean
  readonly durationMs: number
  /** User and system time of the tool and its children; 0 if it could not be measured. */
  readonly cpuMs: number
}

/** A materialised, digested export of the tree: what is judged is what was digested. */
export interface TreePort {
  /** Absolute folder of the export. Read only: to change something, `fork`. */
  readonly root: string
  readonly files: readonly TreeFile[]
  /** Files that could not be read, or are too large to be exported, with the reason: never silently left out. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** Commit, or empty without git. */
  readonly commit: string
  /** Folder of the original repository's git data for reading history; null without git. */
  readonly gitDir: string | null
  /** Folder of the tree inside its repository, with forward slashes; empty at its top and without git. */
  readonly gitPrefix?: string
  /** Whether the configuration says that a path, there or in the history, does not belong to the service; absent: none. */
  readonly isExcluded?: (path: string) => boolean
  has(path: string): boolean
  /** Text of a file of at most 4 MiB. @throws GreengateError SUBJECT_UNREADABLE */
  read(path: string): Promise<string>
  /** Runs a tool in the export with a scrubbed environment. Commands with the same words run once per run. */
  run(command: ToolCommand): Promise<ToolRun>
  /** A copy to plant something in; deleted when the check ends. */
  fork(): Promise<TreePort & { write(path: string, content: string): Promise<void> }>
}

// ---------------------------------------------------------------- deploying

/** States of evidence in which a deploy is tried; only in `green` may anything happen. */
export const DEPLOY_ATTEMPTS = [
  'green',
  'red',
  'partial',
  'missing',
  'expired',
  'stale',
  'foreign',
  'altered',
  'other-subject',
  'other-policy',
  'dirty',
] as const
export type DeployAttemptKind = (typeof DEPLOY_ATTEMPTS)[number]

export interface DeployAttempt {
  readonly kind: DeployAttemptKind
  /** Exit code of the deploy command; null when it was killed. */
  readonly exit: number | null
  /** Whether the adapter was started. */
  readonly adapterStarted: boolean
  /** Whether the adapter, or anything else that was started, saw the credential. */
  readonly credentialSeen: boolean
  /** What it printed, cut after 300 characters. */
  readonly message: string
}

/** Tries deploys of a made-up subject with a recording adapter; the owner's own adapter is never started. */
export interface Deployer {
  /** @param entry Deploy command to try instead of `greengate deploy`: for positive controls. */
  attempt(kind: DeployAttemptKind, entry?: readonly string[]): Promise<DeployAttempt>
}
