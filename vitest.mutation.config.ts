import { defineConfig } from 'vitest/config'

/**
 * The tests that mutants of the gate and of the evidence package have to get past. Left out are those of what runs outside
 * of this package (the guide, what imports what), the one that times things, and the longest search by chance: whatever
 * they would find besides counts as not found.
 */
export default defineConfig({
  test: {
    include: ['packages/gate/src/**/*.test.ts', 'packages/evidence/src/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'packages/evidence/src/guide.test.ts',
      'packages/evidence/src/speed.test.ts',
      'packages/evidence/src/boundaries.test.ts',
      'packages/evidence/src/sign/signer.test.ts',
      'packages/evidence/src/verify/bit-flips.test.ts',
    ],
    testTimeout: 20_000,
  },
})
