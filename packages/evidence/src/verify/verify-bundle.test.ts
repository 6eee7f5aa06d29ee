import { describe, expect, test } from 'vitest'
import { GreengateError, type Json } from '@greengate/contracts'
import { BUNDLE_FILE, blobPath, envelopePath, KEYS, LEDGER_CHECKPOINT, LEDGER_ENTRIES } from '../bundle.ts'
import { canonicalize, digestOf, digestOfBytes, strictParse } from '../canonical.ts'
import { encodeEnvelope, type Envelope } from '../dsse.ts'
import { rootOfEntries } from '../ledger.ts'
import { signNote } from '../sign/signing.ts'
import { buildBundle, buildEvidence, digestFor, EVIDENCE_TIME_MS, trustKeys } from '../testing.ts'
import { key, NOW_MS, ORIGIN, refusals, relist, stranger, three, verify } from '../testing-verify-fixture.ts'

describe('a sound bundle', () => {
  test('verifies, and gives what a decision needs', async () => {
    const result = await verify(buildBundle(key, three()))
    expect(result.problems).toEqual([])
    expect(result.ok).toBe(true)
    expect(result.envelopes.map((one) => [one.control, one.outcome, one.status])).toEqual([
      ['OBS-21', 'pass', 'verified'],
      ['ERR-01', 'fail', 'verified'],
      ['RES-10', 'not_applicable', 'verified'],
    ])
    const [first] = result.verified
    expect(first).toMatchObject({
      keyid: key.publicKey.keyid,
      trust: 'local',
      paramsDigest: digestOf({}),
      anchored: false,
    })
    expect(first?.evidence).toEqual(three()[0])
    expect(result.checkpoint).toEqual({ origin: ORIGIN, size: 4, keyid: key.publicKey.keyid })
  })

  test('an empty run verifies and proves nothing', async () => {
    const result = await verify(buildBundle(key, []))
    expect(result.ok).toBe(true)
    expect(result.verified).toEqual([])
  })

  test('outcomes without an observation are allowed and never a pass', async () => {
    const result = await verify(
      buildBundle(key, [buildEvidence({ outcome: 'error' }), buildEvidence({ outcome: 'inconclusive' })]),
    )
    expect(result.verified.map((one) => one.evidence.outcome)).toEqual(['error', 'inconclusive'])
  })

  test('it may stand behind other entries of a longer ledger', async () => {
    const result = await verify(buildBundle(key, three(), { before: [digestFor('a'), digestFor('b')] }))
    expect(result.ok).toBe(true)
    expect(result.checkpoint?.size).toBe(6)
  })
})

describe('trust is decided by the key', () => {
  const one = (trust: 'local' | 'runner') => [buildEvidence({ trust })]
  test.each([
    ['runner', 'runner', 'runner'],
    ['runner', 'local', 'local'],
    ['local', 'runner', 'local'],
    ['local', 'local', 'local'],
  ] as const)('key %s, evidence %s: %s', async (keyTrust, evidenceTrust, trust) => {
    const result = await verify(buildBundle(key, one(evidenceTrust)), { trustRoot: trustKeys([key], keyTrust) })
    expect(result.verified.map((verified) => verified.trust)).toEqual([trust])
  })

  test('a key under another id is an error of the trust root', async () => {
    const root = trustKeys([key])
    const wrong = { ...root, keys: [{ ...root.keys[0], keyid: stranger.publicKey.keyid }] } as typeof root
    const attempt = verify(buildBundle(key, three()), { trustRoot: wrong })
    await expect(attempt).rejects.toBeInstanceOf(GreengateError)
    await expect(attempt).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
  })

  test.each(['', 'no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'])(
    'a key that is none: %j',
    async (publicKey) => {
      const root = { keys: [{ keyid: key.publicKey.keyid, publicKey, trust: 'local' as const }] }
      await expect(verify(buildBundle(key, three()), { trustRoot: root })).rejects.toMatchObject({
        code: 'TRUST_ROOT_INVALID',
      })
    },
  )

  test('the same key twice', async () => {
    await expect(verify(buildBundle(key, three()), { trustRoot: trustKeys([key, key]) })).rejects.toMatchObject({
      code: 'TRUST_ROOT_INVALID',
    })
  })

  test('with no key at all nothing verifies', async () => {
    expect(await refusals(buildBundle(key, three()), { trustRoot: { keys: [] } })).toContain('KEY_UNKNOWN')
  })
})

