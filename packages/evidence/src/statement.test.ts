import { describe, expect, test } from 'vitest'
import type { Evidence, Json, Verdict } from '@greengate/contracts'
import { preAuthEncode } from './dsse.ts'
import { EvidenceError } from './errors.ts'
import { signableSchema } from './signable.ts'
import { evidenceStatement, parseEvidence } from './statement.ts'
import { summaryStatement, testResultStatement, testResultStatementSchema, vsaStatementSchema } from './summary.ts'
import { buildEvidence, digestFor, EVIDENCE_TIME_MS } from './testing.ts'

const SUBJECT = buildEvidence().subject
const HEX = SUBJECT.digest.slice(7)

test("the pre-authentication encoding is the specification's own example", () => {
  expect(preAuthEncode('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
})

const without = (key: string) => Object.fromEntries(Object.entries(buildEvidence()).filter(([name]) => name !== key))

describe('evidence', () => {
  test('is read back from its statement', () => {
    const statement = evidenceStatement(buildEvidence())
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'billing', digest: { sha256: HEX } }],
      predicateType: 'https://greengate.dev/evidence/v1',
    })
    expect(parseEvidence(statement as unknown as Json)).toEqual(buildEvidence())
  })

  test.each<[string, object, string]>([
    ['another type', { _type: 'https://in-toto.io/Statement/v0.1' }, 'STATEMENT_MALFORMED'],
    ['another predicate', { predicateType: 'https://slsa.dev/provenance/v1' }, 'STATEMENT_MALFORMED'],
    [
      'two subjects',
      { subject: [...evidenceStatement(buildEvidence()).subject, ...evidenceStatement(buildEvidence()).subject] },
      'STATEMENT_MALFORMED',
    ],
    ['no evidence', { predicate: {} }, 'STATEMENT_MALFORMED'],
    ['no observation', { predicate: without('observation') }, 'STATEMENT_MALFORMED'],
    ['no parameters', { predicate: without('params') }, 'STATEMENT_MALFORMED'],
    ['another outcome', { predicate: { ...buildEvidence(), outcome: 'skipped' } }, 'STATEMENT_MALFORMED'],
    ['something more', { more: 1 }, 'STATEMENT_MALFORMED'],
    ['another name', { subject: [{ name: 'shop', digest: { sha256: HEX } }] }, 'SUBJECT_FOREIGN'],
    [
      'another digest',
      { subject: [{ name: 'billing', digest: { sha256: digestFor('x').slice(7) } }] },
      'SUBJECT_FOREIGN',
    ],
  ])('is refused with %s', (_name, change, code) => {
    const attempt = () => parseEvidence({ ...evidenceStatement(buildEvidence()), ...change } as unknown as Json)
    expect(attempt).toThrow(EvidenceError)
    expect(attempt).toThrow(expect.objectContaining({ code }))
  })
})

describe('evidence is refused with what is wrong', () => {
  const attempt = (change: object) => () =>
    parseEvidence({ ...evidenceStatement(buildEvidence()), ...change } as unknown as Json)

  test('of its shape: the place in it', () => {
    expect(attempt({ predicate: { ...buildEvidence(), outcome: 'skipped' } })).toThrow(
      expect.objectContaining({
        code: 'STATEMENT_MALFORMED',
        message: expect.stringMatching(/^It is not a statement of evidence: [^]*predicate\.outcome/) as string,
      }),
    )
  })

  test('of its subject', () => {
    expect(attempt({ subject: [{ name: 'shop', digest: { sha256: HEX } }] })).toThrow(
      expect.objectContaining({
        code: 'SUBJECT_FOREIGN',
        message: 'The statement names another subject than the evidence in it.',
      }),
    )
  })

  test.each([
    [],
    [{ name: '', digest: { sha256: HEX } }],
    [{ name: 'billing', digest: { sha256: HEX.toUpperCase() } }],
    [{ name: 'billing', digest: { sha256: `0${HEX}` } }],
    [{ name: 'billing', digest: { sha256: `${HEX}0` } }],
    [{ name: 'billing', digest: { sha256: HEX, sha1: '' } }],
    [{ name: 'billing', digest: { sha256: HEX }, uri: '' }],
  ])('of a subject that is none: %j', (...subject) => {
    expect(attempt({ subject })).toThrow(expect.objectContaining({ code: 'STATEMENT_MALFORMED' }))
  })
})

test('an observation and parameters are read as they are, whatever their keys', () => {
  const odd = JSON.parse('{"__proto__":{"a":1},"constructor":[],"b":null}') as Evidence['observation']
  const { observation, params } = parseEvidence(
    evidenceStatement(buildEvidence({ observation: odd, params: odd })) as unknown as Json,
  )
  expect(JSON.stringify([observation, params])).toBe(JSON.stringify([odd, odd]))
})

