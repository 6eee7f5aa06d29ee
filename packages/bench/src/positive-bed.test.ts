/**
 * Goal: the sentinel is sound when nothing is taken out, every name takes out what it says, and a bed is cheap.
 * Method: the sentinel is started whole and once per defect; what a client, its logs or its exit shows is compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BootAttempt, CheckContext, HttpAnswer, Instance, Testbed } from '@greengate/contracts'
import { DEFECTS, type Defect } from '../sentinel/defects.ts'
import { createRandom, createSystemClock } from './clock.ts'
import { createPositiveBed, type PositiveBedHandle } from './positive-bed.ts'
import { tempStateDir } from './testing.ts'

const state = tempStateDir()
let bed: PositiveBedHandle
/** What the first bed takes, which starts the database as well. */
let firstMs = 0
beforeAll(async () => {
  bed = createPositiveBed({
    clock: createSystemClock(),
    random: createRandom(),
    runId: `bed-${process.pid}`,
    stateDir: state.path,
    signal: new AbortController().signal,
  })
  const startedMs = performance.now()
  await testbedOf(await bed.service([])).shared()
  firstMs = performance.now() - startedMs
})
afterAll(async () => {
  await bed.close()
  state.remove()
})

function testbedOf(context: CheckContext): Testbed {
  if (!context.testbed) throw new Error('no testbed')
  return context.testbed
}

/** What one defect changes: the same question to the sentinel without and with it must be answered differently. */
type Question = (testbed: Testbed, instance: () => Promise<Instance>, own: () => Promise<Instance>) => Promise<unknown>

const answer = (
  path: string,
  pick: (answer: HttpAnswer) => unknown,
  request: Record<string, unknown> = {},
): Question => {
  return async (_testbed, instance) => pick(await (await instance()).http({ path, timeoutMs: 6_000, ...request }))
}
const header =
  (name: string) =>
  (got: HttpAnswer): unknown =>
    got.headers[name] ?? null
const status = (got: HttpAnswer): unknown => got.status || got.error
const errorOf = (got: HttpAnswer): Record<string, unknown> =>
  got.body.startsWith('{') ? ((JSON.parse(got.body) as { error?: Record<string, unknown> }).error ?? {}) : {}
const has =
  (key: string) =>
  (got: HttpAnswer): unknown =>
    key in errorOf(got)
const start = (
  env: Record<string, string | null>,
  pick: (attempt: BootAttempt) => unknown,
  rest: object = {},
): Question => {
  return async (testbed) => {
    const attempt = await testbed.tryBoot({ purpose: 'a question', env, readyTimeoutMs: 4_000, ...rest })
    await attempt.instance?.stop()
    return pick(attempt)
  }
}
const outcome = (attempt: BootAttempt): unknown => attempt.outcome
const fatalLines = (attempt: BootAttempt): readonly string[] =>
  attempt.logs.map((line) => line.text).filter((text) => text.includes('config_error'))
const json = { 'content-type': 'application/json' }
const post = (path: string, body: string, headers = {}): Record<string, unknown> => ({
  method: 'POST',
  body,
  headers: { ...json, ...headers },
  path,
})

async function authorised(instance: Instance): Promise<Record<string, string>> {
  return {
    ...instance.prepare({
      method: 'GET',
      path: '/',
      headers: {},
      as: 'client',
      effect: 'read',
      touches: [],
      expect: 200,
    }).headers,
  } as Record<string, string>
}

async function flood(
  instance: Instance,
  forged: (index: number) => Record<string, string> = () => ({}),
): Promise<HttpAnswer> {
  let last = await instance.http({ path: '/api/prices', from: '127.5.5.5' })
  for (let index = 0; index < 104; index += 1)
    last = await instance.http({ path: '/errors', from: '127.5.5.5', headers: forged(index) })
  return last
}

