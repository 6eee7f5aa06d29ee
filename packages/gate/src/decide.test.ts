import type { Outcome, RowStatus, Verdict, VerifiedEvidence } from '@greengate/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import { unsettledEvidence } from './row.ts'
import { compiled, inventory, NOW_MS, spec, SUBJECT, TARGET, verified } from './testing.ts'

const A = 'CFG-01'
const B = 'CFG-02'
const HOUR_S = 3600

function decideA(evidence: readonly VerifiedEvidence[], change: Parameters<typeof spec>[1] = {}): Verdict {
  return decide(compiled([A]), evidence, inventory([spec(A, change)]), SUBJECT, 'promote', NOW_MS)
}
const statusOf = (verdict: Verdict): RowStatus | undefined => verdict.rows[0]?.status

describe('a verdict is green', () => {
  it('when every required control passed on this very subject', () => {
    const verdict = decide(
      compiled([A, B]),
      [verified(A), verified(B)],
      inventory([spec(A), spec(B)]),
      SUBJECT,
      'promote',
      NOW_MS,
    )
    expect(verdict).toMatchObject({
      result: 'green',
      action: 'promote',
      subject: SUBJECT.digest,
      coverage: { proved: 2, required: 2, catalogue: 224 },
      reasons: [],
    })
    expect(verdict.rows.map((row) => [row.control, row.target, row.status, row.reason])).toEqual([
      [A, 'shop', 'pass', ''],
      [B, 'shop', 'pass', ''],
    ])
    expect(verdict.policy).toEqual({ id: 'production', version: 1, digest: compiled([A, B]).digest })
    expect(verdict.rows[0]?.evidence).toBe(verified(A).digest)
  })

  it('when a control does not apply and a fact says that its object is absent', () => {
    const absent = {
      name: 'database',
      target: 'shop',
      state: 'absent',
      detector: 'node@1',
      how: 'no driver in package.json',
    } as const
    const verdict = decide(
      compiled([A, B]),
      [verified(A, { outcome: 'not_applicable', facts: [absent] }), verified(B)],
      inventory([spec(A, { objectFact: 'database' }), spec(B)]),
      SUBJECT,
      'promote',
      NOW_MS,
    )
    expect(verdict.result).toBe('green')
    expect(verdict.rows[0]).toMatchObject({ status: 'not_applicable', reason: 'no driver in package.json' })
  })
})

describe('a verdict is never green by nothing', () => {
  const cases: [string, () => Verdict, RegExp][] = [
    [
      'no policy',
      () => decide(compiled([]), [verified(A)], inventory([spec(A)]), SUBJECT, 'promote', NOW_MS),
      /requires nothing/,
    ],
    [
      'no targets',
      () => decide(compiled([A]), [verified(A)], inventory([spec(A)], { targets: [] }), SUBJECT, 'promote', NOW_MS),
      /No target/,
    ],
    [
      'an expired policy',
      () =>
        decide(
          compiled([A], { expires: '2026-11-21T12:00:00.000Z' }),
          [verified(A)],
          inventory([spec(A)]),
          SUBJECT,
          'promote',
          NOW_MS,
        ),
      /expired on 2026-11-21/,
    ],
    [
      'an unreadable expiry',
      () =>
        decide(compiled([A], { expires: 'never' }), [verified(A)], inventory([spec(A)]), SUBJECT, 'promote', NOW_MS),
      /expired on never/,
    ],
    [
      'a dirty tree',
      () => decide(compiled([A]), [verified(A)], inventory([spec(A)]), { ...SUBJECT, dirty: true }, 'promote', NOW_MS),
      /no commit holds/,
    ],
  ]
  it.each(cases)('%s', (_name, make, reason) => {
    const verdict = make()
    expect(verdict.result).toBe('red')
    expect(verdict.reasons.join(' ')).toMatch(reason)
  })

  it('everything not applicable', () => {
    const absent = { name: 'database', target: 'shop', state: 'absent', detector: 'd', how: 'none' } as const
    const verdict = decideA([verified(A, { outcome: 'not_applicable', facts: [absent] })], { objectFact: 'database' })
    expect(verdict.result).toBe('red')
    expect(verdict.reasons).toEqual(['Every control was called not applicable: nothing was proved.'])
  })

  it('a partial run, however green', () => {
    const verdict = decide(compiled([A]), [verified(A)], inventory([spec(A)]), SUBJECT, 'promote', NOW_MS, {
      partial: true,
    })
    expect(verdict.result).toBe('partial')
    expect(verdict.reasons).toEqual(['Only some of the required controls were run: a partial verdict opens nothing.'])
  })

  it('a discovered target that nobody judged', () => {
    const second = { id: 'worker', kind: 'component', source: 'discovered' } as const
    const verdict = decide(
      compiled([A]),
      [verified(A)],
      inventory([spec(A)], { targets: [TARGET, second] }),
      SUBJECT,
      'promote',
      NOW_MS,
    )
    expect(verdict.result).toBe('red')
    expect(verdict.rows[1]).toMatchObject({
      target: 'worker',
      status: 'missing',
      reason: 'There is no evidence for it.',
    })
  })

  it('a control without a target of its kind', () => {
    const verdict = decideA([verified(A)], { scope: ['edge'] })
    expect(verdict.rows).toEqual([
      {
        control: A,
        target: '',
        status: 'missing',
        reason: 'Nothing was found that it could be judged on.',
        evidence: '',
      },
    ])
  })
})

