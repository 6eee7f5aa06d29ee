import { describe, expect, test } from 'vitest'
import type { AnyJudge } from '@greengate/contracts'
import { BUNDLE_BYTES_MAX, BUNDLE_FILE, BLOBS, KEYS, LEDGER_CHECKPOINT } from '../bundle.ts'
import { EvidenceError } from '../errors.ts'
import { buildBundle, buildEvidence, digestFor, oddJudge, oddJudges } from '../testing.ts'
import { envelopesOf, key, problemsOf, stranger, three, verify } from '../testing-verify-fixture.ts'
import type { VerifyOptions } from './verify-bundle.ts'

/** Goal: what a person reads of a bundle that is refused: each problem with its place, all of them, and nothing besides. */

const FOREIGN = { code: 'BUNDLE_FOREIGN', message: 'The index does not list it.' }

describe('an index', () => {
  const having = (bytes: Uint8Array) => new Map(buildBundle(key, three())).set(BUNDLE_FILE, bytes)

  test('that is not there leaves nothing to say of the rest', async () => {
    const files = buildBundle(key, three())
    files.delete(BUNDLE_FILE)
    expect(await verify(files)).toEqual({
      ok: false,
      problems: [expect.any(EvidenceError) as EvidenceError],
      envelopes: [],
      verified: [],
      bundle: null,
      checkpoint: null,
    })
    expect(await problemsOf(files)).toEqual([
      { code: 'BUNDLE_TRUNCATED', message: 'There is no index.', where: 'bundle.json' },
    ])
  })

  test('beyond its bound is not looked at, one of that size is', async () => {
    const where = 'bundle.json'
    expect(await problemsOf(having(Buffer.alloc(BUNDLE_BYTES_MAX + 1, 32)))).toEqual([
      { code: 'TOO_LARGE', message: 'The index has more than 16777216 bytes.', where },
    ])
    expect(await problemsOf(having(Buffer.alloc(BUNDLE_BYTES_MAX, 32)))).toMatchObject([{ code: 'NOT_JSON', where }])
  })

  test('of another shape is told with what is missing', async () => {
    const [problem, ...more] = await problemsOf(having(Buffer.from('{"schema":"greengate/bundle/v1"}')))
    expect(problem).toMatchObject({ code: 'BUNDLE_MALFORMED', where: 'bundle.json' })
    expect(problem?.message).toMatch(/^It is not the index of a bundle: [^]*runId/)
    expect(more).toEqual([])
  })

  test('that lists something twice', async () => {
    expect(await problemsOf(buildBundle(key, [buildEvidence(), buildEvidence()]))).toEqual([
      { code: 'BUNDLE_FOREIGN', message: 'It lists something twice.', where: 'bundle.json' },
    ])
  })
})

describe('the subject that was asked about', () => {
  const [name, digest, tree] = ['shop', digestFor('another tree'), digestFor('tree')]
  test.each([
    [{ name }, 'shop'],
    [{ digest }, digest],
    [{ name, digest }, `shop ${digest}`],
    [{ name, digest: tree }, `shop ${tree}`],
    [{ name: 'billing', digest }, `billing ${digest}`],
  ])('is another: %j', async (subject, asked) => {
    expect(await problemsOf(buildBundle(key, three()), { subject })).toEqual([
      {
        code: 'SUBJECT_FOREIGN',
        message: `The evidence is about billing ${tree}, not about ${asked}.`,
        where: 'bundle.json',
      },
    ])
  })

  test.each([{}, { name: 'billing' }, { digest: tree }])('is this one: %j', async (subject) => {
    expect((await verify(buildBundle(key, three()), { subject })).ok).toBe(true)
  })
})

describe('files', () => {
  const adding = (path: string, content: string) =>
    problemsOf(new Map(buildBundle(key, three())).set(path, Buffer.from(content)))

  test.each([`envelopes/${'0'.repeat(64)}.json`, `${BLOBS}/${'0'.repeat(64)}`, 'envelopes', 'blobs'])(
    'that nothing lists: %s',
    async (where) => {
      expect(await adding(where, 'x')).toEqual([{ ...FOREIGN, where }])
    },
  )

  test('elsewhere are none of a bundle, and left alone', async () => {
    expect((await verify(new Map(buildBundle(key, three())).set('notes.txt', Buffer.from('x')))).ok).toBe(true)
  })

  test('a blob with other bytes', async () => {
    const digest = digestFor('a log')
    const files = buildBundle(key, three(), { index: (bundle) => ({ ...bundle, blobs: [digest] }) })
    const where = `blobs/${digest.slice(7)}`
    expect(await problemsOf(files.set(where, Buffer.from('another log')))).toEqual([
      { code: 'DIGEST_MISMATCH', message: 'It does not have the digest that its name says.', where },
    ])
  })

  test('a key under another name, or in another encoding', async () => {
    const { keyid, pem } = stranger.publicKey
    const message = 'It is not the key that its name says, in its one encoding.'
    for (const [where, content] of [
      [`${KEYS}/${key.publicKey.keyid}.pem`, pem],
      [`${KEYS}/${keyid}.txt`, pem],
      [`${KEYS}/${keyid}.pem`, `${pem}\n`],
      [`${KEYS}/${keyid}.pem`, pem.replaceAll('\n', '\r\n')],
      [KEYS, pem],
    ] as const) {
      expect(await adding(where, content)).toEqual([{ code: 'KEY_MALFORMED', message, where }])
    }
    expect((await verify(new Map(buildBundle(key, three())).set(`${KEYS}/${keyid}.pem`, Buffer.from(pem)))).ok).toBe(
      true,
    )
  })
})

