/** One feature of the kit, how it is cut out, and the control that must turn red then. */
export interface Removal {
  readonly feature: string
  readonly control: string
  readonly cuts: readonly { readonly file: string; readonly from: string; readonly to: string }[]
}

const src = 'packages/kit/src'
const one = (feature: string, control: string, file: string, from: string, to: string): Removal => ({
  feature,
  control,
  cuts: [{ file: `${src}/${file}`, from, to }],
})

const many = (feature: string, control: string, ...cuts: readonly (readonly [string, string, string])[]): Removal => ({
  feature,
  control,
  cuts: cuts.map(([file, from, to]) => ({ file: `${src}/${file}`, from, to })),
})

const CREATE = 'http/create-service.ts'
const LOAD = 'config/load-config.ts'

export const REMOVALS: readonly Removal[] = [
  one(
    'the environment lock',
    'CFG-01',
    LOAD,
    'if (lock) problems.push(...checkEnvironmentLock(env, lock, readFile))',
    '',
  ),
  one('required variables', 'CFG-03', LOAD, "if (variable.required) return { problem: 'is required and missing' }", ''),
  many(
    'the refusal of placeholders and weak secrets',
    'CFG-04',
    ['config/parse.ts', "if (isPlaceholder(text)) return { problem: 'is a placeholder' }", ''],
    ['config/parse.ts', 'if (weak) return { problem: weak }', ''],
  ),
  many(
    'ranges of values',
    'CFG-07',
    ['config/parse.ts', 'if (value < min) return { problem: `is below ${min}` }', ''],
    ['config/parse.ts', 'if (value > max) return { problem: `is above ${max}` }', ''],
  ),
  one(
    'the published registry of errors',
    'ERR-01',
    'errors/envelope.ts',
    'for (const code of this.#prepared.keys()) codes[code] = this.describe(code) as PublicErrorEntry',
    '',
  ),
  one(
    'the error envelope',
    'ERR-02',
    CREATE,
    '.send(answer.payload)',
    '.send(JSON.stringify({ message: error.code }))',
  ),
  one(
    'Retry-After',
    'ERR-03',
    'errors/envelope.ts',
    "if (entry.retryAfterS !== null) headers['retry-after'] = String(entry.retryAfterS)",
    '',
  ),
  one(
    'silence about the inside',
    'ERR-04',
    CREATE,
    'const error = classifyError(thrown)',
    'const error = new ServiceError(classifyError(thrown).code, { message: String(thrown instanceof Error ? (thrown.cause instanceof Error ? thrown.cause.stack : thrown.stack) : thrown) })',
  ),
  one(
    'the exit code of a wrong configuration',
    'ERR-05',
    'lifecycle/run-main.ts',
    'if (error instanceof ConfigError) return exitCodes.config',
    'if (error instanceof ConfigError) return exitCodes.ok',
  ),
  one(
    'the drain',
    'RES-10',
    CREATE,
    'const complete = await this.#drain.finish({',
    'const complete = true\n    this.app.server.closeAllConnections()\n    void ({',
  ),
  many(
    'time limits for requests',
    'RES-20',
    [CREATE, 'headersTimeout: limits.headersTimeoutMs,', 'headersTimeout: 0,'],
    [CREATE, 'requestTimeout: limits.requestTimeoutMs,', 'requestTimeout: 0,'],
  ),
  one(
    'the end of waiting for a dependency',
    'RES-23',
    'lifecycle/wait-for.ts',
    'if (performance.now() >= endMs) {',
    'if (timeoutMs < 0 && endMs < 0) {',
  ),
  one('the log line of a request', 'OBS-01', 'http/request-log.ts', 'account.line.log(', 'void Array.of('),
  many(
    'correlation ids',
    'OBS-02',
    ['telemetry/correlation.ts', 'if (preferred !== undefined && isCorrelationId(preferred)) return preferred', ''],
    ['telemetry/correlation.ts', 'if (other !== undefined && isCorrelationId(other)) return other', ''],
  ),
  one(
    'metrics of requests',
    'OBS-03',
    'http/request-log.ts',
    'account.metrics.observe(status, durationMs / 1000, traceId)',
    '',
  ),
  one('readiness', 'OBS-13', CREATE, 'return (await this.#options.notReady?.()) ?? []', 'return []'),
  one(
    'the answer to an unknown path',
    'OBS-21',
    CREATE,
    'app.setNotFoundHandler((request) => {',
    "app.setNotFoundHandler((request, reply) => {\n      if (request.method === 'GET') return reply.code(200).send('welcome')",
  ),
  one(
    'the list of origins',
    'SEC-01',
    'http/common-headers.ts',
    'return this.#default.of(origin).flat',
    "return [...this.#default.of(undefined).flat, ...(origin === undefined ? [] : ['access-control-allow-origin', origin])]",
  ),
  one(
    'security headers',
    'SEC-02',
    'http/common-headers.ts',
    'return this.#default.of(origin).flat',
    "return ['vary', 'Origin']",
  ),
  one(
    'the rate limit',
    'SEC-04',
    'http/entrance.ts',
    "return decision.outcome === 'allowed' ? null : new ServiceError('rate_limited', { stack: false })",
    'return null',
  ),
  one(
    'the trust in named proxies alone',
    'SEC-05',
    'limits/client-address.ts',
    'if (!peer.trusted) return peer.location',
    '',
  ),
  one('the limit of a body', 'SEC-18', CREATE, 'bodyLimit: this.#limits.bodyBytesMax,', 'bodyLimit: 1_000_000_000,'),
  one(
    'the description of the API',
    'API-01',
    'http/operational-routes.ts',
    'handler: () => ({ status: 200, body: document() }),',
    "handler: () => ({ status: 200, body: { openapi: '3.1.0', info: { title: 't', version: '1' }, paths: {} } }),",
  ),
]

