import { defineConfig } from 'vitest/config'

const never = ['**/node_modules/**', '**/dist/**']
/** Run processes of their own, which nothing is measured of here: they are in `npm test` alone. */
const processes = ['apps/reference/system/test/{system,operations/roles}.test.ts', 'apps/reference/system/test/e2e/**']
/** Starts several services, or a browser: a machine's worth of work each. */
const whole = ['apps/reference/system/test/**/*.test.ts', 'apps/reference/web/**/*.browser.test.ts']

// The tests of the reference platform, with the reports that the gate reads; `npm run test:system` adds what ran in the browser.
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['apps/reference/**/*.test.{ts,tsx}'],
          exclude: [...never, ...whole],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: whole,
          exclude: [...never, ...processes],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    reporters: ['default', ['junit', { outputFile: 'reports/junit-system.xml' }]],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['apps/reference/*/src/**/*.{ts,tsx}', 'apps/reference/platform/deploy/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test.tsx'],
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'reports/system',
    },
  },
})
