import { defineConfig, type ServiceConfigInput } from '@greengate/contracts'
import content from './apps/reference/content/greengate.config.ts'
import gateway from './apps/reference/gateway/greengate.config.ts'
import platform from './apps/reference/platform/greengate.config.ts'
import web from './apps/reference/web/greengate.config.ts'
import worker from './apps/reference/worker/greengate.config.ts'
import service from './greengate.config.ts'

type Component = NonNullable<ServiceConfigInput['components']>[string]

const FOLDERS = ['gateway', 'platform', 'content', 'worker', 'web']
const NOT_THE_PLATFORM = ['/packages', '/apps/cli', '/examples', '/benchmarks', '/scripts', '/test', '/docs']

/** A component by its own configuration, seen from the repository's root; the others' folders belong to the others. */
function component(name: string, config: ServiceConfigInput): Component {
  const { start, probes, dependencies, variables, environmentLock, identities, requests, seed, signIn } = config
  if (!start || typeof variables !== 'string') throw new Error(`${name} says how it starts and where its registry is`)
  const folder = `apps/reference/${name}`
  const others = FOLDERS.filter((other) => other !== name).map((other) => `/apps/reference/${other}`)
  return {
    probes,
    dependencies,
    environmentLock,
    identities,
    requests,
    seed,
    signIn,
    start: { ...start, cwd: folder },
    variables: `${folder}/${variables}`,
    tree: { exclude: [...NOT_THE_PLATFORM, '/apps/reference/system', '/apps/reference/operations', ...others] },
  }
}

// The reference platform whole: each process by itself, and the edge with everything behind it, started on embedded servers.
export default defineConfig({
  service: 'reference-platform',
  start: {
    command: [
      'node',
      'src/main.ts',
      '--temporary',
      '--gateway-port',
      '{port}',
      '--behind',
      'https://platform.greengate.test',
      '--rate-per-min',
      '100',
    ],
    cwd: 'apps/reference/system',
    env: { SEED_PASSWORD: '{secret:SEED_PASSWORD}' },
    ready: '/ready',
    readyTimeoutMs: 180_000,
    stopTimeoutMs: 30_000,
  },
  variables: {
    SEED_PASSWORD: {
      secret: true,
      min: 16,
      supplier: 'operator',
      reason: 'Password of everybody who is seeded, instead of one that is drawn.',
    },
  },
  probes: { live: '/health', ready: '/ready', openapi: '/openapi.json' },
  requests: {
    home: { path: '/' },
    posts: { path: '/v1/content/posts' },
    settings: { path: '/v1/settings/public' },
    me: { path: '/v1/me', expect: 401 },
  },
  signIn: {
    path: '/v1/sign-in',
    body: { email: '{username}', password: '{password}' },
    user: { username: 'olivia@northwind.test', password: '{secret:SEED_PASSWORD}' },
  },
  components: {
    gateway: component('gateway', gateway),
    platform: component('platform', platform),
    content: component('content', content),
    worker: component('worker', worker),
    web: component('web', web),
  },
  tree: {
    exclude: NOT_THE_PLATFORM,
    lint: ['oxlint', '--type-aware', '--deny-warnings', 'apps/reference', 'greengate.system.config.ts'],
    types: ['npm', 'run', '--silent', 'types'],
    tests: ['npm', 'run', '--silent', 'test:system'],
    testReport: 'reports/junit-system.xml',
    coverageReport: 'reports/system/lcov.info',
    timeoutMs: 1_800_000,
  },
  deploy: service.deploy,
})
