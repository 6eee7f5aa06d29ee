import { defineConfig } from '@greengate/contracts'

const editor = {
  kind: 'user',
  id: '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11',
  email: 'editor@acme.test',
  name: 'Editor',
  organisations: [{ slug: 'acme', name: 'Acme', role: 'owner' }],
}
const text = { title: 'Welcome', summary: 'What to do first.', body_markdown: 'Begin *here*.' }

export default defineConfig({
  service: 'reference-content',
  start: {
    command: ['node', 'src/main.ts'],
    // A site without a hero answers 404 for it, which nobody could tell from a route that is not there.
    before: [
      ['node', 'src/migrate.ts'],
      ['node', 'test/gate-hero.ts'],
    ],
    env: {
      APP_ENV: 'production',
      ENV_FILE: '{workdir}/service.env',
      RUNTIME_MARKER: '{workdir}/runtime-environment',
      HOST: '{host}',
      PORT: '{port}',
      DATABASE_URL: '{db.url}',
      SERVICE_TOKEN: '{secret:SERVICE_TOKEN}',
      PUBLIC_URL: 'http://{host}:{port}',
      CORS_ORIGINS: 'https://console.greengate.test',
      PLATFORM_URL: '{platform.url}',
      OPERATOR_ORGANISATION: 'acme',
      S3_ENDPOINT: '{store.url}',
      S3_REGION: 'eu-central-1',
      S3_BUCKET: 'media-bucket',
      S3_ACCESS_KEY_ID: 'content-service',
      S3_SECRET_ACCESS_KEY: '{secret:S3_SECRET_ACCESS_KEY}',
      MEDIA_PUBLIC_URL: 'https://media.greengate.test',
    },
    files: { 'service.env': 'APP_ENV=production\n', 'runtime-environment': 'production\n' },
    ready: '/ready',
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  },
  probes: { live: '/health', ready: '/ready', metrics: '/metrics', openapi: '/openapi.json' },
  dependencies: {
    db: { kind: 'postgres' },
    // Knows the editor, whatever the token.
    platform: { kind: 'http', required: false, answers: [{ path: '/v1/me', body: editor }] },
    store: {
      kind: 'http',
      required: false,
      // An empty bucket: what a list of it answers.
      answers: [
        {
          path: '/media-bucket',
          headers: { 'content-type': 'application/xml' },
          body: '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>media-bucket</Name><IsTruncated>false</IsTruncated></ListBucketResult>',
        },
        {
          path: '/media-bucket/',
          headers: { 'content-type': 'application/xml' },
          body: '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>media-bucket</Name><IsTruncated>false</IsTruncated></ListBucketResult>',
        },
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
    // Who a token belongs to is known for 10 s: with another one each time the platform is asked for every request.
    editor: { headers: { authorization: 'Bearer session-of-editor-{n}' } },
    worker: { headers: { authorization: 'Bearer {secret:SERVICE_TOKEN}' } },
  },
  requests: {
    hero: { path: '/v1/content/hero', touches: ['db'] },
    posts: { path: '/v1/content/posts?limit=20', touches: ['db'] },
    docs: { path: '/v1/content/docs', touches: ['db'] },
    entries: { path: '/v1/content/entries?limit=20', as: 'editor', touches: ['db', 'platform'] },
    media: { path: '/v1/media?limit=20', as: 'editor', touches: ['db', 'platform'] },
    createDraft: {
      method: 'POST',
      path: '/v1/content/entries',
      as: 'editor',
      effect: 'write',
      touches: ['db', 'platform'],
      body: { kind: 'post', slug: 'post-{n}', ...text },
      expect: 201,
    },
    announceUpload: {
      method: 'POST',
      path: '/v1/media',
      as: 'editor',
      effect: 'write',
      touches: ['db', 'platform'],
      body: {
        folder: 'posts',
        file_name: 'desk-{n}.png',
        content_type: 'image/png',
        size: 1024,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
      expect: 201,
    },
    // In an empty store it only looks; nothing else asks the store without an upload.
    reap: { method: 'POST', path: '/v1/media/reap', as: 'worker', touches: ['db', 'store'] },
    createAnonymous: {
      method: 'POST',
      path: '/v1/content/entries',
      effect: 'write',
      body: { kind: 'post', slug: 'nobody-{n}', ...text },
      expect: 401,
    },
    createAsWorker: {
      method: 'POST',
      path: '/v1/content/entries',
      as: 'worker',
      effect: 'write',
      body: { kind: 'post', slug: 'worker-{n}', ...text },
      expect: 403,
    },
  },
})
