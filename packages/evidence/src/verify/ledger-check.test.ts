import { describe, expect, test } from 'vitest'
import type { Json } from '@greengate/contracts'
import { LEDGER_CHECKPOINT, LEDGER_ENTRIES } from '../bundle.ts'
import { rootOfEntries } from '../ledger.ts'
import { signNote } from '../sign/signing.ts'
import { buildBundle, buildEvidence, digestFor, trustKeys } from '../testing.ts'
import {
  entriesOf,
  envelopesOf,
  key,
  ORIGIN,
  problemsOf,
  relist,
  stranger,
  three,
  verify,
} from '../testing-verify-fixture.ts'
import { EvidenceError } from '../errors.ts'
import { checkLedger } from './ledger-check.ts'

/** Goal: what is wrong with a ledger, its checkpoint or the index of it is told with its place. */

const noteOf = (entries: readonly string[], size = entries.length, origin = ORIGIN, by = key): string =>
  signNote(by, { origin, size, root: rootOfEntries(entries) })
const text = (entries: readonly string[]): Buffer => Buffer.from(entries.map((entry) => `${entry}\n`).join(''))
const index = (message: string, code = 'LEDGER_MISMATCH') => ({ code, message, where: 'bundle.json' })

describe('the checkpoint', () => {
  test('that is not there', async () => {
    const files = buildBundle(key, three())
    files.delete(LEDGER_CHECKPOINT)
    expect(await problemsOf(files)).toEqual([
      { code: 'BUNDLE_TRUNCATED', message: 'There is no signed checkpoint.', where: 'ledger/checkpoint' },
    ])
  })

  test('of a ledger that the trust root does not name', async () => {
    const bundle = buildBundle(key, three())
    const problems = [
      {
        code: 'CHECKPOINT_INVALID',
        message: `The trust root does not name the ledger ${ORIGIN}.`,
        where: 'ledger/checkpoint',
      },
    ]
    const { keys } = trustKeys([key])
    expect(await problemsOf(bundle, { trustRoot: { keys, ledgers: ['elsewhere'] } })).toEqual(problems)
    expect((await verify(bundle, { trustRoot: { keys, ledgers: ['elsewhere', ORIGIN] } })).ok).toBe(true)
  })

  test('of a trust root that speaks of no ledger is accepted under a key that it trusts', async () => {
    expect((await verify(buildBundle(key, three()), { trustRoot: { keys: trustKeys([key]).keys } })).ok).toBe(true)
  })
})

describe('the entries', () => {
  test('that are not there', async () => {
    const files = buildBundle(key, three())
    files.delete(LEDGER_ENTRIES)
    expect(await problemsOf(files)).toEqual([
      { code: 'BUNDLE_TRUNCATED', message: 'There is no ledger.', where: 'ledger/entries' },
    ])
  })

  test('torn in the last line', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, (files.get(LEDGER_ENTRIES) as Uint8Array).subarray(0, -1))
    expect(await problemsOf(files)).toEqual([
      { code: 'LEDGER_MALFORMED', message: 'The last line of the ledger is torn.', where: 'ledger/entries' },
    ])
  })

  test.each<[string, (line: string) => string]>([
    ['in upper case', (line) => line.toUpperCase()],
    ['of another algorithm', (line) => line.replace('sha256', 'sha512')],
    ['without its newline', (line) => line.replace('\n', ' ')],
  ])('with a line %s', async (_name, change) => {
    const files = buildBundle(key, three())
    const lines = entriesOf(files).map((entry) => `${entry}\n`)
    lines[1] = change(lines[1] ?? '')
    files.set(LEDGER_ENTRIES, Buffer.from(lines.join('')))
    expect(await problemsOf(files)).toEqual([
      { code: 'LEDGER_MALFORMED', message: 'Line 2 of the ledger is not a digest.', where: 'ledger/entries:2' },
    ])
  })

  test('fewer or more than the checkpoint says', async () => {
    const files = buildBundle(key, three())
    const entries = entriesOf(files)
    files.set(LEDGER_ENTRIES, text(entries.slice(0, 3)))
    expect(await problemsOf(files)).toEqual([
      {
        code: 'BUNDLE_TRUNCATED',
        message: 'The ledger has 3 entries; its checkpoint says 4.',
        where: 'ledger/entries',
      },
    ])
    files.set(LEDGER_ENTRIES, text([...entries, digestFor('more')]))
    expect(await problemsOf(files)).toEqual([
      { code: 'LEDGER_MISMATCH', message: 'The ledger has 5 entries; its checkpoint says 4.', where: 'ledger/entries' },
    ])
  })

  test('that are others than those of the checkpoint', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, text([digestFor('other'), ...entriesOf(files).slice(1)]))
    expect(await problemsOf(files)).toEqual([
      {
        code: 'LEDGER_MISMATCH',
        message: 'The entries of the ledger are not those of its signed checkpoint.',
        where: 'ledger/entries',
      },
    ])
  })
})

