import { createHash } from 'node:crypto'
import { defineConfig } from '@greengate/contracts'
import { type PassedOn, passedOn } from './src/passed-on.ts'

// Well formed, nobody's, and the same in every run; written out it would look like a real one in the tree.
const metricsToken = createHash('sha256').update('metrics token of the sandbox').digest('base64url')

interface Answer {
  readonly path: string
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: Record<string, string>
}

/** A service that knows what the gateway says that it passes on to it, and a few answers more; of any other method it says so. */
function backend(name: PassedOn['backend'], known: readonly Answer[], prefix = '') {
  const described = passedOn
    .filter((one) => one.backend === name)
    .flatMap(({ path, methods }) =>
      methods.map((method) => ({
        path: `${prefix}${path.replaceAll(/\{\w+\}/g, 'sample')}`,
        method,
        body: { answered: 'yes' },
      })),
    )
  const answers = [...known, ...described]
  const refused = [...new Set(answers.map(({ path }) => path))].flatMap((path) => {
    const allowed = answers.filter((one) => one.path === path).map(({ method = 'GET' }) => String(method))
    return (['POST', 'PUT', 'PATCH', 'DELETE'] as const)
      .filter((method) => !allowed.includes(method))
      .map((method) => ({
        path,
        method,
        status: 405,
        headers: { allow: allowed.join(', ') },
        body: { refused: 'yes' },
      }))
  })
  return {
    kind: 'http' as const,
    required: false,
    answers: [...answers, ...refused, { path: '/health', body: { status: 'ok' } }],
  }
}

export default defineConfig({
  service: 'reference-gateway',
  start: {
    command: ['node', 'src/main.ts'],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/service.env',
      RUNTIME_MARKER: '{workdir}/runtime-environment',
      HOST: '{host}',
      PORT: '{port}',
      // TLS ends in front of it here.
      PUBLIC_URL: 'https://gateway.greengate.test',
      PUBLIC_HOSTS: 'gateway.greengate.test,{host},localhost',
      PLATFORM_URL: '{platform.url}',
      CONTENT_URL: '{content.url}',
      WEB_URL: '{web.url}',
      MEDIA_URL: '{media.url}/bucket',
      CORS_ORIGINS: 'https://console.greengate.test',
      METRICS_TOKEN: metricsToken,
      RATE_LIMIT_STORE_URL: '{limits.url}',
      RATE_LIMIT_PER_MIN: '100',
      // The stand-ins have no deadline of their own that this would have to be above.
      UPSTREAM_TIMEOUT_MS: '4000',
    },
    files: { 'service.env': 'APP_ENV=production\n', 'runtime-environment': 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  },
  probes: {
    live: '/health',
    ready: '/ready',
    metrics: '/metrics',
    openapi: '/openapi.json',
    headers: { authorization: `Bearer ${metricsToken}` },
  },
  dependencies: {
    // Counts requests for all replicas; without it each counts for itself.
    limits: { kind: 'postgres', required: false },
    platform: backend('platform', [
      { path: '/v1/settings/public', body: { site_title: 'Greengate' } },
      // Whatever shape an error has behind, it has the envelope in front.
      { path: '/v1/me', status: 401, body: { refused: 'yes' } },
      { path: '/v1/usage-events', method: 'POST', status: 500, body: { failed: 'yes' } },
    ]),
    content: backend('content', [{ path: '/v1/content/hero', body: { title: 'Hello' } }]),
    web: backend('web', []),
    media: backend('media', [{ path: '/bucket/media/posts/one.jpg', body: { picture: 'one' } }], '/bucket'),
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
  requests: {
    session: { path: '/session', touches: ['limits'] },
    me: { path: '/v1/me', touches: ['platform', 'limits'], expect: 401 },
    settings: { path: '/v1/settings/public', touches: ['platform', 'limits'] },
    hero: { path: '/v1/content/hero', touches: ['content', 'limits'] },
    frontPage: { path: '/', touches: ['web', 'limits'] },
    picture: { path: '/media/posts/one.jpg', touches: ['media', 'limits'] },
    // A service behind that breaks.
    broken: { method: 'POST', path: '/v1/usage-events', effect: 'write', touches: ['platform', 'limits'], expect: 503 },
    // Not counted by the limiter.
    alive: { path: '/health' },
    strangerSignsIn: {
      method: 'POST',
      path: '/session',
      headers: { origin: 'https://evil.greengate.test' },
      body: { email: 'owner@greengate.test', password: 'a password' },
      expect: 403,
    },
  },
})
