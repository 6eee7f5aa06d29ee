// Goal: whatever happens to an observation, a green is one that was observed, judged, refuted and exercised.
// Method: a small check of a number, changed in one way each; no service, no clock, no file.
import {
  CannotObserve,
  type Check,
  type CheckContext,
  type Control,
  defineCheck,
  defineJudge,
  type Fact,
  GreengateError,
  type Json,
  serviceConfigSchema,
  Verdicts,
} from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { proveCheck } from './prove.ts'
import { createRedactor } from './redact.ts'
import { runCheck } from './run-check.ts'

interface Seen {
  readonly speedMs: number
}
const control: Control = {
  id: 'OBS-21', title: 't', why: 'w', fix: 'f', gates: ['deploy'], standards: [], proof: ['probe'], scope: ['component'], binds: ['tree'], maxAgeS: 60, params: {},
} // prettier-ignore

const judge = defineJudge<Seen, { limitMs: number }, 'fast'>({
  version: 1,
  aspects: ['fast'],
  parse(json) {
    const seen = json as { speedMs?: unknown }
    if (typeof seen?.speedMs !== 'number') throw new Error('no speed')
    return { speedMs: seen.speedMs }
  },
  parseParams: () => ({ limitMs: 10 }),
  judge(seen, params) {
    const verdicts = new Verdicts(['fast'] as const)
    if (seen.speedMs <= params.limitMs) return verdicts.pass('fast').done()
    return verdicts
      .fail('fast', { code: 'slow', message: 'It is slow.', where: '', expected: '', observed: '', fix: '' })
      .done()
  },
  refutations: [{ id: 'slower', breaks: 'fast', code: 'slow', apply: () => ({ speedMs: 99 }) }],
})

function make(
  change: Partial<Check<Seen, { limitMs: number }, 'fast'>> = {},
): Check<Seen, { limitMs: number }, 'fast'> {
  return defineCheck({
    control,
    judge,
    needs: { capabilities: [], effect: 'read', quiet: false, timeoutMs: 1000 },
    observe: async () => ({ data: { speedMs: 5 }, exercised: { samples: 3 } }),
    clean: async () => context(),
    positiveControls: [{ id: 'slow', breaks: 'fast', code: 'slow', arrange: async () => context() }],
    ...change,
  })
}

function context(change: Partial<CheckContext> = {}): CheckContext<{ limitMs: number }> {
  return {
    control: 'OBS-21',
    target: 'shop',
    params: { limitMs: 10 },
    config: serviceConfigSchema.parse({ service: 'shop' }),
    facts: [],
    tree: null,
    testbed: null,
    clock: { nowMs: () => 1000, monotonicMs: () => 0, sleep: async () => undefined },
    random: { next: () => 0, hex: () => '00' },
    signal: new AbortController().signal,
    progress: () => undefined,
    ...change,
  } as CheckContext<{ limitMs: number }>
}

const canonicalize = (json: Json): string => JSON.stringify(json)
const run = (
  check: Check<Seen, { limitMs: number }, 'fast'>,
  around: Partial<CheckContext> = {},
  secrets: readonly string[] = [],
): ReturnType<typeof runCheck> =>
  runCheck(check as never, context(around), { redactor: () => createRedactor(secrets), canonicalize })

