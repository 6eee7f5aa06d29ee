import { beforeAll, describe, expect, test } from 'vitest'
import { type AnyJudge, GreengateError, type Json } from '@greengate/contracts'
import { BUNDLE_FILE, blobPath, envelopePath, KEYS, LEDGER_CHECKPOINT, LEDGER_ENTRIES } from '../bundle.ts'
import { canonicalize, digestOf, digestOfBytes, strictParse } from '../canonical.ts'
import { encodeEnvelope, type Envelope } from '../dsse.ts'
import { EvidenceError, type EvidenceErrorCode } from '../errors.ts'
import { rootOfEntries } from '../ledger.ts'
import type { SigningKey } from '../sign/keys.ts'
import { signNote } from '../sign/signing.ts'
import {
  buildBundle,
  buildEvidence,
  createTestKey,
  digestFor,
  EVIDENCE_TIME_MS,
  oddJudge,
  oddJudges,
  trustKeys,
} from '../testing.ts'
import { type BundleVerification, verifyBundle, type VerifyOptions } from './verify-bundle.ts'

const NOW_MS = EVIDENCE_TIME_MS + 60_000
const ORIGIN = 'greengate.example/billing'
let key: SigningKey
let stranger: SigningKey
beforeAll(() => {
  key = createTestKey()
  stranger = createTestKey()
})

const three = () => [
  buildEvidence({ control: 'OBS-21' }),
  buildEvidence({ control: 'ERR-01', outcome: 'fail' }),
  buildEvidence({ control: 'RES-10', outcome: 'not_applicable' }),
]

function verify(bundle: VerifyOptions['bundle'], options: Partial<VerifyOptions> = {}): Promise<BundleVerification> {
  return verifyBundle({ bundle, trustRoot: trustKeys([key]), judges: oddJudges, nowMs: NOW_MS, ...options })
}

/** Rejected with this code, as an EvidenceError, and nothing counts. */
async function expectRejected(
  code: EvidenceErrorCode,
  bundle: VerifyOptions['bundle'],
  options: Partial<VerifyOptions> = {},
) {
  const result = await verify(bundle, options)
  expect(result.problems.map((problem) => problem.code)).toContain(code)
  expect(result.problems.every((problem) => problem instanceof EvidenceError)).toBe(true)
  expect(result.ok).toBe(false)
  expect(result.verified).toEqual([])
  return result
}

/** Enters changed files into a ledger of the same, trusted key: what a careless holder of the key could do. */
function relist(
  files: Map<string, Uint8Array>,
  change: (index: Record<string, Json>) => Record<string, Json>,
): Map<string, Uint8Array> {
  const copy = new Map(files)
  const index = Buffer.from(
    canonicalize(change(strictParse(files.get(BUNDLE_FILE) as Uint8Array) as Record<string, Json>)),
  )
  copy.set(BUNDLE_FILE, index)
  return copy
}

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
    await expectRejected('KEY_UNKNOWN', buildBundle(key, three()), { trustRoot: { keys: [] } })
  })
})

describe('truncated', () => {
  test.each([BUNDLE_FILE, LEDGER_CHECKPOINT, LEDGER_ENTRIES])('without %s', async (path) => {
    const files = buildBundle(key, three())
    files.delete(path)
    await expectRejected('BUNDLE_TRUNCATED', files)
  })

  test('an envelope less', async () => {
    const files = buildBundle(key, three())
    files.delete([...files.keys()].find((path) => path.startsWith('envelopes/')) ?? '')
    await expectRejected('BUNDLE_TRUNCATED', files)
  })

  test('an envelope less, in the index too: the failing one taken out', async () => {
    const files = buildBundle(key, three())
    const gone = (strictParse(files.get(BUNDLE_FILE) as Uint8Array) as { envelopes: string[] }).envelopes[1] as string
    files.delete(envelopePath(gone))
    await expectRejected(
      'BUNDLE_TRUNCATED',
      relist(files, (index) => ({ ...index, envelopes: (index['envelopes'] as Json[]).filter((one) => one !== gone) })),
    )
  })

  test('the window moved behind the failing one', async () => {
    const files = buildBundle(key, three())
    await expectRejected(
      'LEDGER_MISMATCH',
      relist(files, (index) => ({
        ...index,
        ledger: { origin: ORIGIN, first: 2 },
        envelopes: (index['envelopes'] as Json[]).slice(2),
      })),
    )
  })

  test('the ledger an entry less', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, (files.get(LEDGER_ENTRIES) as Uint8Array).subarray(0, -72))
    await expectRejected('BUNDLE_TRUNCATED', files)
  })

  test('the ledger torn in its last line', async () => {
    const files = buildBundle(key, three())
    files.set(LEDGER_ENTRIES, (files.get(LEDGER_ENTRIES) as Uint8Array).subarray(0, -5))
    await expectRejected('LEDGER_MALFORMED', files)
  })

  test('half an envelope', async () => {
    const files = buildBundle(key, three())
    const path = [...files.keys()].find((name) => name.startsWith('envelopes/')) as string
    files.set(path, (files.get(path) as Uint8Array).subarray(0, 100))
    await expectRejected('NOT_JSON', files)
  })
})

