import { defineConfig } from 'vitest/config'
import { leftOut, missingPrograms } from './test/system-programs.ts'

const missing = missingPrograms(process.env)
if (missing.length > 0) process.stderr.write(`${leftOut(missing)}\n`)

const withoutProgram = missing.flatMap(({ tests }) => tests)
const never = ['**/node_modules/**', '**/dist/**', '**/fixtures/**', '.greengate/**', ...withoutProgram]
/** Starts the whole reference platform, or a browser: a machine's worth of work each. */
const whole = ['apps/reference/system/test/**/*.test.ts', 'apps/reference/web/**/*.browser.test.ts']
/** Loads something until it can't keep up: beside others it would measure them. */
const quiet = ['packages/kit/src/limits/load-shedder.test.ts']

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    // What is waited for comes when the machine has time for it.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: [
            'packages/**/*.test.ts',
            'apps/**/*.test.{ts,tsx}',
            'test/**/*.test.ts',
            'scripts/**/*.test.ts',
            'benchmarks/**/*.test.ts',
          ],
          exclude: [...never, ...whole, ...quiet],
          // Tests start databases and services, and wait for them most of the time.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: whole,
          exclude: never,
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'quiet', include: quiet, exclude: never, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