describe('a check', () => {
  it('passes with an observation that was judged, refuted and exercised', async () => {
    expect(await run(make())).toMatchObject({
      outcome: 'pass',
      reason: '',
      observation: { speedMs: 5 },
      refutations: { tried: 1, caught: 1, missed: [] },
      exercised: { samples: 3 },
    })
  })
  it('fails with its finding', async () => {
    expect(
      await run(make({ observe: async () => ({ data: { speedMs: 50 }, exercised: { samples: 1 } }) })),
    ).toMatchObject({ outcome: 'fail', reason: 'It is slow.' })
  })
  it('is an error when its judge lets a refutation pass', async () => {
    const blind = { ...judge, judge: () => new Verdicts(['fast'] as const).pass('fast').done() }
    const result = await run(make({ judge: blind }))
    expect(result).toMatchObject({ outcome: 'error', refutations: { tried: 1, caught: 0, missed: ['slower'] } })
    expect(result.reason).toMatch(/can't fail: it let pass slower/)
  })
  it('is inconclusive when no refutation can be applied', async () => {
    const inert = { ...judge, refutations: [{ id: 'never', breaks: 'fast', code: 'slow', apply: () => null }] as const }
    expect(await run(make({ judge: inert }))).toMatchObject({ outcome: 'inconclusive', refutations: { tried: 0 } })
  })
  it('is inconclusive when nothing was exercised', async () => {
    for (const exercised of [{}, { samples: 0 }]) {
      expect(await run(make({ observe: async () => ({ data: { speedMs: 5 }, exercised }) }))).toMatchObject({
        outcome: 'inconclusive',
      })
    }
  })
  it('is inconclusive when it can not see, and says what would help', async () => {
    const result = await run(
      make({ observe: () => Promise.reject(new CannotObserve('no-eyes', 'It is dark.', 'Light a lamp.')) }),
    )
    expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'It is dark. Light a lamp.', observation: null })
    expect(result.judgement.aspects).toEqual({ fast: { outcome: 'inconclusive', code: 'no-eyes' } })
  })
  it('is inconclusive when the service does not start, and an error when the check itself breaks', async () => {
    const dead = new GreengateError('SERVICE_DIED', 'It died.', { fix: 'Mend it.' })
    expect(await run(make({ observe: () => Promise.reject(dead) }))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'It died. Mend it.',
    })
    expect(await run(make({ observe: () => Promise.reject(new Error('oops')) }))).toMatchObject({
      outcome: 'error',
      reason: 'The check itself failed: oops',
    })
  })
  it('lets a start command that does not exist end the run', async () => {
    const missing = new GreengateError('START_COMMAND_NOT_FOUND', 'There is no shopd.')
    await expect(run(make({ observe: () => Promise.reject(missing) }))).rejects.toMatchObject({
      code: 'START_COMMAND_NOT_FOUND',
      exitCode: 2,
    })
  })
  it('is inconclusive when it takes too long, or the run is stopped', async () => {
    const never = make({
      needs: { capabilities: [], effect: 'read', quiet: false, timeoutMs: 20 },
      observe: () => new Promise(() => undefined),
    })
    expect(await run(never)).toMatchObject({ outcome: 'inconclusive', reason: 'It did not finish within 20 ms.' })
    const stopped = new AbortController()
    setTimeout(() => stopped.abort(), 5)
    expect(await run(make({ observe: () => new Promise(() => undefined) }), { signal: stopped.signal })).toMatchObject({
      outcome: 'inconclusive',
      reason: 'The run was stopped.',
    })
  })
  it('is an error when the observation has another shape', async () => {
    expect(await run(make({ observe: async () => ({ data: {} as Seen, exercised: { samples: 1 } }) }))).toMatchObject({
      outcome: 'error',
    })
  })
  it('is inconclusive when the observation is too large to be evidence', async () => {
    const wide = { ...judge, parse: (json: Json) => json as unknown as Seen }
    const data = { speedMs: 5, more: 'x'.repeat(300_000) }
    expect(await run(make({ judge: wide, observe: async () => ({ data, exercised: { samples: 1 } }) }))).toMatchObject({
      outcome: 'inconclusive',
      observation: null,
    })
  })
  it('needs the tree and the service that it names', async () => {
    const needs = (capabilities: readonly ('tree' | 'boot')[]): Check<Seen, { limitMs: number }, 'fast'> =>
      make({ needs: { capabilities, effect: 'read', quiet: false, timeoutMs: 1000 } })
    expect(await run(needs(['tree']))).toMatchObject({ outcome: 'inconclusive' })
    expect(await run(needs(['boot']))).toMatchObject({ outcome: 'inconclusive' })
  })
})

