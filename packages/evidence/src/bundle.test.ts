import { expect, test } from 'vitest'
import {
  BLOB_BYTES_MAX,
  blobPath,
  BUNDLE_BYTES_MAX,
  bundleSchema,
  ENVELOPES_MAX,
  envelopePath,
  hexOf,
  LEDGER_BYTES_MAX,
} from './bundle.ts'
import { digestFor } from './testing.ts'

const MIB = 1_048_576
const digest = digestFor('x')
const bundle = {
  schema: 'greengate/bundle/v1',
  runId: 'run-1',
  subject: { name: 'billing', digest },
  ledger: { origin: 'greengate.example/billing', first: 0 },
  envelopes: [digest],
  blobs: [digest],
}

test('a verifier reads 16 MiB of an index, 256 MiB of a blob and 512 MiB of a ledger', () => {
  expect([BUNDLE_BYTES_MAX, BLOB_BYTES_MAX, LEDGER_BYTES_MAX]).toEqual([16 * MIB, 256 * MIB, 512 * MIB])
})

test('a file is named by the digits of its digest', () => {
  expect(hexOf(digest)).toBe(digest.slice(7))
  expect(envelopePath(digest)).toBe(`envelopes/${digest.slice(7)}.json`)
  expect(blobPath(digest)).toBe(`blobs/${digest.slice(7)}`)
})

test('an index is read as it was written', () => {
  expect(bundleSchema.parse(bundle)).toEqual(bundle)
  const full = { ...bundle, envelopes: Array.from({ length: ENVELOPES_MAX }, () => digest) }
  expect(bundleSchema.safeParse(full).success).toBe(true)
})

test.each<[string, object]>([
  ['of another schema', { schema: 'greengate/bundle/v2' }],
  ['with something more', { extra: 1 }],
  ['about something without a name', { subject: { name: '', digest } }],
  ['about something without a digest', { subject: { name: 'billing', digest: 'sha256:0' } }],
  ['about something with more', { subject: { name: 'billing', digest, extra: 1 } }],
  ['with a place before the ledger', { ledger: { origin: 'a', first: -1 } }],
  ['with half a place', { ledger: { origin: 'a', first: 0.5 } }],
  ['with more of a ledger', { ledger: { origin: 'a', first: 0, extra: 1 } }],
  ['with an envelope that is no digest', { envelopes: ['x'] }],
  ['with too many envelopes', { envelopes: Array.from({ length: ENVELOPES_MAX + 1 }, () => digest) }],
  ['with a blob that is no digest', { blobs: ['x'] }],
  ['with too many blobs', { blobs: Array.from({ length: ENVELOPES_MAX + 1 }, () => digest) }],
])('an index is refused: %s', (_name, change) => {
  expect(bundleSchema.safeParse({ ...bundle, ...change }).success).toBe(false)
})