describe('a row', () => {
  const cases: [string, VerifiedEvidence, RowStatus, RegExp][] = [
    ['fails', verified(A, { outcome: 'fail', reason: 'port stayed open' }), 'fail', /^port stayed open$/],
    ['is inconclusive', verified(A, { outcome: 'inconclusive', reason: 'no samples' }), 'inconclusive', /^no samples$/],
    ['is an error', verified(A, { outcome: 'error', reason: 'it broke' }), 'error', /^it broke$/],
    ['is not applicable without a fact', verified(A, { outcome: 'not_applicable' }), 'inconclusive', /no fact says/],
    ['has expired', verified(A, { ageS: HOUR_S + 1 }), 'expired', /older than 3600 s/],
    ['has an unreadable date', verified(A, { to: 'yesterday' }), 'missing', /from the future/],
    ['is from the future', verified(A, { ageS: -1 }), 'missing', /from the future/],
    [
      'was given by another check',
      verified(A, { check: { version: 1, digest: verified(B).evidence.check.digest } }),
      'missing',
      /check has changed/,
    ],
    [
      'is about another tree',
      verified(A, { subject: { ...SUBJECT, binds: { ...SUBJECT.binds, tree: verified(B).digest } } }),
      'missing',
      /another tree/,
    ],
    [
      'is about another configuration',
      verified(A, { subject: { ...SUBJECT, binds: { ...SUBJECT.binds, config: '' } } }),
      'missing',
      /another config/,
    ],
    ['is about another service', verified(A, { subject: { ...SUBJECT, name: 'till' } }), 'missing', /another service/],
    [
      'was judged with other parameters',
      verified(A, {}, { paramsDigest: 'sha256:other' }),
      'missing',
      /other parameters/,
    ],
  ]
  it.each(cases)('%s', (_name, evidence, status, reason) => {
    const verdict = decideA([evidence])
    expect(verdict.result).toBe('red')
    expect(statusOf(verdict)).toBe(status)
    expect(verdict.rows[0]?.reason).toMatch(reason)
    expect(verdict.coverage.proved).toBe(0)
  })

  it('lives until its age is over and not a moment longer', () => {
    expect(statusOf(decideA([verified(A, { ageS: HOUR_S })]))).toBe('pass')
    expect(statusOf(decideA([verified(A, { ageS: 0 })]))).toBe('pass')
  })

  it('takes its reason from the first finding where the evidence has none', () => {
    const finding = {
      aspect: 'one',
      code: 'x',
      message: 'It leaks.',
      where: '',
      expected: '',
      observed: '',
      fix: '',
      fingerprint: '',
    }
    const verdict = decideA([verified(A, { outcome: 'fail', judgement: { aspects: {}, findings: [finding] } })])
    expect(verdict.rows[0]?.reason).toBe('It leaks.')
    expect(decideA([verified(A, { outcome: 'fail' })]).rows[0]?.reason).toBe('')
  })

  it('is unproved without a check, or outside the catalogue', () => {
    expect(decideA([verified(A)], { checkDigest: '' }).rows[0]).toMatchObject({
      status: 'unproved',
      reason: 'There is no check for this control yet.',
    })
    const unknown = decide(compiled([B]), [verified(B)], inventory([spec(A)]), SUBJECT, 'promote', NOW_MS)
    expect(unknown.rows[0]).toMatchObject({
      control: B,
      status: 'unproved',
      reason: 'The catalogue does not know this control.',
    })
  })

  it('never binds to something that the subject does not have', () => {
    const without = { ...SUBJECT, binds: { ...SUBJECT.binds, tree: '' } }
    const verdict = decide(
      compiled([A]),
      [verified(A, { subject: without })],
      inventory([spec(A)]),
      without,
      'promote',
      NOW_MS,
    )
    expect(statusOf(verdict)).toBe('missing')
  })

  it('rests on a not-applicable only if the fact is about this target and this object', () => {
    const fact = { name: 'database', target: 'shop', state: 'absent', detector: 'd', how: 'none' } as const
    const na = (facts: (typeof fact | Record<string, string>)[]): RowStatus | undefined =>
      statusOf(
        decideA([verified(A, { outcome: 'not_applicable', facts: facts as (typeof fact)[] })], {
          objectFact: 'database',
        }),
      )
    expect(na([fact])).toBe('not_applicable')
    expect(na([{ ...fact, target: 'worker' }])).toBe('inconclusive')
    expect(na([{ ...fact, name: 'cache' }])).toBe('inconclusive')
    expect(na([{ ...fact, state: 'unknown' }])).toBe('inconclusive')
    expect(statusOf(decideA([verified(A, { outcome: 'not_applicable', facts: [fact] })]))).toBe('inconclusive')
  })
})

