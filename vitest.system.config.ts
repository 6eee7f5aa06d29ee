import { defineConfig } from 'vitest/config'

// The tests of all processes of the reference platform, with the reports that the gate reads. What needs a browser, or starts the
// whole platform, is in `npm test` alone; code that runs in the browser is measured by neither.
export default defineConfig({
  test: {
    include: ['apps/reference/{gateway,platform,content,worker,web}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.browser.test.ts', 'apps/reference/web/test/app/**'],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ['junit', { outputFile: 'reports/junit-system.xml' }]],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: [
        'apps/reference/{base,gateway,platform,content,worker}/src/**/*.ts',
        'apps/reference/platform/deploy/**/*.ts',
        'apps/reference/web/src/server/**/*.ts',
      ],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'reports/system',
    },
  },
})
