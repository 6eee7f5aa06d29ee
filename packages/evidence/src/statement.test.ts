import { describe, expect, test } from 'vitest'
import type { Json, Verdict } from '@greengate/contracts'
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

  test.each(['red', 'partial'] as const)('%s is FAILED and gives no level', (result) => {
    expect(summaryStatement(verdict(result), options).predicate).toMatchObject({
      verificationResult: 'FAILED',
      verifiedLevels: [],
    })
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
