import { createHash } from 'node:crypto'
import { defineConfig } from '@greengate/contracts'

// Well formed, nobody's, and the same in every run; written out it would look like a real key in the tree.
const mailKey = `mk_test_${createHash('sha256').update('mail key of the sandbox').digest('hex').slice(0, 24)}`

export default defineConfig({
  service: 'reference-worker',
  start: {
    command: ['node', 'src/main.ts'],
    // The tables are the platform's: its migrations make them.
    before: [['node', 'test/prepare-sandbox.ts']],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/service.env',
      RUNTIME_MARKER: '{workdir}/runtime-environment',
      HOST: '{host}',
      PORT: '{port}',
      DATABASE_URL: '{db.url}',
      SERVICE_TOKEN: '{secret:SERVICE_TOKEN}',
      WATCH_TOKEN: '{secret:WATCH_TOKEN}',
      PUBLIC_URL: 'https://www.greengate.test',
      CORS_ORIGINS: 'https://console.greengate.test',
      CONTENT_URL: '{content.url}',
      MAIL_API_URL: '{mail.url}',
      MAIL_API_KEY: mailKey,
      MAIL_FROM: 'Greengate <hello@greengate.test>',
    },
    files: { 'service.env': 'APP_ENV=production\n', 'runtime-environment': 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 15_000,
  },
  probes: { live: '/health', ready: '/ready', metrics: '/metrics', openapi: '/openapi.json' },
  dependencies: {
    db: { kind: 'postgres' },
    mail: {
      kind: 'http',
      required: false,
      answers: [
        { method: 'POST', path: '/emails', body: { id: '4ef9a417-02e9-4d39-ad75-9611e0fcc33c' } },
        { method: 'HEAD', path: '/emails', status: 401 },
      ],
    },
    content: {
      kind: 'http',
      required: false,
      answers: [
        { method: 'POST', path: '/v1/media/reap', body: { pending: 0 } },
        { method: 'HEAD', path: '/health' },
      ],
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
  identities: {
    operator: { headers: { authorization: 'Bearer {secret:SERVICE_TOKEN}' } },
    watcher: { headers: { authorization: 'Bearer {secret:WATCH_TOKEN}' } },
  },
  requests: {
    work: { path: '/v1/work', as: 'operator', touches: ['db'] },
    workAnonymous: { path: '/v1/work', expect: 401 },
    connections: { path: '/v1/connections', as: 'watcher', touches: ['mail', 'content'] },
    replay: {
      method: 'POST',
      path: '/v1/work/mail/replay',
      as: 'operator',
      effect: 'write',
      body: { limit: 10 },
      touches: ['db'],
    },
    replayNothing: { method: 'POST', path: '/v1/work/nothing/replay', as: 'operator', effect: 'write', expect: 422 },
    watcherReplays: { method: 'POST', path: '/v1/work/mail/replay', as: 'watcher', effect: 'write', expect: 403 },
  },
})