async function signInAs(instance: Instance, username: string, from: string): Promise<HttpAnswer> {
  return instance.http({ method: 'POST', path: '/api/sign-in', body: { username, password: 'wrong-password' }, from })
}

const limited = (pick: (got: HttpAnswer) => unknown, forged?: (index: number) => Record<string, string>): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const got = await flood(own, forged)
    await own.stop()
    return pick(got)
  }
}

const locked = (username: (index: number) => string, pick: (got: HttpAnswer) => unknown = status): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    let got = await signInAs(own, username(0), '127.6.0.1')
    for (let index = 1; index < 8; index += 1) got = await signInAs(own, username(index), `127.6.0.${index + 1}`)
    await own.stop()
    return pick(got)
  }
}

/** Sends SIGTERM while something is under way and tells what became of it and of the process. */
const stopping = (under: (instance: Instance) => Promise<() => Promise<unknown>>): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const outcomeOf = await under(own)
    own.signal('SIGTERM')
    const seen = await outcomeOf()
    const exit = await own.waitForExit(5_500)
    await own.stop()
    return { seen, code: exit?.code ?? 'still there' }
  }
}
const slowRequest = stopping(async (own) => {
  const asked = own.http({ path: '/api/slow' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return async () => (await asked).status
})
const halfBody = stopping(async (own) => {
  const headers = await authorised(own)
  const connection = await own.connect()
  await connection.write(
    `POST /api/items HTTP/1.1\r\nhost: x\r\nauthorization: ${headers['authorization'] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"name":`,
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    await connection.write('"a pen"} ')
    await connection.waitFor((text) => text.includes('\r\n\r\n'), 2_000)
    return connection.received().split('\r\n')[0]
  }
})
const idleConnection = stopping(async (own) => {
  const connection = await own.connect()
  await connection.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
  await connection.waitFor((text) => text.includes('"ok"'), 2_000)
  return () => Promise.resolve('')
})
const newConnection = stopping(async (own) => {
  const asked = own.http({ path: '/api/slow' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    const refused = (await own.http({ path: '/health' })).error
    await asked
    return refused
  }
})
const halfRequest = (head: string): Question => {
  return async (testbed) => {
    const own = await testbed.boot({
      purpose: 'short limits',
      env: { HEADERS_TIMEOUT_MS: '400', REQUEST_TIMEOUT_MS: '600' },
    })
    const connection = await own.connect()
    await connection.write(head)
    const { closed } = await connection.waitForClose(2_500)
    connection.destroy()
    await own.stop()
    return closed
  }
}
const faulty = (
  state: 'frozen' | 'refused',
  path: string,
  pick: (got: HttpAnswer) => unknown,
  name = 'db',
): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const dependency = own.dependencies.get(name)
    await (state === 'frozen' ? dependency?.freeze() : dependency?.refuse())
    const got = pick(await own.http({ path, timeoutMs: 5_000 }))
    await own.stop()
    return got
  }
}

const withoutTwo = { SESSION_SECRET: null, API_TOKEN: null }
const strong = 'k9Qw7ZpL2mXv8RtB4nHs6JdF1gYc3UaE5oVi0'
const big = 'x'.repeat(1_500_000)
const QUESTIONS: Record<Defect, Question> = {
  'env-lock-ignored': start({ APP_ENV: 'staging' }, outcome),
  'missing-var-default': start({ SESSION_SECRET: null }, outcome),
  'missing-var-one-at-a-time': start(
    withoutTwo,
    (got) => fatalLines(got)[0]?.includes('API_TOKEN') === true && fatalLines(got)[0]?.includes('SESSION_SECRET'),
  ),
  'placeholder-accepted': start({ SESSION_SECRET: 'changeme' }, outcome),
  'weak-secret-accepted': start({ SESSION_SECRET: 'a'.repeat(40) }, outcome),
  'malformed-value-accepted': start({ RATE_LIMIT_PER_MIN: 'many' }, outcome),
  'range-unchecked': start({ RATE_LIMIT_PER_MIN: '0' }, outcome),
  'debug-in-production': start({ DEBUG: 'true' }, outcome),
  'source-maps-public': answer('/app.js.map', status),
  'credential-unchecked': start({ MAIL_API_KEY: strong }, outcome),
  'config-error-exit-0': start(withoutTwo, (got) => got.exit?.code),
  'config-error-logged-twice': start(withoutTwo, (got) => fatalLines(got).length),
  'config-error-hang': start(withoutTwo, outcome),
  'port-opened-before-config': start(withoutTwo, (got) => got.portOpened),
  'db-missing-exit-0': start({}, (got) => got.exit?.code, { dependencies: { db: 'absent' } }),
  'db-missing-hang': start({}, outcome, { dependencies: { db: 'absent' } }),
  'optional-dependency-blocks-start': start({}, outcome, { dependencies: { prices: 'absent' } }),
  'optional-dependency-blocks-request': faulty('refused', '/api/prices', status, 'prices'),
  'default-admin': answer('/api/sign-in', status, {
    ...post('/api/sign-in', '{"username":"admin","password":"admin"}'),
  }),
  'open-admin': answer('/admin', status),
  'example-secret-accepted': start({ SESSION_SECRET: 'your-super-secret-session-key-1234567' }, outcome),
  'error-code-unregistered': answer('/nothing', (got) => errorOf(got)['code']),
  'error-registry-wrong-status': answer(
    '/errors',
    (got) => (JSON.parse(got.body) as { codes: Record<string, { status: number }> }).codes['not_found']?.status,
  ),
  'html-404': answer('/nothing', header('content-type')),
  'no-envelope-on-malformed': async (_testbed, instance) => {
    const own = await instance()
    return has('code')(
      await own.http({
        method: 'POST',
        path: '/api/items',
        body: '{',
        headers: { ...(await authorised(own)), ...json },
      }),
    )
  },
  'no-envelope-on-405': answer('/api/items', has('code'), { method: 'PUT' }),
  'no-envelope-on-413': answer('/api/sign-in', has('code'), post('/api/sign-in', big)),
  'no-envelope-on-503': faulty('refused', '/api/items', has('code')),
  'request-id-missing-in-error': answer('/nothing', has('request_id')),
  'help-missing': answer('/nothing', has('help')),
  'retry-after-missing-429': limited(header('retry-after')),
  'retry-after-missing-503': faulty('refused', '/api/items', header('retry-after')),
  'retry-after-on-404': answer('/nothing', header('retry-after')),
  'leak-stack': answer('/nothing', (got) => got.body.includes('at ')),
  'leak-sql': answer('/nothing', (got) => got.body.includes('select ')),
  'leak-path': answer('/nothing', (got) => got.body.includes('sentinel/errors')),
  'leak-version': answer('/nothing', header('server')),
  'text-logs': async (_testbed, instance) => (await instance()).logs().every((line) => line.text.startsWith('{')),
  'log-fields-missing': logged('duration_ms'),
  'no-correlation-echo': answer('/health', header('x-request-id'), { headers: { 'x-request-id': 'given-12345' } }),
  'correlation-accepts-anything': accepted,
  'correlation-not-logged': logged('correlation_id'),
  'correlation-not-in-error': answer('/nothing', (got) => errorOf(got)['request_id'] === 'given-12345', {
    headers: { 'x-request-id': 'given-12345' },
  }),
  'no-metrics': answer('/metrics', status),
  'metrics-invalid': answer('/metrics', (got) => got.body.includes('{{{')),
  'metrics-no-duration': answer('/metrics', (got) => got.body.includes('http_request_duration_seconds')),
  'metrics-counter-stuck': async (_testbed, instance) => {
    const own = await instance()
    for (let index = 0; index < 3; index += 1) await own.http({ path: '/errors/not_found' })
    return (await own.http({ path: '/metrics' })).body.includes('route="/errors/{id}"')
  },
  'ready-constant': faulty('refused', '/ready', status),
  'ready-slow': answer('/ready', (got) => got.durationMs > 1_500),
  'live-tracks-db': faulty('refused', '/health', status),
  'catch-all-200': answer('/nothing', status),
  'cors-reflects': answer('/health', header('access-control-allow-origin'), {
    headers: { origin: 'https://evil.test' },
  }),
  'cors-star': answer('/health', header('access-control-allow-origin'), { headers: { origin: 'https://evil.test' } }),
  'cors-null': answer('/health', header('access-control-allow-origin'), { headers: { origin: 'null' } }),
  'no-security-headers': answer('/health', header('x-content-type-options')),
  'headers-missing-on-errors': answer('/nothing', header('x-content-type-options')),
  'powered-by': answer('/health', header('x-powered-by')),
  'csp-unsafe': answer('/health', header('content-security-policy')),
  'no-rate-limit': limited(status),
  'rate-limit-no-retry-after': limited(header('retry-after')),
  'rate-limit-no-headers': limited(header('ratelimit-limit')),
  'forwarded-for-trusted': limited(status, (index) => ({ 'x-forwarded-for': `10.0.0.${index}` })),
  'forwarded-variants-trusted': limited(status, (index) => ({ 'x-real-ip': `10.0.0.${index}` })),
  'sign-in-unlimited': locked(() => 'admin'),
  'sign-in-enumerates-status': locked((index) => `nobody-${index}`),
  'sign-in-enumerates-body': locked(
    (index) => `nobody-${index}`,
    (got) => Object.keys((errorOf(got)['details'] ?? {}) as object).length,
  ),
  'sign-in-enumerates-lockout': locked(() => 'nobody'),
  'sign-in-enumerates-timing': async (_testbed, instance) => {
    const own = await instance()
    // Beside the time for an account that exists: a bound in milliseconds would measure the machine.
    const fastestMs = { admin: Infinity, nobody: Infinity }
    for (let index = 0; index < 4; index += 1) {
      for (const name of ['admin', 'nobody'] as const) {
        const from = `127.7.${name === 'admin' ? 1 : 0}.${index + 1}`
        const { durationMs } = await signInAs(own, name === 'admin' ? name : `nobody-${index}`, from)
        fastestMs[name] = Math.min(fastestMs[name], durationMs)
      }
    }
    return fastestMs.nobody > fastestMs.admin / 2
  },
  'no-body-limit': answer('/api/sign-in', status, post('/api/sign-in', big)),
  'body-limit-content-length-only': answer('/api/sign-in', status, { ...post('/api/sign-in', big), chunked: true }),
  'body-limit-5xx': answer('/api/sign-in', status, post('/api/sign-in', big)),
  'openapi-missing': answer('/openapi.json', status),
  'openapi-invalid': answer('/openapi.json', (got) => got.body.includes('operationId')),
  'route-undocumented': answer('/api/hidden', status),
  'route-missing': async (_testbed, instance) => {
    const own = await instance()
    const made = await own.http({
      method: 'POST',
      path: '/api/items',
      body: { name: `n${performance.now()}` },
      headers: await authorised(own),
    })
    return (await own.http({ path: made.headers['location']?.[0] ?? '/none' })).status
  },
  'answer-not-conforming': answer('/api/items', (got) =>
    Array.isArray((JSON.parse(got.body) as { items: unknown }).items),
  ),
  'answer-undocumented-status': answer('/api/items', status),
  'no-drain': slowRequest,
  'drain-drops-body': halfBody,
  'drain-drops-db-wait': slowRequest,
  'idle-keepalive-hangs': idleConnection,
  'sigterm-ignored': idleConnection,
  'sigterm-exit-1': idleConnection,
  'keeps-accepting-after-sigterm': newConnection,
  'no-header-timeout': halfRequest('GET / HTTP/1.1\r\nhost:'),
  'no-request-timeout': halfRequest(
    'POST /api/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
  ),
  'keepalive-shorter-than-proxy': async (_testbed, instance) => {
    const connection = await (await instance()).connect()
    await connection.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
    const { closed } = await connection.waitForClose(4_500)
    connection.destroy()
    return closed
  },
  'debug-endpoints': answer('/debug/vars', status),
  'logs-on-stderr': async (_testbed, instance) => (await instance()).logs().some((line) => line.stream === 'stdout'),
  'actor-not-logged': logged('actor'),
  'correlation-not-sent-upstream': async (_testbed, instance) => {
    const own = await instance()
    await own.http({ path: '/api/prices', headers: { 'x-request-id': 'given-12345' } })
    const received = own.dependencies.get('prices')?.received?.() ?? []
    return received.some((request) => request.headers['x-request-id'] === 'given-12345')
  },
  'open-registration': answer('/api/users', status, post('/api/users', '{}')),
  'live-slow': answer('/health', (got) => got.durationMs > 1_500),
  'ready-never-returns': async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const db = own.dependencies.get('db')
    await db?.refuse()
    await own.http({ path: '/ready' })
    await db?.restore()
    let got = await own.http({ path: '/ready' })
    for (let index = 0; index < 10 && got.status !== 200; index += 1) got = await own.http({ path: '/ready' })
    await own.stop()
    return got.status
  },
  'db-wait-unlimited': faulty('frozen', '/api/items', status),
}

