import { describe, expect, test } from 'vitest'
import {
  type AnyJudge,
  type AspectResult,
  type Evidence,
  finding,
  type Json,
  type Judgement,
} from '@greengate/contracts'
import type { EvidenceError } from '../errors.ts'
import { buildEvidence, evenFinding, type EvidenceParts, oddJudge, oddJudges } from '../testing.ts'
import { rejudge } from './rejudge.ts'

/** Goal: each refusal of a judgement, with what it says; and that nothing honest is refused. Judges here are made up. */

const refusal = (error: { code: EvidenceError['code']; message: string }): unknown => expect.objectContaining(error)
const odd = (judge: Partial<AnyJudge>): AnyJudge => ({ ...oddJudges(), ...judge })

describe('who judges', () => {
  test('nobody', () => {
    expect(() => rejudge(buildEvidence(), null)).toThrow(
      refusal({ code: 'JUDGE_UNKNOWN', message: 'There is no judge of OBS-21 here.' }),
    )
  })

  test('a judge of another version', () => {
    expect(() => rejudge(buildEvidence(), odd({ version: 2 }))).toThrow(
      refusal({
        code: 'JUDGE_UNKNOWN',
        message: 'The judge of OBS-21 here has version 2; this was judged by version 1.',
      }),
    )
  })

  test('a judge that cannot read the observation: why is kept', () => {
    const cause = new Error('boom')
    const judge = odd({
      parse: () => {
        throw cause
      },
    })
    expect(() => rejudge(buildEvidence(), judge)).toThrow(
      expect.objectContaining({
        code: 'OBSERVATION_UNREADABLE',
        message: "The judge of OBS-21 can't read the stored observation.",
        cause,
      }),
    )
  })
})

describe('a judgement that comes out differently', () => {
  test('in an aspect, though found and outcome are the same', () => {
    const evidence = buildEvidence({ judgement: { aspects: { odd: { outcome: 'pass', code: 'fine' } }, findings: [] } })
    expect(() => rejudge(evidence, oddJudges())).toThrow(
      refusal({ code: 'JUDGEMENT_DIFFERS', message: 'Judged again, its aspects come out differently.' }),
    )
  })

  test('in what is found', () => {
    const aspects = { odd: { outcome: 'fail', code: 'even' } } as const
    const evidence = buildEvidence({ outcome: 'fail', judgement: { aspects, findings: [] } })
    expect(() => rejudge(evidence, oddJudges())).toThrow(
      refusal({ code: 'JUDGEMENT_DIFFERS', message: 'Judged again, other things are found.' }),
    )
  })

  test('in its outcome', () => {
    const evidence: Evidence = { ...buildEvidence({ outcome: 'fail' }), outcome: 'inconclusive' }
    expect(() => rejudge(evidence, oddJudges())).toThrow(
      refusal({ code: 'JUDGEMENT_DIFFERS', message: 'Judged again, its outcome is fail and not inconclusive.' }),
    )
  })

  test('in the order of its findings, which does not matter', () => {
    const other = finding({ ...evenFinding(8), where: 'elsewhere' })
    const aspects = { odd: { outcome: 'fail', code: 'even' } } as const
    const evidence = buildEvidence({ outcome: 'fail', judgement: { aspects, findings: [evenFinding(8), other] } })
    const judge = odd({ judge: () => ({ aspects, findings: [other, evenFinding(8)] }) })
    expect(() => rejudge(evidence, judge)).not.toThrow()
  })
})

