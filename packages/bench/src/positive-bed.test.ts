/**
 * Goal: the sentinel is sound when nothing is taken out, every name takes out what it says, and a bed is cheap.
 * Method: the sentinel is started whole and once per defect; what a client, its logs or its exit shows is compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckContext, Instance, Testbed } from '@greengate/contracts'
import { DEFECTS, type Defect } from '../sentinel/defects.ts'
import { createRandom, createSystemClock } from './clock.ts'
import { createPositiveBed, type PositiveBedHandle } from './positive-bed.ts'
import {
  type Question,
  answer,
  header,
  status,
  errorOf,
  has,
  start,
  outcome,
  fatalLines,
  json,
  post,
  authorised,
  signInAs,
  limited,
  locked,
  slowRequest,
  halfBody,
  idleConnection,
  newConnection,
  itemsWhileStopping,
  closesIdle,
  halfRequest,
  faulty,
  counted,
  logged,
  accepted,
} from './testing-questions.ts'
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
  'optional-dependency-refuses-requests': faulty('refused', '/api/items', status, 'prices'),
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
  'leak-stack-late': answer('/nothing', (got) => got.body.indexOf('    at ') > 1_500),
  'leak-sql': answer('/nothing', (got) => got.body.includes('select ')),
  'leak-path': answer('/nothing', (got) => got.body.includes('sentinel/errors')),
  'leak-version': answer('/nothing', header('server')),
  'text-logs': async (_testbed, instance) => (await instance()).logs().every((line) => line.text.startsWith('{')),
  'log-fields-missing': logged('duration_ms'),
  'successes-not-logged': logged('event'),
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
  'metrics-behind-router': counted(/route="\/errors"/, (own) => own.http({ path: '/errors' })),
  'metrics-without-refused': counted(/status="404"/, (own) => own.http({ path: '/api/items/none' })),
  'metrics-without-failed': counted(/status="503"/, async (own) => {
    const db = own.dependencies.get('db')
    await db?.refuse()
    await own.http({ path: '/api/items' })
    await db?.restore()
  }),
  'ready-constant': faulty('refused', '/ready', status),
  'ready-slow': answer('/ready', (got) => got.durationMs > 1_500),
  'live-tracks-db': faulty('refused', '/health', status),
  'catch-all-200': answer('/nothing', status),
  'probe-answers-below': answer('/health/redy', status),
  'cors-reflects': answer('/health', header('access-control-allow-origin'), {
    headers: { origin: 'https://evil.test' },
  }),
  'cors-star': answer('/health', header('access-control-allow-origin'), { headers: { origin: 'https://evil.test' } }),
  'cors-null': answer('/health', header('access-control-allow-origin'), { headers: { origin: 'null' } }),
  'cors-reflects-on-one-route': answer('/api/prices', header('access-control-allow-origin'), {
    headers: { origin: 'https://evil.example' },
  }),
  'no-security-headers': answer('/health', header('x-content-type-options')),
  'headers-missing-on-errors': answer('/nothing', header('x-content-type-options')),
  'headers-missing-on-home-page': answer('/', header('x-content-type-options')),
  'no-hsts': answer('/health', header('strict-transport-security')),
  'hsts-over-tls-only': answer('/health', header('strict-transport-security')),
  'hsts-too-short': answer('/health', header('strict-transport-security')),
  'hsts-missing-on-errors': answer('/nothing', header('strict-transport-security')),
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
  'no-body-limit-on-sign-in': answer('/api/sign-in', status, post('/api/sign-in', big)),
  'body-limit-small': answer('/api/sign-in', status, post('/api/sign-in', 'x'.repeat(5_000))),
  'openapi-missing': answer('/openapi.json', status),
  'openapi-invalid': answer('/openapi.json', (got) => got.body.includes('operationId')),
  'openapi-older': answer('/openapi.json', (got) => got.body.includes('"openapi":"3.0.3"')),
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
  'db-closed-before-drain': itemsWhileStopping,
  'pool-left-open': slowRequest,
  'no-header-timeout': halfRequest('GET / HTTP/1.1\r\nhost:'),
  'no-request-timeout': halfRequest(
    'POST /api/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
  ),
  'keepalive-shorter-than-proxy': closesIdle,
  'no-keep-alive': closesIdle,
  'debug-endpoints': answer('/debug/vars', status),
  'debug-page': answer('/nothing', (got) => got.body.includes('DEBUG = True')),
  'logs-on-stderr': async (_testbed, instance) => (await instance()).logs().some((line) => line.stream === 'stdout'),
  'actor-not-logged': logged('actor'),
  'correlation-not-sent-upstream': async (_testbed, instance) => {
    const own = await instance()
    await own.http({ path: '/api/prices', headers: { 'x-request-id': 'given-12345' }, from: '127.8.0.1' })
    const received = own.dependencies.get('prices')?.received?.() ?? []
    return received.some((request) => request.headers['x-request-id'] === 'given-12345')
  },
  'correlation-not-sent-on-one-route': async (_testbed, instance) => {
    const own = await instance()
    await own.http({ path: '/api/prices?of=basic', headers: { 'x-request-id': 'given-54321' }, from: '127.8.0.2' })
    const received = own.dependencies.get('prices')?.received?.() ?? []
    return received.some((request) => request.headers['x-request-id'] === 'given-54321')
  },
  'open-registration': answer('/api/users', status, post('/api/users', '{}')),
  'live-slow': answer('/health', (got) => got.durationMs > 1_500),
  'ready-tracks-prices': async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    await own.dependencies.get('prices')?.refuse()
    const seen = new Set<number>()
    // An answer is kept for a while.
    for (let index = 0; index < 12 && !seen.has(503); index += 1) {
      seen.add((await own.http({ path: '/ready' })).status)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    return seen.has(503)
  },
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