describe('what a policy asks of evidence', () => {
  const require = (change: object): Verdict['rows'][number] | undefined => {
    const policy = compiled([A], { require: [{ control: A, params: {}, envs: [], trust: 'local', ...change }] })
    return decide(policy, [verified(A)], inventory([spec(A)]), SUBJECT, 'promote', NOW_MS).rows[0]
  }
  it('may be an environment', () => {
    expect(require({ envs: ['sandbox', 'staging'] })?.status).toBe('pass')
    expect(require({ envs: ['staging'] })).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/taken in sandbox/),
    })
  })
  it('may be a runner', () => {
    expect(require({ trust: 'runner' })).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/evidence of a runner/),
    })
    const policy = compiled([A], { require: [{ control: A, params: {}, envs: [], trust: 'runner' }] })
    const byRunner = decide(
      policy,
      [verified(A, {}, { trust: 'runner' })],
      inventory([spec(A)]),
      SUBJECT,
      'promote',
      NOW_MS,
    )
    expect(byRunner.result).toBe('green')
  })
  it('may be one of certain runners', () => {
    const by = (runners: readonly string[]): Verdict =>
      decide(
        compiled([A], {
          runners: [...runners],
          require: [{ control: A, params: {}, envs: [], trust: 'runner' }],
        }),
        [verified(A, { trust: 'runner' }, { trust: 'runner', keyid: 'key-1' })],
        inventory([spec(A)]),
        SUBJECT,
        'promote',
        NOW_MS,
      )
    expect(by(['key-0', 'key-1']).result).toBe('green')
    expect(by(['key-0']).rows[0]).toMatchObject({ status: 'missing', reason: expect.stringMatching(/runners/) })
  })
  it('may be an anchored ledger', () => {
    const anchored = (is: boolean): Verdict =>
      decide(
        compiled([A], { anchored: true }),
        [verified(A, {}, { anchored: is })],
        inventory([spec(A)]),
        SUBJECT,
        'promote',
        NOW_MS,
      )
    expect(anchored(true).result).toBe('green')
    expect(anchored(false).rows[0]?.reason).toMatch(/not anchored/)
  })
  it('may be parameters of its own', () => {
    expect(require({ params: { limit: 3 } })).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/other parameters/),
    })
  })
})