describe('a test result for other tools', () => {
  test('fails for everything that is neither a pass nor absent', () => {
    const evidence = (['pass', 'fail', 'error', 'inconclusive', 'not_applicable'] as const).map((outcome, index) =>
      buildEvidence({ control: `OBS-0${index}`, outcome }),
    )
    const statement = testResultStatement(SUBJECT, evidence, digestFor('policy'))
    expect(testResultStatementSchema.parse(statement)).toEqual(statement)
    expect(statement.predicate).toEqual({
      result: 'FAILED',
      configuration: [{ name: 'policy', digest: { sha256: digestFor('policy').slice(7) } }],
      passedTests: ['OBS-00:component:api'],
      warnedTests: [],
      failedTests: ['OBS-01:component:api', 'OBS-02:component:api', 'OBS-03:component:api'],
    })
  })

  test('lists tests by name, in one order, and says of what', () => {
    const evidence = (['OBS-21', 'ERR-01', 'RES-10'] as const).flatMap((control) => [
      buildEvidence({ control, target: 'component:b' }),
      buildEvidence({ control, outcome: 'fail' }),
    ])
    const statement = testResultStatement(SUBJECT, evidence, '')
    expect(statement).toMatchObject({
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      subject: [{ name: 'billing', digest: { sha256: HEX } }],
    })
    expect(statement.predicate).toEqual({
      result: 'FAILED',
      configuration: [],
      passedTests: ['ERR-01:component:b', 'OBS-21:component:b', 'RES-10:component:b'],
      warnedTests: [],
      failedTests: ['ERR-01:component:api', 'OBS-21:component:api', 'RES-10:component:api'],
    })
  })

  test('may have any result that in-toto knows, of one subject at least', () => {
    const statement = testResultStatement(SUBJECT, [buildEvidence()], digestFor('policy'))
    const accepts = (change: object, predicate: object = {}): boolean =>
      testResultStatementSchema.safeParse({
        ...statement,
        ...change,
        predicate: { ...statement.predicate, ...predicate },
      }).success
    for (const result of ['PASSED', 'WARNED', 'FAILED']) expect(accepts({}, { result })).toBe(true)
    expect(accepts({}, { result: 'passed' })).toBe(false)
    expect(accepts({ subject: [...statement.subject, ...statement.subject] })).toBe(true)
    expect(accepts({ subject: [] })).toBe(false)
    expect(accepts({}, { configuration: [{ uri: 'https://greengate.example' }] })).toBe(true)
    expect(accepts({}, { configuration: [{ digest: { sha256: `${HEX}0` } }] })).toBe(false)
  })

  test.each([
    ['PASSED', [buildEvidence()]],
    ['FAILED', []],
    ['FAILED', [buildEvidence({ outcome: 'not_applicable' })]],
    ['FAILED', [buildEvidence(), buildEvidence({ outcome: 'inconclusive' })]],
  ])('%s', (result, evidence) => {
    expect(testResultStatement(SUBJECT, evidence, '').predicate.result).toBe(result)
  })
})

describe('a verification summary', () => {
  const verdict = (result: Verdict['result']): Verdict => ({
    result,
    action: 'promote',
    policy: { id: 'production', version: 3, digest: digestFor('policy') },
    subject: SUBJECT.digest,
    coverage: { proved: 1, required: 1, catalogue: 224 },
    rows: [
      { control: 'OBS-21', target: 'component:api', status: 'pass', reason: '', evidence: digestFor('e') },
      { control: 'OBS-21', target: 'component:web', status: 'pass', reason: '', evidence: digestFor('e') },
      { control: 'ERR-01', target: 'component:api', status: 'missing', reason: 'x', evidence: '' },
    ],
    reasons: [],
  })
  const options = { subject: SUBJECT, verifier: 'https://greengate.example', tool: '0.1.0', nowMs: EVIDENCE_TIME_MS }

  test('says what was verified, against what, and from what', () => {
    const statement = summaryStatement(verdict('green'), options)
    expect(vsaStatementSchema.parse(statement)).toEqual(statement)
    expect(statement.predicate).toMatchObject({
      verifier: { id: 'https://greengate.example', version: { greengate: '0.1.0' } },
      timeVerified: '2026-01-15T12:00:00.000Z',
      policy: { uri: 'greengate:policy/production/3' },
      inputAttestations: [{ digest: { sha256: digestFor('e').slice(7) } }],
      verificationResult: 'PASSED',
      verifiedLevels: ['GREENGATE_PROMOTE'],
    })
  })

  test('names its subject, and each envelope once, in one order', () => {
    const digests = ['c', 'a', 'b', 'd'].map(digestFor)
    const rows = [...digests, '', ...digests].map((evidence) => ({
      control: 'OBS-21' as const,
      target: 'component:api',
      status: 'pass' as const,
      reason: '',
      evidence,
    }))
    const statement = summaryStatement({ ...verdict('green'), rows }, options)
    expect(statement).toMatchObject({
      predicateType: 'https://slsa.dev/verification_summary/v1',
      subject: [{ name: 'billing', digest: { sha256: HEX } }],
    })
    expect(statement.predicate).toMatchObject({
      resourceUri: `tree:billing@${SUBJECT.digest}`,
      policy: { digest: { sha256: digestFor('policy').slice(7) } },
      inputAttestations: digests
        .map((digest) => digest.slice(7))
        .sort()
        .map((sha256) => ({ uri: `envelopes/${sha256}.json`, digest: { sha256 } })),
    })
  })

  test('of a policy with any name has an address', () => {
    const policy = { id: 'eu/production 2', version: 12, digest: digestFor('policy') }
    const { predicate } = summaryStatement({ ...verdict('green'), policy, action: 'rollback' }, options)
    expect(predicate.policy.uri).toBe('greengate:policy/eu%2Fproduction%202/12')
    expect(predicate.verifiedLevels).toEqual(['GREENGATE_ROLLBACK'])
  })

  test.each(['red', 'partial'] as const)('%s is FAILED and gives no level', (result) => {
    const statement = summaryStatement(verdict(result), options)
    expect(statement.predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: [] })
    expect(vsaStatementSchema.parse(statement)).toEqual(statement)
  })

  test('can be signed, as can every other kind of statement', () => {
    for (const statement of [
      summaryStatement(verdict('green'), options),
      testResultStatement(SUBJECT, [buildEvidence()], ''),
      evidenceStatement(buildEvidence()),
    ]) {
      expect(signableSchema.safeParse(statement).success).toBe(true)
    }
  })
})