describe('reordered', () => {
  test('in the index', async () => {
    const files = buildBundle(key, three())
    await expectRejected(
      'BUNDLE_REORDERED',
      relist(files, (index) => ({ ...index, envelopes: [...(index['envelopes'] as Json[])].reverse() })),
    )
  })

  test('in the ledger', async () => {
    const files = buildBundle(key, three())
    const lines = Buffer.from(files.get(LEDGER_ENTRIES) as Uint8Array)
      .toString()
      .split('\n')
    files.set(LEDGER_ENTRIES, Buffer.from([lines[1], lines[0], ...lines.slice(2)].join('\n')))
    await expectRejected('LEDGER_MISMATCH', files)
  })

  test('the contents of two envelopes exchanged', async () => {
    const files = buildBundle(key, three())
    const [a, b] = [...files.keys()].filter((path) => path.startsWith('envelopes/')) as [string, string]
    const first = files.get(a) as Uint8Array
    files.set(a, files.get(b) as Uint8Array).set(b, first)
    await expectRejected('DIGEST_MISMATCH', files)
  })
})

describe('foreign', () => {
  test('all of it signed by somebody else', async () => {
    await expectRejected('KEY_UNKNOWN', buildBundle(stranger, three()))
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
    const result = await expectRejected('KEY_UNKNOWN', files)
    expect(result.envelopes.map((one) => one.status)).toEqual(['rejected', 'rejected', 'rejected'])
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
    await expectRejected('SIGNATURE_INVALID', files)
  })

  test('about another subject than was asked for', async () => {
    await expectRejected('SUBJECT_FOREIGN', buildBundle(key, three()), {
      subject: { digest: digestFor('another tree') },
    })
    await expectRejected('SUBJECT_FOREIGN', buildBundle(key, three()), { subject: { name: 'shop' } })
    expect(
      (await verify(buildBundle(key, three()), { subject: { name: 'billing', digest: digestFor('tree') } })).ok,
    ).toBe(true)
  })

  test('an envelope about another subject among ours', async () => {
    const other = buildEvidence({ subject: { digest: digestFor('another tree') } })
    await expectRejected('SUBJECT_FOREIGN', buildBundle(key, [buildEvidence(), other]))
  })

  test('a ledger that the trust root does not name', async () => {
    const bundle = buildBundle(key, three())
    await expectRejected('CHECKPOINT_INVALID', bundle, { trustRoot: { ...trustKeys([key]), ledgers: ['elsewhere'] } })
    expect((await verify(bundle, { trustRoot: { ...trustKeys([key]), ledgers: [ORIGIN] } })).ok).toBe(true)
  })

  test('an index that names another ledger', async () => {
    const files = buildBundle(key, three(), {
      index: (bundle) => ({ ...bundle, ledger: { ...bundle.ledger, origin: 'other' } }),
    })
    await expectRejected('LEDGER_MISMATCH', files)
  })

  test('an envelope that nothing lists', async () => {
    const files = buildBundle(key, three())
    files.set(envelopePath(digestFor('x')), Buffer.from('{}'))
    await expectRejected('BUNDLE_FOREIGN', files)
  })

  test('an envelope listed twice', async () => {
    const files = buildBundle(key, [buildEvidence(), buildEvidence()])
    await expectRejected('BUNDLE_FOREIGN', files)
  })

  test('a key under the name of another', async () => {
    const files = buildBundle(key, three())
    files.set(`${KEYS}/${key.publicKey.keyid}.pem`, Buffer.from(stranger.publicKey.pem))
    await expectRejected('KEY_MALFORMED', files)
  })

  test('a blob with other bytes; one that was erased is no problem', async () => {
    const digest = digestOfBytes('a log of 300 KiB')
    const files = buildBundle(key, three(), { index: (bundle) => ({ ...bundle, blobs: [digest] }) })
    expect((await verify(files)).ok).toBe(true)
    files.set(blobPath(digest), Buffer.from('a log of 300 KiB'))
    expect((await verify(files)).ok).toBe(true)
    files.set(blobPath(digest), Buffer.from('another log'))
    await expectRejected('DIGEST_MISMATCH', files)
  })
})