function logged(field: string): Question {
  return async (_testbed, instance) => {
    const own = await instance()
    await own.http({ path: '/errors' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    return own.logs().some((line) => line.text.includes('"/errors"') && line.text.includes(`"${field}"`))
  }
}

async function accepted(_testbed: Testbed, instance: () => Promise<Instance>): Promise<unknown> {
  return (
    (await (await instance()).http({ path: '/health', headers: { 'x-request-id': '<b>' } })).headers[
      'x-request-id'
    ]?.[0] === '<b>'
  )
}

test('another bed costs less than the first: it shares the database', async () => {
  const tookMs: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const startedMs = performance.now()
    const context = await bed.service(['catch-all-200'], { params: { a: 1 } })
    const instance = await testbedOf(context).shared()
    expect((await instance.http({ path: '/nothing' })).status).toBe(200)
    await bed.release()
    tookMs.push(performance.now() - startedMs)
    expect(context.params).toEqual({ a: 1 })
  }
  // The quickest: what else the machine does makes any of them slower, the first one too.
  expect(Math.min(...tookMs)).toBeLessThan(0.8 * firstMs)
})

test('a defect that does not exist is refused', async () => {
  await expect(testbedOf(await bed.service(['no-such-defect'])).boot()).rejects.toMatchObject({
    code: 'SERVICE_DIED',
    message: expect.stringContaining('no-such-defect'),
  })
})

describe.concurrent('every defect shows', () => {
  let clean: Promise<Testbed> | null = null
  const cleanAnswers = new Map<Question, Promise<unknown>>()

  async function askClean(question: Question): Promise<unknown> {
    clean ??= bed.service([]).then(testbedOf)
    const testbed = await clean
    return question(
      testbed,
      () => testbed.shared(),
      () => testbed.boot(),
    )
  }

  test.for(DEFECTS)('%s', async (defect, { expect }) => {
    const question = QUESTIONS[defect]
    if (!cleanAnswers.has(question)) cleanAnswers.set(question, askClean(question))
    const context = await bed.service([defect])
    const testbed = testbedOf(context)
    // Nobody else asks this one: it may be broken and stopped.
    const shared = (): Promise<Instance> => testbed.shared()
    const broken = await question(testbed, shared, shared)
    await bed.release(context)
    expect(broken).not.toEqual(await cleanAnswers.get(question))
  })
})