describe("a judge's pass is what the run made of it", () => {
  const refutations = (tried: number, missed: string[] = []) => ({ tried, caught: tried - missed.length, missed })
  test.each<[string, Evidence['outcome'], EvidenceParts]>([
    ['a refutation missed', 'error', { refutations: refutations(2, ['x']) }],
    ['no refutation tried', 'inconclusive', { refutations: refutations(0) }],
    ['nothing exercised', 'inconclusive', { exercised: {} }],
    ['zeros exercised', 'inconclusive', { exercised: { requests: 0, samples: 0 } }],
    ['one of two things exercised', 'pass', { exercised: { requests: 0, samples: 3 } }],
  ])('%s: %s, and nothing better or worse', (_name, outcome, parts) => {
    const attempt = (claimed: Evidence['outcome']) => () =>
      rejudge({ ...buildEvidence(parts), outcome: claimed }, oddJudges())
    expect(attempt(outcome)).not.toThrow()
    for (const claimed of (['pass', 'inconclusive', 'error'] as const).filter((one) => one !== outcome)) {
      expect(attempt(claimed)).toThrow(
        refusal({ code: 'JUDGEMENT_DIFFERS', message: `Judged again, its outcome is ${outcome} and not ${claimed}.` }),
      )
    }
  })

  test('its refutations are not tried on anything but a pass', () => {
    const judge = odd({ refutations: [{ id: 'blind', breaks: 'odd', code: 'even', apply: () => ({ value: 5 }) }] })
    expect(() => rejudge(buildEvidence({ outcome: 'fail' }), judge)).not.toThrow()
  })
})

describe('refutations of a pass', () => {
  type Aspects = Record<string, AspectResult>
  const pass: AspectResult = { outcome: 'pass', code: 'ok' }
  const absent: AspectResult = { outcome: 'not_applicable', code: 'no-database' }
  const fail: AspectResult = { outcome: 'fail', code: 'broken' }
  /** What is wrong with a pass whose one refutation turns `before` into `after`; empty: nothing. */
  const problemOf = (before: Aspects, after: Aspects, found: { aspect: string; code: string }[] = []): string => {
    const findings = found.map((one) => finding({ ...evenFinding(8), ...one }))
    const broken: Json = { broken: true }
    const judge: AnyJudge = {
      version: 1,
      aspects: ['main', 'data'],
      parse: (json) => json,
      parseParams: (json) => json,
      judge: (observation): Judgement =>
        observation === broken ? { aspects: after, findings } : { aspects: before, findings: [] },
      refutations: [{ id: 'break-data', breaks: 'data', code: 'broken', apply: () => broken }],
    }
    try {
      rejudge(buildEvidence({ judgement: { aspects: before, findings: [] } }), judge)
    } catch (error) {
      return `${(error as EvidenceError).code}: ${(error as EvidenceError).message}`
    }
    return ''
  }
  const MISSED = 'PASS_UNPROVED: Its judge does not catch the refutation break-data.'
  const NONE = 'PASS_UNPROVED: No refutation can be applied to its observation.'
  const named = { aspect: 'data', code: 'broken' }

  test.each<[string, Aspects, { aspect: string; code: string }[], string]>([
    ['the aspect with its code', { main: pass, data: fail }, [], ''],
    ['the aspect with its code, beside other findings', { main: pass, data: fail }, [{ ...named, code: 'x' }], ''],
    ['inconclusive with its code', { main: pass, data: { outcome: 'inconclusive', code: 'broken' } }, [], ''],
    ['another code and a finding', { main: pass, data: { outcome: 'fail', code: 'x' } }, [named], ''],
    [
      'another code and its finding among others',
      { main: pass, data: { outcome: 'fail', code: 'x' } },
      [{ aspect: 'data', code: 'x' }, named],
      '',
    ],
    ['another code', { main: pass, data: { outcome: 'fail', code: 'x' } }, [], MISSED],
    [
      'another code and a finding of another aspect',
      { main: pass, data: { outcome: 'fail', code: 'x' } },
      [{ ...named, aspect: 'main' }],
      MISSED,
    ],
    [
      'another code and another finding',
      { main: pass, data: { outcome: 'fail', code: 'x' } },
      [{ ...named, code: 'x' }],
      MISSED,
    ],
    ['a pass with its code', { main: pass, data: { outcome: 'pass', code: 'broken' } }, [named], MISSED],
    ['its object absent', { main: pass, data: { outcome: 'not_applicable', code: 'broken' } }, [named], MISSED],
    ['no word of the aspect', { main: fail }, [named], MISSED],
  ])('what was broken is answered with %s', (_name, after, found, problem) => {
    expect(problemOf({ main: pass, data: pass }, after, found)).toBe(problem)
  })

  test('of an object that is absent, before and after, are not counted', () => {
    expect(problemOf({ main: pass, data: absent }, { main: pass, data: absent })).toBe(NONE)
  })

  test('of an object that is absent only before, or not spoken of, are', () => {
    expect(problemOf({ main: pass, data: absent }, { main: pass, data: fail })).toBe('')
    expect(problemOf({ main: pass, data: absent }, { main: pass, data: pass })).toBe(MISSED)
    expect(problemOf({ main: pass, data: absent }, { main: pass })).toBe(MISSED)
    expect(problemOf({ main: pass }, { main: pass, data: absent })).toBe(MISSED)
    expect(problemOf({ main: pass }, { main: pass })).toBe(MISSED)
  })

  test('that cannot be applied are left out, and one at least must be', () => {
    const [real] = oddJudge.refutations
    const never = { ...real, id: 'never', apply: () => null }
    expect(() =>
      rejudge(buildEvidence(), { ...oddJudge, refutations: [never, real] } as unknown as AnyJudge),
    ).not.toThrow()
    expect(() => rejudge(buildEvidence(), { ...oddJudge, refutations: [never] } as unknown as AnyJudge)).toThrow(
      refusal({ code: 'PASS_UNPROVED', message: 'No refutation can be applied to its observation.' }),
    )
  })

  test('all of them must be caught, not the first alone', () => {
    const [real] = oddJudge.refutations
    const blind = { ...real, id: 'blind', apply: () => ({ value: 5 }) }
    expect(() => rejudge(buildEvidence(), { ...oddJudge, refutations: [real, blind] } as unknown as AnyJudge)).toThrow(
      refusal({ code: 'PASS_UNPROVED', message: 'Its judge does not catch the refutation blind.' }),
    )
  })
})