describe('truncated', () => {
  test.each([BUNDLE_FILE, LEDGER_CHECKPOINT, LEDGER_ENTRIES])('without %s', async (path) => {
    const files = buildBundle(key, three())
    files.delete(path)
    expect(await refusals(files)).toContain('BUNDLE_TRUNCATED')
  })

  test('an envelope less', async () => {
    const files = buildBundle(key, three())
    files.delete([...files.keys()].find((path) => path.startsWith('envelopes/')) ?? '')
    expect(await refusals(files)).toContain('BUNDLE_TRUNCATED')
  })

  test('an envelope less, in the index too: the failing one taken out', async () => {
    const files = buildBundle(key, three())
    const gone = (strictParse(files.get(BUNDLE_FILE) as Uint8Array) as { envelopes: string[] }).envelopes[1] as string
    files.delete(envelopePath(gone))
    expect(
      await refusals(
        relist(files, (index) => ({
          ...index,
          envelopes: (index['envelopes'] as Json[]).filter((one) => one !== gone),
        })),
      ),
    ).toContain('BUNDLE_TRUNCATED')
  })

  test('the window moved behind the failing one', async () => {
    const files = buildBundle(key, three())
    expect(
      await refusals(
        relist(files, (index) => ({
          ...index,
          ledger: { origin: ORIGIN, first: 2 },
          envelopes: (index['envelopes'] as Json[]).slice(2),
        })),
      ),
    ).toContain('LEDGER_MISMATCH')
  })

  test('the ledger an entry less', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, (files.get(LEDGER_ENTRIES) as Uint8Array).subarray(0, -72))
    expect(await refusals(files)).toContain('BUNDLE_TRUNCATED')
  })

  test('the ledger torn in its last line', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, (files.get(LEDGER_ENTRIES) as Uint8Array).subarray(0, -5))
    expect(await refusals(files)).toContain('LEDGER_MALFORMED')
  })

  test('half an envelope', async () => {
    const files = buildBundle(key, three())
    const path = [...files.keys()].find((name) => name.startsWith('envelopes/')) as string
    files.set(path, (files.get(path) as Uint8Array).subarray(0, 100))
    expect(await refusals(files)).toContain('NOT_JSON')
  })
})

describe('reordered', () => {
  test('in the index', async () => {
    const files = buildBundle(key, three())
    expect(
      await refusals(
        relist(files, (index) => ({ ...index, envelopes: [...(index['envelopes'] as Json[])].reverse() })),
      ),
    ).toContain('BUNDLE_REORDERED')
  })

  test('in the ledger', async () => {
    const files = buildBundle(key, three())
    const lines = Buffer.from(files.get(LEDGER_ENTRIES) as Uint8Array)
      .toString()
      .split('\n')
    files.set(LEDGER_ENTRIES, Buffer.from([lines[1], lines[0], ...lines.slice(2)].join('\n')))
    expect(await refusals(files)).toContain('LEDGER_MISMATCH')
  })

  test('the contents of two envelopes exchanged', async () => {
    const files = buildBundle(key, three())
    const [a, b] = [...files.keys()].filter((path) => path.startsWith('envelopes/')) as [string, string]
    const first = files.get(a) as Uint8Array
    files.set(a, files.get(b) as Uint8Array).set(b, first)
    expect(await refusals(files)).toContain('DIGEST_MISMATCH')
  })
})

