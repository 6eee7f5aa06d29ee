import { defineConfig } from 'vitest/config'

/** A proof of minutes: each feature of the kit is cut out, and the gate has to miss it. */
export default defineConfig({
  test: { include: ['test/kit-removals.proof.ts'], maxWorkers: 1, maxConcurrency: 2, testTimeout: 300_000 },
})
