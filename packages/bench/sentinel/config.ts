import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@greengate/contracts'

/** Folder that the configuration's paths are relative to. */
export const sentinelDir = dirname(fileURLToPath(import.meta.url))
const main = ['main.ts', 'main.js', 'main.mjs'].find((name) => existsSync(join(sentinelDir, name))) ?? 'main.ts'

const token = { headers: { authorization: 'Bearer {secret:API_TOKEN}' } }
const reader = { headers: { authorization: 'Bearer {secret:READ_TOKEN}' } }

/** How Greengate starts the sentinel: everything that can be declared is. */
export const sentinelConfig = defineConfig({
  service: 'sentinel',
  environment: 'sandbox',
  start: {
    command: [process.execPath, '--disable-warning=ExperimentalWarning', join(sentinelDir, main)],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/env',
      RUNTIME_MARKER: '{workdir}/runtime',
      HOST: '{host}',
      PORT: '{port}',
      DATABASE_URL: '{db.url}',
      PRICES_URL: '{prices.url}/prices',
      SESSION_SECRET: '{secret:SESSION_SECRET}',
      API_TOKEN: '{secret:API_TOKEN}',
      READ_TOKEN: '{secret:READ_TOKEN}',
      ADMIN_PASSWORD: '{secret:ADMIN_PASSWORD}',
      MAIL_API_KEY: 'mk_test_{secret:MAIL_API_KEY}',
    },
    files: { env: 'APP_ENV=production\n', runtime: 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 8_000,
  },
  probes: { live: '/health', ready: '/ready', metrics: '/metrics', openapi: '/openapi.json' },
  dependencies: {
    db: { kind: 'postgres', required: true },
    prices: {
      kind: 'http',
      required: false,
      answers: [{ path: '/prices', body: { prices: [{ sku: 'basic', cents: 490 }] } }],
    },
  },
  variables: {
    APP_ENV: {
      required: true,
      format: 'enum',
      values: ['local', 'staging', 'production'],
      supplier: 'platform',
      reason: 'Which environment this is',
    },
    ENV_FILE: { supplier: 'platform', reason: 'File that says once more which environment this is' },
    RUNTIME_MARKER: { supplier: 'platform', reason: 'File that says for which environment the runtime was installed' },
    HOST: { required: true, format: 'host', supplier: 'platform', reason: 'Address to listen on' },
    PORT: { required: true, format: 'port', min: 1, max: 65_535, supplier: 'platform', reason: 'Port to listen on' },
    DATABASE_URL: { required: true, secret: true, format: 'url', supplier: 'vault', reason: 'Where the data are' },
    SESSION_SECRET: { required: true, secret: true, min: 32, supplier: 'vault', reason: 'Signs sessions' },
    API_TOKEN: { required: true, secret: true, min: 32, supplier: 'vault', reason: 'Lets clients write' },
    READ_TOKEN: { secret: true, supplier: 'vault', reason: 'Lets clients read' },
    ADMIN_PASSWORD: {
      required: true,
      secret: true,
      min: 32,
      supplier: 'vault',
      reason: 'Password of the first account',
    },
    MAIL_API_KEY: {
      required: true,
      secret: true,
      thirdParty: true,
      pattern: '^mk_(test|live)_[A-Za-z0-9]{24,64}$',
      supplier: 'the mail provider',
      reason: 'Sends mail',
    },
    PRICES_URL: { format: 'url', supplier: 'platform', reason: 'Where prices come from' },
    RATE_LIMIT_PER_MIN: {
      format: 'int',
      min: 1,
      max: 10_000,
      supplier: 'platform',
      reason: 'Requests per minute and address',
    },
    LOG_LEVEL: {
      format: 'enum',
      values: ['debug', 'info', 'warn', 'error'],
      supplier: 'platform',
      reason: 'How much is logged',
    },
    CORS_ORIGINS: { supplier: 'platform', reason: 'Origins whose pages may read answers' },
    DEBUG: { format: 'boolean', supplier: 'platform', reason: 'Shows stacks; never in production' },
    HEADERS_TIMEOUT_MS: {
      format: 'int',
      min: 100,
      max: 60_000,
      supplier: 'platform',
      reason: 'Limit for the head of a request',
    },
    REQUEST_TIMEOUT_MS: {
      format: 'int',
      min: 100,
      max: 300_000,
      supplier: 'platform',
      reason: 'Limit for a whole request',
    },
  },
  environmentLock: {
    environments: ['local', 'staging', 'production'],
    sources: [
      { name: 'declared', variable: 'APP_ENV' },
      { name: 'env file', variable: 'ENV_FILE', kind: 'file', content: 'APP_ENV={environment}\n' },
      { name: 'runtime', variable: 'RUNTIME_MARKER', kind: 'file', content: '{environment}\n' },
    ],
  },
  identities: { client: token, reader },
  requests: {
    list: { method: 'GET', path: '/api/items', touches: ['db'] },
    add: {
      method: 'POST',
      path: '/api/items',
      as: 'client',
      effect: 'write',
      body: { name: 'pencil {n}' },
      touches: ['db'],
      expect: 201,
    },
    slow: { method: 'GET', path: '/api/slow', touches: ['db'] },
    prices: { method: 'GET', path: '/api/prices', touches: ['prices'] },
  },
  signIn: {
    path: '/api/sign-in',
    body: { username: '{username}', password: '{password}' },
    user: { username: 'admin', password: '{secret:ADMIN_PASSWORD}' },
  },
})