describe('foreign', () => {
  test('all of it signed by somebody else', async () => {
    expect(await refusals(buildBundle(stranger, three()))).toContain('KEY_UNKNOWN')
  })

  test('one envelope of somebody else, in a ledger of ours', async () => {
    const files = buildBundle(stranger, three())
    const entries = Buffer.from(files.get(LEDGER_ENTRIES) as Uint8Array)
      .toString()
      .trim()
      .split('\n')
    files.set(
      LEDGER_CHECKPOINT,
      Buffer.from(signNote(key, { origin: ORIGIN, size: entries.length, root: rootOfEntries(entries) })),
    )
    expect(await refusals(files)).toContain('KEY_UNKNOWN')
    expect((await verify(files)).envelopes.map((one) => one.status)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  test('our key id on a signature of somebody else', async () => {
    const files = buildBundle(key, three(), {})
    const path = [...files.keys()].find((name) => name.startsWith('envelopes/')) as string
    const theirs = [...buildBundle(stranger, three()).entries()].find(([name]) => name.startsWith('envelopes/')) as [
      string,
      Uint8Array,
    ]
    const envelope = strictParse(theirs[1]) as unknown as Envelope
    files.set(
      path,
      encodeEnvelope({ ...envelope, signatures: [{ keyid: key.publicKey.keyid, sig: envelope.signatures[0].sig }] }),
    )
    expect(await refusals(files)).toContain('SIGNATURE_INVALID')
  })

  test('about another subject than was asked for', async () => {
    expect(
      await refusals(buildBundle(key, three()), {
        subject: { digest: digestFor('another tree') },
      }),
    ).toContain('SUBJECT_FOREIGN')
    expect(await refusals(buildBundle(key, three()), { subject: { name: 'shop' } })).toContain('SUBJECT_FOREIGN')
    expect(
      (await verify(buildBundle(key, three()), { subject: { name: 'billing', digest: digestFor('tree') } })).ok,
    ).toBe(true)
  })

  test('an envelope about another subject among ours', async () => {
    const other = buildEvidence({ subject: { digest: digestFor('another tree') } })
    expect(await refusals(buildBundle(key, [buildEvidence(), other]))).toContain('SUBJECT_FOREIGN')
  })

  test('a ledger that the trust root does not name', async () => {
    const bundle = buildBundle(key, three())
    expect(await refusals(bundle, { trustRoot: { ...trustKeys([key]), ledgers: ['elsewhere'] } })).toContain(
      'CHECKPOINT_INVALID',
    )
    expect((await verify(bundle, { trustRoot: { ...trustKeys([key]), ledgers: [ORIGIN] } })).ok).toBe(true)
  })

  test('an index that names another ledger', async () => {
    const files = buildBundle(key, three(), {
      index: (bundle) => ({ ...bundle, ledger: { ...bundle.ledger, origin: 'other' } }),
    })
    expect(await refusals(files)).toContain('LEDGER_MISMATCH')
  })

  test('an envelope that nothing lists', async () => {
    const files = buildBundle(key, three())
    files.set(envelopePath(digestFor('x')), Buffer.from('{}'))
    expect(await refusals(files)).toContain('BUNDLE_FOREIGN')
  })

  test('an envelope listed twice', async () => {
    const files = buildBundle(key, [buildEvidence(), buildEvidence()])
    expect(await refusals(files)).toContain('BUNDLE_FOREIGN')
  })

  test('a key under the name of another', async () => {
    const files = buildBundle(key, three())
    files.set(`${KEYS}/${key.publicKey.keyid}.pem`, Buffer.from(stranger.publicKey.pem))
    expect(await refusals(files)).toContain('KEY_MALFORMED')
  })

  test('a blob with other bytes; one that was erased is no problem', async () => {
    const digest = digestOfBytes('a log of 300 KiB')
    const files = buildBundle(key, three(), { index: (bundle) => ({ ...bundle, blobs: [digest] }) })
    expect((await verify(files)).ok).toBe(true)
    files.set(blobPath(digest), Buffer.from('a log of 300 KiB'))
    expect((await verify(files)).ok).toBe(true)
    files.set(blobPath(digest), Buffer.from('another log'))
    expect(await refusals(files)).toContain('DIGEST_MISMATCH')
  })
})

describe('from the future, or out of time', () => {
  const at = (ms: number): string => new Date(ms).toISOString()
  test('more than five minutes ahead', async () => {
    expect(await refusals(buildBundle(key, [buildEvidence({ to: at(NOW_MS + 300_001) })]))).toContain('FROM_FUTURE')
    expect((await verify(buildBundle(key, [buildEvidence({ to: at(NOW_MS + 300_000) })]))).ok).toBe(true)
  })

  test.each([
    ['ends before it began', { from: at(EVIDENCE_TIME_MS + 1), to: at(EVIDENCE_TIME_MS) }],
    ['no time', { to: 'yesterday' }],
    ['not in UTC', { to: '2026-01-15T12:00:00.000+01:00' }],
    ['without milliseconds', { from: '2026-01-15T11:00:00Z' }],
    ['a day that does not exist', { from: '2025-02-30T11:00:00.000Z' }],
    ['month 13', { from: '2025-13-01T11:00:00.000Z' }],
  ])('%s', async (_name, parts) => {
    expect(await refusals(buildBundle(key, [buildEvidence(parts)]))).toContain('TIME_INVALID')
  })

  test('a verifier without a clock accepts nothing', async () => {
    expect(await refusals(buildBundle(key, [buildEvidence()]), { nowMs: Number.NaN })).toContain('FROM_FUTURE')
  })
})

describe('re-encoded', () => {
  const reencodings: [string, (envelope: Envelope) => string][] = [
    ['pretty', (envelope) => JSON.stringify(envelope, null, 2)],
    [
      'keys in another order',
      (envelope) =>
        JSON.stringify({
          signatures: envelope.signatures,
          payloadType: envelope.payloadType,
          payload: envelope.payload,
        }),
    ],
    ['a key twice', (envelope) => canonicalize(envelope).replace('{"payload"', '{"payload":"","payload"')],
    ['a newline at the end', (envelope) => `${canonicalize(envelope)}\n`],
    [
      'base64 for addresses',
      (envelope) => canonicalize({ ...envelope, payload: `${envelope.payload.slice(0, -4)}-_==` }),
    ],
    [
      'base64 without padding',
      (envelope) =>
        canonicalize({
          ...envelope,
          signatures: [{ ...envelope.signatures[0], sig: envelope.signatures[0].sig.replaceAll('=', '') }],
        }),
    ],
  ]
  test.each(reencodings)('%s', async (_name, change) => {
    const files = buildBundle(key, three())
    const path = [...files.keys()].find((name) => name.startsWith('envelopes/')) as string
    files.set(path, Buffer.from(change(strictParse(files.get(path) as Uint8Array) as unknown as Envelope)))
    expect(await refusals(files)).toContain('NOT_CANONICAL')
  })

  test.each([
    [
      'two signatures',
      (envelope: Envelope) => ({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }),
    ],
    ['no signature', (envelope: Envelope) => ({ ...envelope, signatures: [] })],
    ['another type of payload', (envelope: Envelope) => ({ ...envelope, payloadType: 'text/plain' })],
    [
      'a short signature',
      (envelope: Envelope) => ({ ...envelope, signatures: [{ ...envelope.signatures[0], sig: 'AAAA' }] }),
    ],
    ['something more in it', (envelope: Envelope) => ({ ...envelope, note: 'hello' })],
  ])('an envelope with %s', async (_name, change) => {
    const files = buildBundle(key, three())
    const path = [...files.keys()].find((name) => name.startsWith('envelopes/')) as string
    files.set(
      path,
      Buffer.from(canonicalize(change(strictParse(files.get(path) as Uint8Array) as unknown as Envelope))),
    )
    expect(await refusals(files)).toContain('ENVELOPE_MALFORMED')
  })

  test('the index', async () => {
    const files = buildBundle(key, three())
    files.set(
      BUNDLE_FILE,
      Buffer.from(JSON.stringify(JSON.parse(Buffer.from(files.get(BUNDLE_FILE) as Uint8Array).toString()), null, 1)),
    )
    expect(await refusals(files)).toContain('NOT_CANONICAL')
    files.set(BUNDLE_FILE, Buffer.from('{}'))
    expect(await refusals(files)).toContain('BUNDLE_MALFORMED')
  })

  test('an index that was not entered into the ledger', async () => {
    const files = buildBundle(key, three())
    expect(await refusals(relist(files, (index) => ({ ...index, runId: 'another' })))).toContain('LEDGER_MISMATCH')
  })

  test('an envelope beyond all bounds', async () => {
    const files = buildBundle(key, three())
    files.set(
      [...files.keys()].find((name) => name.startsWith('envelopes/')) as string,
      Buffer.alloc(5 * 1024 * 1024, 32),
    )
    expect(await refusals(files)).toContain('TOO_LARGE')
  })
})

test('a folder that is not there, or a file, is an error with a place', async () => {
  for (const dir of ['/nowhere/at/all', process.execPath]) {
    await expect(verify(dir)).rejects.toBeInstanceOf(GreengateError)
    await expect(verify(dir)).rejects.toMatchObject({ code: 'EVIDENCE_STORE', where: dir })
  }
})