describe('an absent object', () => {
  const withFact = make({ control: { ...control, objectFact: 'database' } })
  const fact = (state: Fact['state'], target = 'shop'): Fact => ({
    name: 'database',
    target,
    state,
    detector: 'd@1',
    how: 'seen so',
  })
  it('makes a control not applicable only if a fact says so about this target', async () => {
    expect(await run(withFact, { facts: [fact('absent')] })).toMatchObject({
      outcome: 'not_applicable',
      reason: 'seen so',
    })
    expect(await run(withFact, { facts: [fact('present')] })).toMatchObject({ outcome: 'pass' })
    expect(await run(withFact, { facts: [fact('unknown')] })).toMatchObject({ outcome: 'inconclusive' })
    expect(await run(withFact, { facts: [fact('absent', 'worker')] })).toMatchObject({ outcome: 'inconclusive' })
    expect(await run(withFact)).toMatchObject({ outcome: 'inconclusive' })
  })
})

describe('redaction', () => {
  const secret = 'tr0ub4dor&3/and+more'
  it('takes minted secrets out by value, in every usual encoding', () => {
    const redactor = createRedactor([secret])
    const forms = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ]
    const redacted = JSON.stringify(redactor.redact({ list: forms.map((form) => `a ${form} b`), [secret]: 1 }))
    for (const form of forms) expect(redacted).not.toContain(form.replace(/=+$/, ''))
    expect(redactor.holdsSecret(redacted)).toBe(false)
    expect(redactor.holdsSecret(`x${secret}y`)).toBe(true)
  })
  it('takes out what stands under the name of a secret, and keeps counts', () => {
    const redactor = createRedactor([])
    expect(
      redactor.redact({
        headers: { authorization: ['Bearer abc'], 'set-cookie': 'a=b', accept: 'x' },
        password: 3,
        Cookie: '',
      }),
    ).toEqual({
      headers: { authorization: '[redacted]', 'set-cookie': '[redacted]', accept: 'x' },
      password: 3,
      Cookie: '',
    })
  })
  it('does not look for values that stand everywhere', () => {
    expect(createRedactor(['a', '1234567']).redact({ text: 'a 1234567' })).toEqual({ text: 'a 1234567' })
  })
})

describe('prove', () => {
  const options = {
    openBed: async () => ({ bed: {} as never, close: async () => undefined }),
    canonicalize,
    monotonicMs: () => 0,
  }
  const seen = (data: Seen) => async (): Promise<{ data: Seen; exercised: { samples: number } }> => ({
    data,
    exercised: { samples: 1 },
  })

  it('holds when clean passes, refutations are caught and the observer sees what was planted', async () => {
    let plays = 0
    const observer = make({ observe: () => seen({ speedMs: (plays += 1) === 1 ? 5 : 50 })() })
    expect((await proveCheck(observer as never, options)).map((row) => [row.kind, row.held])).toEqual([
      ['clean', true],
      ['refutation', true],
      ['positive', true],
    ])
  })
  it('finds an observer that would report a constant', async () => {
    const rows = await proveCheck(make({ observe: seen({ speedMs: 5 }) }) as never, options)
    expect(rows.find((row) => row.kind === 'positive')).toMatchObject({
      held: false,
      detail: expect.stringMatching(/expected fast to fail with slow, saw pass/),
    })
  })
  it('finds a judge that cannot say no, and a refutation that is never applied', async () => {
    const blind = { ...judge, judge: () => new Verdicts(['fast'] as const).pass('fast').done() }
    expect(
      (await proveCheck(make({ judge: blind }) as never, options)).filter((row) => !row.held).map((row) => row.kind),
    ).toEqual(['clean', 'refutation', 'positive'])
    const inert = { ...judge, refutations: [{ id: 'never', breaks: 'fast', code: 'slow', apply: () => null }] as const }
    const rows = await proveCheck(make({ judge: inert }) as never, options)
    expect(rows.find((row) => row.kind === 'refutation')).toMatchObject({
      held: false,
      detail: expect.stringMatching(/could not be applied/),
    })
  })
  it('finds a clean case that is red', async () => {
    const rows = await proveCheck(make({ observe: seen({ speedMs: 50 }) }) as never, options)
    expect(rows.find((row) => row.kind === 'clean')).toMatchObject({ held: false })
  })
})