describe('from the future, or out of time', () => {
  const at = (ms: number): string => new Date(ms).toISOString()
  test('more than five minutes ahead', async () => {
    await expectRejected('FROM_FUTURE', buildBundle(key, [buildEvidence({ to: at(NOW_MS + 300_001) })]))
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
    await expectRejected('TIME_INVALID', buildBundle(key, [buildEvidence(parts)]))
  })

  test('a verifier without a clock accepts nothing', async () => {
    await expectRejected('FROM_FUTURE', buildBundle(key, [buildEvidence()]), { nowMs: Number.NaN })
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
    await expectRejected('NOT_CANONICAL', files)
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
    await expectRejected('ENVELOPE_MALFORMED', files)
  })

  test('the index', async () => {
    const files = buildBundle(key, three())
    files.set(
      BUNDLE_FILE,
      Buffer.from(JSON.stringify(JSON.parse(Buffer.from(files.get(BUNDLE_FILE) as Uint8Array).toString()), null, 1)),
    )
    await expectRejected('NOT_CANONICAL', files)
    files.set(BUNDLE_FILE, Buffer.from('{}'))
    await expectRejected('BUNDLE_MALFORMED', files)
  })

  test('an index that was not entered into the ledger', async () => {
    const files = buildBundle(key, three())
    await expectRejected(
      'LEDGER_MISMATCH',
      relist(files, (index) => ({ ...index, runId: 'another' })),
    )
  })

  test('an envelope beyond all bounds', async () => {
    const files = buildBundle(key, three())
    files.set(
      [...files.keys()].find((name) => name.startsWith('envelopes/')) as string,
      Buffer.alloc(5 * 1024 * 1024, 32),
    )
    await expectRejected('TOO_LARGE', files)
  })
})

