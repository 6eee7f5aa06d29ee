import type { Fixture } from './open-service.ts'

/** HTML pages beside a JSON API, a sign-in, no database, no OpenAPI description. */
export const site: Fixture = {
  folder: 'site',
  config: {
    service: 'site',
    start: {
      command: [process.execPath, 'app.mjs'],
      env: {
        NODE_ENV: 'production',
        PORT: '{port}',
        SITE_PASSWORD: '{secret:SITE_PASSWORD}',
        SESSION_KEY: '{secret:SESSION_KEY}',
      },
      ready: '/readyz',
      readyTimeoutMs: 15_000,
      stopTimeoutMs: 8_000,
    },
    probes: { live: '/healthz', ready: '/readyz', metrics: '/metrics' },
    variables: {
      PORT: { required: true, format: 'port' },
      SITE_PASSWORD: { required: true, secret: true, min: 20 },
      SESSION_KEY: { required: true, secret: true, min: 20 },
    },
    identities: { session: { headers: { 'x-session-key': '{secret:SESSION_KEY}' } } },
    requests: {
      posts: { path: '/api/posts' },
      post: {
        method: 'POST',
        path: '/api/posts',
        as: 'session',
        effect: 'write',
        body: { title: 'post {n}' },
        expect: 201,
      },
    },
    signIn: {
      path: '/login',
      body: { user: '{username}', pass: '{password}' },
      user: { username: 'owner', password: '{secret:SITE_PASSWORD}' },
    },
  },
}