/** Features whose control has no check yet, or that show in no service from outside: nothing turns red without them. */
export const UNSEEN: readonly { readonly feature: string; readonly control: string | null }[] = [
  {
    feature: 'the refusal of debug switches in production, where the switch only makes the log longer',
    control: 'CFG-10',
  },
  { feature: 'deadlines that cancel the work', control: 'RES-03' },
  { feature: 'circuit breakers', control: 'RES-01' },
  { feature: 'retries under a budget', control: 'RES-04' },
  { feature: 'bulkheads and bounded pools', control: 'RES-05' },
  { feature: 'load shedding', control: 'RES-06' },
  { feature: 'last-known-good answers', control: 'RES-13' },
  { feature: 'names resolved again', control: 'RES-22' },
  { feature: 'jittered schedules', control: 'RES-24' },
  { feature: 'jobs with dead letters', control: 'RES-15' },
  { feature: 'nesting depth of bodies', control: 'RES-21' },
  { feature: 'traces', control: 'OBS-06' },
  { feature: 'the cardinality cap', control: 'OBS-14' },
  { feature: 'gauges of pools, caches and queues', control: 'OBS-05' },
  { feature: 'error tracking', control: 'ERR-13' },
  { feature: 'limits shared by replicas', control: 'SEC-04' },
  { feature: 'the redactor', control: null },
  { feature: 'CSRF', control: 'SEC-16' },
  { feature: 'signed cookies', control: 'SEC-09' },
  { feature: 'webhook verification', control: 'SEC-29' },
  { feature: 'safe outbound fetch', control: 'SEC-30' },
  { feature: 'uploads checked by content', control: 'SEC-19' },
  { feature: 'kill switches and flags', control: 'CFG-13' },
  { feature: 'a reload that keeps the last good configuration', control: 'CFG-16' },
  { feature: 'live and test keys kept apart', control: 'CFG-08' },
  { feature: 'idempotency keys', control: null },
  { feature: 'RFC 9457 by negotiation', control: null },
]
