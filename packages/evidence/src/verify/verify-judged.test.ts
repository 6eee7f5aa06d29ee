import { describe, expect, test } from 'vitest'
import { rootOfEntries } from '../ledger.ts'
import { signNote } from '../sign/signing.ts'
import { buildBundle, buildEvidence, digestFor, oddJudge } from '../testing.ts'
import { entriesOf, judgesOf, key, ORIGIN, refusals, stranger, three, verify } from '../testing-verify-fixture.ts'

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
    expect(await refusals(buildBundle(key, [evidence]))).toContain('JUDGEMENT_DIFFERS')
  })

  test('an observation or parameters that the judge cannot read', async () => {
    expect(await refusals(buildBundle(key, [buildEvidence({ observation: { other: 1 } })]))).toContain(
      'OBSERVATION_UNREADABLE',
    )
    expect(await refusals(buildBundle(key, [buildEvidence({ params: [1] })]))).toContain('OBSERVATION_UNREADABLE')
  })

  test('a judge that throws, also only on a refutation', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    const refutations = [{ id: 'x', breaks: 'odd', code: 'even', apply: boom }]
    for (const judge of [
      { ...oddJudge, judge: boom },
      { ...oddJudge, refutations },
    ]) {
      expect(await refusals(buildBundle(key, three()), { judges: judgesOf(judge) })).toContain('OBSERVATION_UNREADABLE')
    }
  })

  test('without a judge, or with one of another version, it counts for nothing and is not called wrong', async () => {
    for (const judges of [() => null, judgesOf({ ...oddJudge, version: 2 })]) {
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
    expect(await refusals(buildBundle(key, [buildEvidence(parts)]))).toContain('PASS_UNPROVED')
  })

  test('a pass of a judge that does not catch its refutation, or has none that applies', async () => {
    const blind = {
      ...oddJudge,
      refutations: [{ id: 'blind', breaks: 'odd', code: 'even', apply: () => ({ value: 5 }) }],
    }
    const none = { ...oddJudge, refutations: [{ id: 'none', breaks: 'odd', code: 'even', apply: () => null }] }
    for (const judge of [blind, none]) {
      expect(
        await refusals(buildBundle(key, [buildEvidence()]), {
          judges: judgesOf(judge),
        }),
      ).toContain('PASS_UNPROVED')
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
    expect(await refusals(buildBundle(key, [evidence]))).toContain('OBSERVATION_MISSING')
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
    expect(await refusals(buildBundle(key, [buildEvidence({ outcome: 'not_applicable', facts })]))).toContain(
      'FACT_MISSING',
    )
  })
})

describe('anchors', () => {
  const noteAt = (entries: readonly string[], by = key): string =>
    signNote(by, { origin: ORIGIN, size: entries.length, root: rootOfEntries(entries) })

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
    expect(await refusals(files, { anchors: [noteAt([digestFor('a'), digestFor('b')])] })).toContain('ANCHOR_MISMATCH')
    expect(await refusals(files, { anchors: [noteAt(entriesOf(files), stranger)] })).toContain('ANCHOR_MISMATCH')
  })
})