describe('refutations that change what they are given', () => {
  test('do not change it for the next one, nor for anybody else', () => {
    interface Seen {
      value: number
      list: unknown[]
      inner: { flag: boolean; since: Date }
      nothing: null
    }
    const observed = (): Seen => ({
      value: 7,
      list: [1, { a: 'b' }, null],
      inner: { flag: true, since: new Date(0) },
      nothing: null,
    })
    const kept = observed()
    const seen: Seen[] = []
    const spoil = (given: unknown): { value: number } => {
      const observation = given as Seen
      seen.push(structuredClone(observation))
      ;(observation.list[1] as { a: string }).a = 'spoiled'
      observation.list.push('spoiled')
      observation.inner.flag = false
      observation.inner.since.setTime(1)
      observation.value = 9
      return { value: 8 }
    }
    const refutation = { id: 'spoil', breaks: 'odd', code: 'even', apply: spoil }
    rejudge(buildEvidence(), odd({ parse: () => kept, refutations: [refutation, refutation] }))
    expect(seen).toEqual([observed(), observed()])
    expect(kept).toEqual(observed())
  })

  test('may be given what is not plain', () => {
    const seen: unknown[] = []
    const spoil = (given: unknown): { value: number } => {
      const [since] = given as [Date]
      seen.push(new Date(since))
      since.setTime(1)
      return { value: 8 }
    }
    const refutation = { id: 'spoil', breaks: 'odd', code: 'even', apply: spoil }
    const judge = odd({
      parse: () => [new Date(0)],
      judge: (observation) => oddJudge.judge(Array.isArray(observation) ? { value: 7 } : { value: 8 }, {}),
      refutations: [refutation, refutation],
    })
    rejudge(buildEvidence(), judge)
    expect(seen).toEqual([new Date(0), new Date(0)])
  })
})
