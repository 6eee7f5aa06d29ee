import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/**/*.test.ts'],
    // Generous: a machine that does much else must not fail a test.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: ['default', ['junit', { outputFile: 'reports/junit.xml' }]],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**', 'deploy/**'],
      // Two lines each that hand over to commands.ts, and run in processes of their own in the tests.
      exclude: ['src/main.ts', 'src/migrate.ts', 'src/bootstrap.ts', 'src/rotate-founder-key.ts', 'src/generate.ts'],
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'reports',
      thresholds: { lines: 90, statements: 90, functions: 90 },
    },
  },
})