describe('the newest evidence counts', () => {
  const older = (outcome: Outcome, ageS: number, runId = 'run-0'): VerifiedEvidence =>
    verified(A, { outcome, ageS, runId })
  it('a newer fail beats a pass', () => {
    expect(statusOf(decideA([older('pass', 100), older('fail', 50)]))).toBe('fail')
  })
  it('of two at the same moment the one that is not a pass counts', () => {
    expect(statusOf(decideA([older('pass', 100, 'a'), older('inconclusive', 100, 'b')]))).toBe('inconclusive')
    expect(statusOf(decideA([older('inconclusive', 100, 'b'), older('pass', 100, 'a')]))).toBe('inconclusive')
  })
  it('a pass after a fail on identical inputs is flaky until three passes in a row followed', () => {
    const history = [older('fail', 100), older('pass', 90), older('pass', 80)]
    expect(decideA(history).rows[0]).toMatchObject({
      status: 'flaky',
      reason: expect.stringMatching(/3 passes in a row/),
    })
    expect(statusOf(decideA([...history, older('pass', 70)]))).toBe('pass')
    expect(statusOf(decideA([...history, older('inconclusive', 75), older('pass', 70)]))).toBe('flaky')
    expect(statusOf(decideA([older('pass', 110), older('pass', 105), older('pass', 102), ...history]))).toBe('flaky')
  })
  it('an observation that was signed again, or is there twice, is one pass', () => {
    const pass = older('pass', 90)
    const recalled = ['run-2', 'run-3'].map((runId) => older('pass', 90, runId))
    expect(statusOf(decideA([older('fail', 100), pass, ...recalled]))).toBe('flaky')
    expect(statusOf(decideA([older('fail', 100), pass, pass, pass]))).toBe('flaky')
    expect(statusOf(decideA([older('fail', 100), older('pass', 90), older('pass', 80), older('pass', 70)]))).toBe(
      'pass',
    )
  })
  it('what is not settled is handed on: the last failure, and all that followed', () => {
    const of = (...ages: readonly [Outcome, number][]) => ages.map(([outcome, ageS]) => older(outcome, ageS))
    const handed = (history: VerifiedEvidence[]) => unsettledEvidence(history.toReversed())
    const open = of(['pass', 120], ['fail', 100], ['pass', 90], ['inconclusive', 85], ['pass', 80], ['pass', 75])
    expect(handed(open)).toEqual(open.slice(1))
    expect(statusOf(decideA(handed(open)))).toBe('flaky')
    expect(handed([...open, older('pass', 70)])).toEqual([])
    expect(handed(of(['pass', 100], ['inconclusive', 90]))).toEqual([])
    const failed = of(['pass', 100], ['fail', 90])
    expect(handed(failed)).toEqual(failed.slice(1))
    const another = verified(B, { outcome: 'fail', ageS: 50 })
    expect(handed([...open, older('pass', 70), another])).toEqual([another])
  })
  it('an inconclusive alone does not make it flaky', () => {
    expect(statusOf(decideA([older('inconclusive', 100), older('pass', 90)]))).toBe('pass')
  })
  it('a fail on other inputs does not count', () => {
    const other = verified(A, {
      outcome: 'fail',
      ageS: 100,
      subject: { ...SUBJECT, binds: { ...SUBJECT.binds, tree: '' } },
    })
    expect(statusOf(decideA([other, older('pass', 90)]))).toBe('pass')
  })
  it('a fail on other inputs makes no two passes on these flaky', () => {
    const other = verified(A, {
      outcome: 'fail',
      ageS: 95,
      subject: { ...SUBJECT, binds: { ...SUBJECT.binds, tree: '' } },
    })
    expect(statusOf(decideA([older('pass', 100, 'a'), other, older('pass', 90, 'b')]))).toBe('pass')
  })
  it('evidence that does not count does not hide evidence that does', () => {
    expect(statusOf(decideA([older('pass', 90), verified(A, { ageS: -100 })]))).toBe('pass')
  })
})