describe('checkpoints kept elsewhere', () => {
  test('one of a key that is not trusted: which, and why', () => {
    const files = buildBundle(key, three())
    const anchors = [noteOf(entriesOf(files)), noteOf(entriesOf(files), 4, ORIGIN, stranger)]
    const keys = new Map([[key.publicKey.keyid, key.publicKey]])
    expect(() => checkLedger(files, { keys, origins: [], anchors })).toThrow(
      expect.objectContaining({
        code: 'ANCHOR_MISMATCH',
        message: 'A checkpoint kept elsewhere is not one of a trusted key.',
        where: 'anchors.1',
        cause: expect.any(EvidenceError) as EvidenceError,
      }),
    )
  })

  test('one of other entries', async () => {
    const files = buildBundle(key, three())
    const anchors = [noteOf(entriesOf(files)), noteOf([digestFor('a'), digestFor('b')])]
    expect(await problemsOf(files, { anchors })).toEqual([
      {
        code: 'ANCHOR_MISMATCH',
        message: 'The ledger is not the one that was anchored at size 2: it was rewritten.',
        where: 'anchors.1',
      },
    ])
  })

  test('the largest of them counts, wherever it stands', async () => {
    const files = buildBundle(key, three())
    const entries = entriesOf(files)
    const sizes = [1, 3, 2]
    const anchors = [
      noteOf(entries, 4, 'other'),
      noteOf([...entries, digestFor('later')]),
      ...sizes.map((size) => noteOf(entries.slice(0, size))),
    ]
    const { ok, verified } = await verify(files, { anchors })
    expect(ok).toBe(true)
    expect(verified.map((one) => one.anchored)).toEqual([true, true, true])
    const two = await verify(files, { anchors: [noteOf(entries.slice(0, 2)), noteOf([])] })
    expect(two.verified.map((one) => one.anchored)).toEqual([true, true, false])
  })

  test('anchors count from the place of the run in the ledger', async () => {
    const files = buildBundle(key, three(), { before: [digestFor('earlier')] })
    const { verified } = await verify(files, { anchors: [noteOf(entriesOf(files).slice(0, 2))] })
    expect(verified.map((one) => one.anchored)).toEqual([true, false, false])
  })
})

describe('the index', () => {
  test('of another ledger', async () => {
    const files = buildBundle(key, three(), {
      index: (bundle) => ({ ...bundle, ledger: { ...bundle.ledger, origin: 'other' } }),
    })
    expect(await problemsOf(files)).toEqual([index(`It names the ledger other; this is ${ORIGIN}.`)])
  })

  test('in another order', async () => {
    const files = relist(buildBundle(key, three()), (bundle) => ({
      ...bundle,
      envelopes: [...(bundle['envelopes'] as Json[])].reverse(),
    }))
    expect(await problemsOf(files)).toEqual([
      index('It lists the envelopes in another order than the ledger.', 'BUNDLE_REORDERED'),
    ])
  })

  test('with an envelope less', async () => {
    const files = buildBundle(key, three())
    files.delete(envelopesOf(files)[1] ?? '')
    const less = relist(files, (bundle) => ({
      ...bundle,
      envelopes: (bundle['envelopes'] as Json[]).toSpliced(1, 1),
    }))
    expect(await problemsOf(less)).toEqual([
      index('It lists 2 envelopes; the ledger has 3 of this run.', 'BUNDLE_TRUNCATED'),
    ])
  })

  test('with another envelope, or one more', async () => {
    const theirs = buildBundle(key, [buildEvidence({ control: 'OBS-22' })])
    const [path = ''] = envelopesOf(theirs)
    const digest = `sha256:${path.slice('envelopes/'.length, -'.json'.length)}`
    for (const kept of [2, 3]) {
      const files = buildBundle(key, three())
      for (const gone of envelopesOf(files).slice(kept)) files.delete(gone)
      files.set(path, theirs.get(path) as Uint8Array)
      const changed = relist(files, (bundle) => ({
        ...bundle,
        envelopes: [...(bundle['envelopes'] as Json[]).slice(0, kept), digest],
      }))
      expect(await problemsOf(changed)).toEqual([index('It lists envelopes that the ledger does not have.')])
    }
  })

  test('that was not entered', async () => {
    const files = relist(buildBundle(key, three()), (bundle) => ({ ...bundle, runId: 'another' }))
    expect(await problemsOf(files)).toEqual([index('It is not the index that was entered into the ledger.')])
  })
})