describe('judged again', () => {
  test.each([
    ['an aspect better than it is', buildEvidence({ observation: { value: 8 } })],
    [
      'a finding left out',
      buildEvidence({
        outcome: 'fail',
        judgement: { aspects: { odd: { outcome: 'fail', code: 'even' } }, findings: [] },
      }),
    ],
    [
      'an outcome that is not that of its aspects',
      { ...buildEvidence({ outcome: 'fail' }), outcome: 'inconclusive' as const },
    ],
  ])('%s', async (_name, evidence) => {
    await expectRejected('JUDGEMENT_DIFFERS', buildBundle(key, [evidence]))
  })

  test('an observation or parameters that the judge cannot read', async () => {
    await expectRejected('OBSERVATION_UNREADABLE', buildBundle(key, [buildEvidence({ observation: { other: 1 } })]))
    await expectRejected('OBSERVATION_UNREADABLE', buildBundle(key, [buildEvidence({ params: [1] })]))
  })

  test('a judge that throws', async () => {
    const throwing = {
      ...oddJudge,
      judge: () => {
        throw new Error('boom')
      },
    }
    await expectRejected('OBSERVATION_UNREADABLE', buildBundle(key, three()), {
      judges: () => throwing as unknown as AnyJudge,
    })
  })

  test('without a judge, or with one of another version, it counts for nothing and is not called wrong', async () => {
    for (const judges of [() => null, () => ({ ...oddJudge, version: 2 }) as unknown as AnyJudge]) {
      const result = await verify(buildBundle(key, [buildEvidence()]), { judges })
      expect(result).toMatchObject({
        ok: true,
        verified: [],
        envelopes: [{ status: 'unjudged', problem: { code: 'JUDGE_UNKNOWN' } }],
      })
    }
  })

  test.each([
    ['no refutation tried', { refutations: { tried: 0, caught: 0, missed: [] } }],
    ['one not caught', { refutations: { tried: 2, caught: 1, missed: ['x'] } }],
    ['one missed and the numbers made to fit', { refutations: { tried: 2, caught: 2, missed: ['x'] } }],
    ['nothing exercised', { exercised: {} }],
    ['only zeros exercised', { exercised: { requests: 0, samples: 0 } }],
  ])('a pass with %s', async (_name, parts) => {
    await expectRejected('PASS_UNPROVED', buildBundle(key, [buildEvidence(parts)]))
  })

  test('a pass of a judge that does not catch its refutation, or has none that applies', async () => {
    const blind = {
      ...oddJudge,
      refutations: [{ id: 'blind', breaks: 'odd', code: 'even', apply: () => ({ value: 5 }) }],
    }
    const none = { ...oddJudge, refutations: [{ id: 'none', breaks: 'odd', code: 'even', apply: () => null }] }
    for (const judge of [blind, none]) {
      await expectRejected('PASS_UNPROVED', buildBundle(key, [buildEvidence()]), {
        judges: () => judge as unknown as AnyJudge,
      })
    }
  })

  test.each([
    ['a pass without an observation', buildEvidence({ observation: null })],
    ['a fail without an observation', buildEvidence({ outcome: 'fail', observation: null })],
    [
      'an aspect that passed without an observation',
      buildEvidence({
        outcome: 'inconclusive',
        judgement: { aspects: { odd: { outcome: 'pass', code: 'ok' } }, findings: [] },
      }),
    ],
  ])('%s', async (_name, evidence) => {
    await expectRejected('OBSERVATION_MISSING', buildBundle(key, [evidence]))
  })

  test.each([
    ['no fact', []],
    [
      'an unknown one',
      [{ name: 'database' as const, target: 'component:api', state: 'unknown' as const, detector: 'd', how: '' }],
    ],
    [
      'one about another target',
      [{ name: 'database' as const, target: 'component:web', state: 'absent' as const, detector: 'd', how: '' }],
    ],
  ])('not applicable with %s', async (_name, facts) => {
    await expectRejected('FACT_MISSING', buildBundle(key, [buildEvidence({ outcome: 'not_applicable', facts })]))
  })
})

describe('anchors', () => {
  const noteAt = (entries: readonly string[], by = key): string =>
    signNote(by, { origin: ORIGIN, size: entries.length, root: rootOfEntries(entries) })
  const entriesOf = (files: Map<string, Uint8Array>): string[] =>
    Buffer.from(files.get(LEDGER_ENTRIES) as Uint8Array)
      .toString()
      .trim()
      .split('\n')

  test('what was in the ledger when it was anchored is anchored, and nothing later', async () => {
    const files = buildBundle(key, three())
    const entries = entriesOf(files)
    const anchoredBy = async (anchors: string[]) =>
      (await verify(files, { anchors })).verified.map((one) => one.anchored)
    expect(await anchoredBy([noteAt(entries)])).toEqual([true, true, true])
    expect(await anchoredBy([noteAt(entries.slice(0, 2))])).toEqual([true, true, false])
    expect(await anchoredBy([signNote(key, { origin: 'other', size: 4, root: rootOfEntries(entries) })])).toEqual([
      false,
      false,
      false,
    ])
    expect(await anchoredBy([noteAt([...entries, digestFor('later')])])).toEqual([false, false, false])
  })

  test('a rewritten ledger, an untrusted anchor', async () => {
    const files = buildBundle(key, three())
    await expectRejected('ANCHOR_MISMATCH', files, { anchors: [noteAt([digestFor('a'), digestFor('b')])] })
    await expectRejected('ANCHOR_MISMATCH', files, { anchors: [noteAt(entriesOf(files), stranger)] })
  })
})

test('a folder that is not there, or a file, is an error with a place', async () => {
  for (const dir of ['/nowhere/at/all', process.execPath]) {
    await expect(verify(dir)).rejects.toBeInstanceOf(GreengateError)
    await expect(verify(dir)).rejects.toMatchObject({ code: 'EVIDENCE_STORE', where: dir })
  }
})
