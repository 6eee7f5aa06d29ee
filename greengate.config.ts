import { defineConfig } from '@greengate/contracts'
import platform from './apps/reference/platform/greengate.config.ts'

// The reference service as this repository ships it: its own configuration, seen from the root, where the lock file and the
// tools are. What belongs to the gate, the kit, a library with tests of its own, and the other processes of the reference platform
// (judged by greengate.system.config.ts) are hidden from the checks and stay in the digest.
const { start, ...service } = platform
if (!start) throw new Error('the reference service says how it starts')

export default defineConfig({
  ...service,
  start: { ...start, cwd: 'apps/reference/platform' },
  variables: 'apps/reference/platform/env.registry.json',
  tree: {
    exclude: [
      '/packages',
      '/apps/cli',
      '/examples',
      '/benchmarks',
      '/scripts',
      '/test',
      '/docs',
      ...['gateway', 'content', 'worker', 'web', 'system', 'operations'].map((name) => `/apps/reference/${name}`),
    ],
    // Of the service alone: what the whole repository must keep to is looked at by .ci/run.
    lint: [
      'oxlint',
      '--type-aware',
      '--deny-warnings',
      'apps/reference/platform',
      'apps/reference/base',
      'greengate.config.ts',
    ],
    types: ['tsc', '--noEmit', '-p', 'apps/reference/platform'],
    tests: ['npm', 'run', '--silent', 'test:reference'],
    testReport: 'reports/junit.xml',
    coverageReport: 'reports/lcov.info',
  },
  deploy: {
    command: ['node', 'apps/reference/platform/deploy/record-release.ts'],
    credentials: ['RELEASE_TOKEN'],
  },
})
