import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import {
  buildBundle,
  buildEvidence,
  createTestKey,
  digestFor,
  EVIDENCE_TIME_MS,
  oddJudges,
  trustKeys,
} from '../testing.ts'
import { verifyBundle } from './verify-bundle.ts'

/**
 * Goal: no flipped bit of an evidence bundle survives. Method: every file, once every byte with one bit at random by
 * property, and exhaustively every bit of one small bundle's ledger, checkpoint, index and key.
 */

// Thousands of verifications; more than the default where other things run beside it.
vi.setConfig({ testTimeout: 90_000 })

const key = createTestKey()
const trustRoot = trustKeys([key])
const files = buildBundle(
  key,
  [
    buildEvidence(),
    buildEvidence({ control: 'ERR-01', outcome: 'fail' }),
    buildEvidence({ control: 'RES-10', outcome: 'not_applicable' }),
  ],
  { before: [digestFor('earlier')] },
)
/** As small as a bundle can be, so that all of its bits can be tried. */
const small = buildBundle(key, [buildEvidence()])
const verify = (bundle: ReadonlyMap<string, Uint8Array>) =>
  verifyBundle({ bundle, trustRoot, judges: oddJudges, nowMs: EVIDENCE_TIME_MS })

function flipped(bundle: ReadonlyMap<string, Uint8Array>, path: string, bit: number): Map<string, Uint8Array> {
  const bytes = Uint8Array.from(bundle.get(path) as Uint8Array)
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
  return new Map(bundle).set(path, bytes)
}

test('untouched, it verifies', async () => {
  expect((await verify(files)).problems).toEqual([])
})

test.each([...files.keys()])('any flipped bit of %s is rejected', async (path) => {
  const bits = (files.get(path) as Uint8Array).length * 8
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bits - 1 }), async (bit) => {
      const result = await verify(flipped(files, path, bit))
      expect(result.ok).toBe(false)
      expect(result.verified).toEqual([])
    }),
    { numRuns: 150 },
  )
})

test.each([...small.keys()].filter((path) => !path.startsWith('envelopes/')))(
  'every single bit of %s',
  async (path) => {
    const survivors: number[] = []
    const bits = (small.get(path) as Uint8Array).length * 8
    for (let bit = 0; bit < bits; bit++) if ((await verify(flipped(small, path, bit))).ok) survivors.push(bit)
    expect(survivors).toEqual([])
  },
)

test('bytes put in, taken out or repeated are rejected', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files.keys()),
      fc.nat(),
      fc.nat(),
      fc.uint8Array({ maxLength: 3 }),
      async (path, a, b, put) => {
        const bytes = Buffer.from(files.get(path) as Uint8Array)
        const [start, cut] = [a % bytes.length, b % 4]
        const changed = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + cut)])
        fc.pre(!changed.equals(bytes))
        expect((await verify(new Map(files).set(path, changed))).ok).toBe(false)
      },
    ),
  )
})