describe('a rollback', () => {
  const served = inventory([spec(A)], { served: new Set([SUBJECT.digest]) })
  const old = verified(A, { ageS: 1_000_000, check: { version: 0, digest: verified(B).evidence.check.digest } })
  it('may go back to a release that served here, whatever the age of its evidence or later changes of checks', () => {
    expect(decide(compiled([A]), [old], served, SUBJECT, 'rollback', NOW_MS)).toMatchObject({
      result: 'green',
      action: 'rollback',
    })
    expect(decide(compiled([A]), [old], served, SUBJECT, 'promote', NOW_MS).result).toBe('red')
  })
  it('may not go to one that never did', () => {
    const verdict = decide(compiled([A]), [old], inventory([spec(A)]), SUBJECT, 'rollback', NOW_MS)
    expect(verdict.result).toBe('red')
    expect(verdict.reasons.join()).toMatch(/did not serve here/)
  })
  it('still needs a pass', () => {
    expect(decide(compiled([A]), [verified(A, { outcome: 'fail' })], served, SUBJECT, 'rollback', NOW_MS).result).toBe(
      'red',
    )
  })
})

describe('properties', () => {
  const outcome = fc.constantFrom<Outcome>('pass', 'fail', 'inconclusive', 'error', 'not_applicable')
  const one = fc.record({
    control: fc.constantFrom(A, B, 'CFG-03'),
    outcome,
    ageS: fc.integer({ min: -10, max: 4000 }),
  })
  const world = inventory([spec(A), spec(B), spec('CFG-03', { objectFact: 'database' })])
  const rank = (verdict: Verdict): number => (verdict.result === 'green' ? 1 : 0)

  it('adding a failure never improves a verdict', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), one, (list, extra) => {
        const evidence = list.map((item) => verified(item.control, item))
        const worse = verified(extra.control, { outcome: 'fail', ageS: Math.max(0, extra.ageS) })
        const before = decide(compiled([A, B]), evidence, world, SUBJECT, 'promote', NOW_MS)
        const after = decide(compiled([A, B]), [...evidence, worse], world, SUBJECT, 'promote', NOW_MS)
        expect(rank(after)).toBeLessThanOrEqual(rank(before))
      }),
      { numRuns: 500 },
    )
  })

  it('the order of evidence never matters', () => {
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.nat()), (list, keys) => {
        const evidence = list.map((item, index) => verified(item.control, { ...item, runId: `run-${index}` }))
        const order = new Map(evidence.map((item) => [item, keys.next().value ?? 0]))
        const shuffled = [...evidence].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
        const decideAll = (all: readonly VerifiedEvidence[]): Verdict =>
          decide(compiled([A, B, 'CFG-03']), all, world, SUBJECT, 'promote', NOW_MS)
        expect(decideAll(shuffled)).toEqual(decideAll(evidence))
      }),
      { numRuns: 500 },
    )
  })

  it('green means that every row is a pass or rightly not applicable', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (list) => {
        const verdict = decide(
          compiled([A, B]),
          list.map((item) => verified(item.control, item)),
          world,
          SUBJECT,
          'promote',
          NOW_MS,
        )
        const allGreen = verdict.rows.every((row) => row.status === 'pass')
        expect(verdict.result === 'green').toBe(allGreen)
      }),
      { numRuns: 500 },
    )
  })
})
