import { defineConfig } from 'vitest/config'

// The tests of the reference service, with the reports that the gate reads. The kit has its own, in `npm test`.
export default defineConfig({
  test: {
    include: ['apps/reference/{platform,base}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', ['junit', { outputFile: 'reports/junit.xml' }]],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['apps/reference/platform/{src,deploy}/**/*.ts', 'apps/reference/base/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'reports',
    },
  },
})
