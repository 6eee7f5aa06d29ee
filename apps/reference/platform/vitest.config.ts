import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
    reporters: ['default', ['junit', { outputFile: 'reports/junit.xml' }]],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**', 'deploy/**'],
      // Two lines each that hand over to commands.ts, and run in processes of their own in the tests.
      exclude: ['src/main.ts', 'src/migrate.ts', 'src/bootstrap.ts', 'src/generate.ts'],
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'reports',
      thresholds: { lines: 90, statements: 90, functions: 90 },
    },
  },
})
