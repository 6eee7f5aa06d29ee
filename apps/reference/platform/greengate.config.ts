import { createHash } from 'node:crypto'
import { defineConfig } from '@greengate/contracts'

// Well formed, nobody's, and the same in every run; written out it would look like a real key in the tree.
const mailKey = `mk_test_${createHash('sha256').update('mail key of the sandbox').digest('hex').slice(0, 24)}`

const day = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' }
const usage = `organisation=first-org&period=month&from=${day.from}&to=${day.to}`

const seededEvent = { organisation: 'first-org', idempotency_key: 'greengate:seeded', meter: 'api_calls', quantity: 1 }

export default defineConfig({
  service: 'reference-platform',
  start: {
    command: ['node', 'src/main.ts'],
    // The first owner is made from the same variables, so that sign-in can be tried.
    before: [
      ['node', 'src/migrate.ts'],
      ['node', 'src/bootstrap.ts'],
    ],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/service.env',
      RUNTIME_MARKER: '{workdir}/runtime-environment',
      HOST: '{host}',
      PORT: '{port}',
      DATABASE_URL: '{db.url}',
      MAIL_API_KEY: mailKey,
      SERVICE_TOKEN: '{secret:SERVICE_TOKEN}',
      PUBLIC_URL: 'http://{host}:{port}',
      CORS_ORIGINS: 'https://console.greengate.test',
      CURRENCY_RATES_URL: '{rates.url}/latest',
      // Every request asks the provider, so that a fault of it is seen.
      CURRENCY_RATES_FRESH_MS: '0',
      BOOTSTRAP_ORGANISATION: 'first-org',
      BOOTSTRAP_EMAIL: 'owner@greengate.test',
      BOOTSTRAP_PASSWORD: '{secret:BOOTSTRAP_PASSWORD}',
    },
    files: { 'service.env': 'APP_ENV=production\n', 'runtime-environment': 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  },
  probes: { live: '/health', ready: '/ready', metrics: '/metrics', openapi: '/openapi.json' },
  dependencies: {
    db: { kind: 'postgres' },
    rates: {
      kind: 'http',
      required: false,
      answers: [{ path: '/latest', body: { base: 'EUR', rates: { USD: 1.1632, GBP: 0.8701, CHF: 0.9388 } } }],
    },
  },
  variables: 'env.registry.json',
  environmentLock: {
    environments: ['local', 'staging', 'production'],
    sources: [
      { name: 'declared', variable: 'APP_ENV' },
      { name: 'env file', variable: 'ENV_FILE', kind: 'file', content: 'APP_ENV={environment}\n' },
      { name: 'runtime', variable: 'RUNTIME_MARKER', kind: 'file', content: '{environment}\n' },
    ],
  },
  identities: { metering: { headers: { authorization: 'Bearer {secret:SERVICE_TOKEN}' } } },
  requests: {
    me: { path: '/v1/me', as: 'metering' },
    organisation: { path: '/v1/organisations/first-org', as: 'metering', touches: ['db'] },
    members: { path: '/v1/organisations/first-org/members?limit=50', as: 'metering', expect: 403 },
    usage: { path: `/v1/usage?${usage}`, as: 'metering', touches: ['db'] },
    currencyRates: { path: '/v1/currency-rates', as: 'metering', touches: ['rates'] },
    valuation: {
      path: '/v1/usage/valuation?organisation=first-org&currency=USD',
      as: 'metering',
      touches: ['db', 'rates'],
    },
    recordUsage: {
      method: 'POST',
      path: '/v1/usage-events',
      as: 'metering',
      effect: 'write',
      touches: ['db'],
      body: { organisation: 'first-org', idempotency_key: 'greengate:{n}', meter: 'api_calls', quantity: 1 },
      expect: 201,
    },
    // The key of the seeded event with another quantity: a key names one event for ever.
    usageKeyUsedAgain: {
      method: 'POST',
      path: '/v1/usage-events',
      as: 'metering',
      effect: 'write',
      touches: ['db'],
      body: { ...seededEvent, quantity: 2 },
      expect: 409,
    },
    createOrganisationAnonymous: {
      method: 'POST',
      path: '/v1/organisations',
      effect: 'write',
      body: { slug: 'nobody-{n}', name: 'Nobody' },
      expect: 401,
    },
    createOrganisationAsMetering: {
      method: 'POST',
      path: '/v1/organisations',
      as: 'metering',
      effect: 'write',
      body: { slug: 'metering-{n}', name: 'Metering' },
      expect: 403,
    },
  },
  seed: [{ method: 'POST', path: '/v1/usage-events', as: 'metering', effect: 'write', body: seededEvent, expect: 201 }],
  signIn: {
    method: 'POST',
    path: '/v1/sign-in',
    body: { email: '{username}', password: '{password}' },
    user: { username: 'owner@greengate.test', password: '{secret:BOOTSTRAP_PASSWORD}' },
  },
  tree: {
    lint: ['npm', 'run', 'lint'],
    types: ['npm', 'run', 'types'],
    tests: ['npm', 'test'],
    testReport: 'reports/junit.xml',
    coverageReport: 'reports/lcov.info',
  },
})