describe('an envelope', () => {
  test('that is not there, and nothing is known of', async () => {
    const files = buildBundle(key, three())
    const [, where = ''] = envelopesOf(files)
    files.delete(where)
    const problem = { code: 'BUNDLE_TRUNCATED', message: 'The index lists this envelope, and it is not there.', where }
    expect(await problemsOf(files)).toEqual([problem])
    const { envelopes } = await verify(files)
    expect(envelopes.map((one) => one.status)).toEqual(['verified', 'rejected', 'verified'])
    expect(envelopes[1]).toEqual({
      digest: `sha256:${where.slice('envelopes/'.length, -'.json'.length)}`,
      control: '',
      target: '',
      outcome: '',
      status: 'rejected',
      problem: expect.objectContaining(problem) as EvidenceError,
    })
  })

  test('that is accepted or refused for what it says is told by what it says', async () => {
    const { envelopes } = await verify(buildBundle(key, [buildEvidence(), buildEvidence({ to: 'yesterday' })]))
    const about = { control: 'OBS-21', target: 'component:api', outcome: 'pass' }
    expect(envelopes).toMatchObject([
      { ...about, status: 'verified', problem: null },
      { ...about, status: 'rejected', problem: { code: 'TIME_INVALID' } },
    ])
  })

  test('under the name of another', async () => {
    const files = buildBundle(key, three())
    const [a = '', b = ''] = envelopesOf(files)
    const first = files.get(a) as Uint8Array
    files.set(a, files.get(b) as Uint8Array).set(b, first)
    const message = 'It is another envelope than its name says.'
    expect(await problemsOf(files)).toEqual([
      { code: 'DIGEST_MISMATCH', message, where: a },
      { code: 'DIGEST_MISMATCH', message, where: b },
    ])
  })

  test.each([
    ['another name', { name: 'shop' }],
    ['another digest', { digest: digestFor('another tree') }],
  ])('about a subject of %s', async (_name, subject) => {
    const files = buildBundle(key, [buildEvidence(), buildEvidence({ control: 'ERR-01', subject })])
    const { name, digest } = buildEvidence({ subject }).subject
    expect(await problemsOf(files)).toEqual([
      { code: 'SUBJECT_FOREIGN', message: `It is about ${name} ${digest}.`, where: envelopesOf(files)[1] },
    ])
  })

  test('that its judge refuses is told with its place', async () => {
    const files = buildBundle(key, [buildEvidence({ observation: { value: 8 } })])
    expect(await problemsOf(files)).toEqual([
      {
        code: 'JUDGEMENT_DIFFERS',
        message: 'Judged again, its aspects come out differently.',
        where: envelopesOf(files)[0],
      },
    ])
  })
})

test('everything that is wrong is told, in order', async () => {
  const files = buildBundle(key, [buildEvidence({ to: 'yesterday' })]).set('blobs/x', Buffer.from('x'))
  files.delete(LEDGER_CHECKPOINT)
  expect((await problemsOf(files, { subject: { name: 'shop' } })).map(({ code, where }) => [code, where])).toEqual([
    ['BUNDLE_TRUNCATED', 'ledger/checkpoint'],
    ['SUBJECT_FOREIGN', 'bundle.json'],
    ['BUNDLE_FOREIGN', 'blobs/x'],
    ['TIME_INVALID', envelopesOf(files)[0]],
  ])
})

describe('judges', () => {
  test('are asked for once per control, also where there is none', async () => {
    const bundle = buildBundle(
      key,
      ['OBS-21', 'ERR-01', 'OBS-21', 'ERR-01'].map((control, index) =>
        buildEvidence({ control: control as 'OBS-21', reason: `${index}` }),
      ),
    )
    const asked: string[] = []
    const judges = (control: string): AnyJudge | null => {
      asked.push(control)
      return control === 'OBS-21' ? oddJudges() : null
    }
    const result = await verify(bundle, { judges })
    expect(result.envelopes.map((one) => one.status)).toEqual(['verified', 'unjudged', 'verified', 'unjudged'])
    expect(asked).toEqual(['OBS-21', 'ERR-01'])
  })

  test('are not asked for where nothing was observed', async () => {
    const judges = (): never => {
      throw new Error('nobody was to ask')
    }
    expect((await verify(buildBundle(key, [buildEvidence({ outcome: 'error' })]), { judges })).ok).toBe(true)
  })

  test('may take their time', async () => {
    const judges = () => Promise.resolve(oddJudge as unknown as AnyJudge)
    expect((await verify(buildBundle(key, three()), { judges })).verified).toHaveLength(3)
  })
})

describe('what is no fault of the evidence is thrown, not told as one', () => {
  test('a registry of judges that fails', async () => {
    const judges: VerifyOptions['judges'] = () => Promise.reject(new Error('no registry'))
    await expect(verify(buildBundle(key, three()), { judges })).rejects.toThrow('no registry')
  })

  test('files that can not be read', async () => {
    class Failing extends Map<string, Uint8Array> {
      override get(path: string): Uint8Array | undefined {
        if (path === LEDGER_CHECKPOINT) throw new Error('the disk is gone')
        return super.get(path)
      }
    }
    await expect(verify(new Failing(buildBundle(key, three())))).rejects.toThrow('the disk is gone')
  })
})
