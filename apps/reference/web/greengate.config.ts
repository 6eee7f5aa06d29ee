import { createHash } from 'node:crypto'
import { defineConfig } from '@greengate/contracts'

// Well formed, nobody's, and the same in every run; written out it would look like a real key in the tree.
const trackerKey = createHash('sha256').update('error tracking key of the sandbox').digest('hex').slice(0, 32)

const entry = {
  kind: 'post',
  slug: 'first-steps',
  title: 'First steps',
  summary: 'What to do on the first day.',
  body_html: '<p>Begin here.</p>',
  published_at: '2026-11-01T09:30:00.000Z',
  updated_at: '2026-11-02T10:00:00.000Z',
  media: null,
  version: 3,
}

const settings = {
  site_title: 'Greengate',
  tagline: 'Metered services, from the first event to the bill.',
  accent: '#0b6e4f',
  support_email: 'support@example.com',
  concierge_enabled: true,
  sign_up_enabled: true,
}

export default defineConfig({
  service: 'reference-web',
  start: {
    command: ['node', 'src/server/main.ts'],
    before: [['node', 'src/build/build.ts']],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/service.env',
      RUNTIME_MARKER: '{workdir}/runtime-environment',
      HOST: '{host}',
      PORT: '{port}',
      PUBLIC_URL: 'http://{host}:{port}',
      CORS_ORIGINS: 'https://console.greengate.test',
      CONTENT_URL: '{content.url}',
      PLATFORM_URL: '{platform.url}',
      CACHE_DIR: '{workdir}/content',
      // No such host: a service must not need its error tracker.
      ERROR_TRACKING_DSN: `https://${trackerKey}@errors.greengate.test/1`,
      // Every page asks, so that a fault of a service is seen.
      CONTENT_FRESH_MS: '0',
    },
    files: { 'service.env': 'APP_ENV=production\n', 'runtime-environment': 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 10_000,
  },
  probes: { live: '/health', ready: '/ready', metrics: '/metrics', openapi: '/openapi.json' },
  dependencies: {
    content: {
      kind: 'http',
      required: false,
      answers: [
        { path: '/v1/content/hero', body: { ...entry, kind: 'hero', slug: 'hero' } },
        { path: '/v1/content/posts', body: { posts: [entry], next: null } },
        { path: '/v1/content/posts/first-steps', body: entry },
        { path: '/v1/content/posts/broken', status: 500, body: {} },
        { path: '/v1/content/docs', body: { docs: [{ ...entry, kind: 'doc' }], next: null } },
        { path: '/v1/content/docs/first-steps', body: { ...entry, kind: 'doc' } },
      ],
    },
    platform: { kind: 'http', required: false, answers: [{ path: '/v1/settings/public', body: settings }] },
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
    frontPage: { path: '/', touches: ['content', 'platform'] },
    post: { path: '/posts/first-steps', touches: ['content', 'platform'] },
    // What was never known and can't be asked for: the one error of a service that has an answer to most things.
    brokenPost: { path: '/posts/broken', touches: ['content'], expect: 503 },
    robots: { path: '/robots.txt' },
    frontPageData: { path: '/page-data/home', touches: ['content'] },
    signIn: { path: '/sign-in', touches: ['platform'] },
    serviceWorker: { path: '/service-worker.js' },
    clientError: {
      method: 'POST',
      path: '/client-errors',
      effect: 'write',
      body: {
        kind: 'error',
        name: 'TypeError',
        message: 'x is undefined',
        stack: 'at Page (/assets/page.js:1:20)',
        route: '/posts',
        release: '0123456789abcdef',
        fingerprint: '0a1b2c3d',
      },
      expect: 204,
    },
  },
})
