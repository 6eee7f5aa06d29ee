import type { Fixture } from './open-service.ts'

/** Python's standard library, no database, no sign-in, RFC 9457 errors, Micrometer's metric names. */
export const notes: Fixture = {
  folder: 'notes',
  config: {
    service: 'notes',
    start: {
      command: ['python3', '-u', 'app.py'],
      env: {
        APP_ENV: 'production',
        STAGE_FILE: '{workdir}/stage',
        HOST: '{host}',
        PORT: '{port}',
        WRITE_KEY: '{secret:WRITE_KEY}',
        COOKIE_SECRET: '{secret:COOKIE_SECRET}',
      },
      files: { stage: 'production\n' },
      ready: '/readyz',
      readyTimeoutMs: 20_000,
      stopTimeoutMs: 8_000,
    },
    probes: { live: '/livez', ready: '/readyz', metrics: '/metrics', openapi: '/openapi.json' },
    variables: {
      APP_ENV: { required: true, format: 'enum', values: ['local', 'staging', 'production'] },
      STAGE_FILE: {},
      HOST: { format: 'host' },
      PORT: { required: true, format: 'port' },
      PAGE_SIZE: { format: 'int', min: 1, max: 100 },
      RATE_LIMIT: { format: 'int', min: 1, max: 10_000 },
      WRITE_KEY: { required: true, secret: true, min: 32 },
      COOKIE_SECRET: { required: true, secret: true, min: 32 },
    },
    environmentLock: {
      environments: ['local', 'staging', 'production'],
      sources: [
        { name: 'declared', variable: 'APP_ENV' },
        { name: 'stage file', variable: 'STAGE_FILE', kind: 'file', content: '{environment}\n' },
      ],
    },
    identities: { writer: { headers: { 'x-write-key': '{secret:WRITE_KEY}' } } },
    requests: {
      list: { path: '/notes' },
      add: { method: 'POST', path: '/notes', as: 'writer', effect: 'write', body: { text: 'note {n}' }, expect: 201 },
    },
  },
}
