import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from '@greengate/contracts'

// Well formed, nobody's, and the same in every run; written out it would look like a real key in the tree.
const mailKey = `mk_test_${createHash('sha256').update('mail key of the sandbox').digest('hex').slice(0, 24)}`

/** What a provider once answered. */
function recorded(name: string): never {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'test', 'recorded', `${name}.json`), 'utf8')) as never
}

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
      ['node', 'test/seed-gate.ts'],
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
      // Every request asks the providers, so that a fault of them is seen.
      OUTSIDE_FRESH_MS: '0',
      CONCIERGE_RECOMMENDATIONS_URL: '{recommendations.url}/recommendations',
      CONCIERGE_WEATHER_URL: '{weather.url}/weather',
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
    recommendations: {
      kind: 'http',
      required: false,
      answers: [{ path: '/recommendations', body: recorded('recommendations') }],
    },
    weather: { kind: 'http', required: false, answers: [{ path: '/weather', body: recorded('weather') }] },
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
  identities: {
    metering: { headers: { authorization: 'Bearer {secret:SERVICE_TOKEN}' } },
    // Before the owner: whoever tries one identity after another signs this one out.
    leaver: { headers: { authorization: 'Bearer gs_2{secret:BOOTSTRAP_PASSWORD}' } },
    owner: { headers: { authorization: 'Bearer gs_1{secret:BOOTSTRAP_PASSWORD}' } },
    founder: { headers: { authorization: 'Bearer fk_{secret:BOOTSTRAP_PASSWORD}' } },
  },
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
    recommendations: { path: '/v1/concierge/recommendations?topic=metering', touches: ['recommendations'] },
    weather: { path: '/v1/concierge/weather?place=Berlin', touches: ['weather'] },
    publicSettings: { path: '/v1/settings/public' },
    organisationsOfOwner: { path: '/v1/organisations', as: 'owner', touches: ['db'] },
    membersAsOwner: { path: '/v1/organisations/first-org/members?limit=50', as: 'owner', touches: ['db'] },
    invitationsAsOwner: { path: '/v1/organisations/first-org/invitations', as: 'owner', touches: ['db'] },
    invite: {
      method: 'POST',
      path: '/v1/organisations/first-org/invitations',
      as: 'owner',
      effect: 'write',
      touches: ['db'],
      body: { email: 'invited-{n}@greengate.test', role: 'member' },
      expect: 201,
    },
    settings: { path: '/v1/settings', as: 'founder', touches: ['db'] },
    settingsAsMetering: { path: '/v1/settings', as: 'metering', expect: 403 },
    organisationsAsMetering: { path: '/v1/organisations', as: 'metering', expect: 403 },
    recordUsage: {
      method: 'POST',
      path: '/v1/usage-events',
      as: 'metering',
      effect: 'write',
      touches: ['db'],
      body: { organisation: 'first-org', idempotency_key: 'greengate:{n}', meter: 'api_calls', quantity: 1 },
      expect: 201,
    },
    recordUsageBatch: {
      method: 'POST',
      path: '/v1/usage-events/batch',
      as: 'metering',
      effect: 'write',
      touches: ['db'],
      body: {
        organisation: 'first-org',
        events: [
          { idempotency_key: 'greengate:batch:{n}', meter: 'api_calls', quantity: 1 },
          { idempotency_key: 'greengate:batch:{n}', meter: 'api_calls', quantity: 1 },
        ],
      },
    },
    signUp: {
      method: 'POST',
      path: '/v1/sign-up',
      effect: 'write',
      touches: ['db'],
      body: {
        email: 'person-{n}@greengate.test',
        password: 'a long pass phrase',
        name: 'Ada Okafor',
        organisation: { slug: 'person-{n}', name: 'Acme' },
      },
      expect: 202,
    },
    askForReset: {
      method: 'POST',
      path: '/v1/password-resets',
      effect: 'write',
      touches: ['db'],
      body: { email: 'person-{n}@greengate.test' },
      expect: 202,
    },
    resetWithUnknownToken: {
      method: 'POST',
      path: '/v1/password-resets/confirm',
      effect: 'write',
      touches: ['db'],
      body: { token: 'gr_unknown-{n}', password: 'a long pass phrase' },
      expect: 422,
    },
    confirmUnknownToken: {
      method: 'POST',
      path: '/v1/email-verifications/confirm',
      effect: 'write',
      touches: ['db'],
      body: { token: 'gv_unknown-{n}' },
      expect: 422,
    },
    sessionsAsMetering: { path: '/v1/sessions', as: 'metering', expect: 403 },
    acceptUnknownInvitation: {
      method: 'POST',
      path: '/v1/invitations/accept',
      effect: 'write',
      touches: ['db'],
      body: { token: 'gi_unknown-{n}', password: 'a long pass phrase' },
      expect: 422,
    },
    inviteAsMetering: {
      method: 'POST',
      path: '/v1/organisations/first-org/invitations',
      as: 'metering',
      effect: 'write',
      body: { email: 'metering-{n}@greengate.test', role: 'viewer' },
      expect: 403,
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
