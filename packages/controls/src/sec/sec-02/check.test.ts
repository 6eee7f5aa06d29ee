import { type AnyCheck, judgementOutcome } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { createBeds, createRedactor, refute, runCheck } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { type Answer, judge, type Params } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const beds = createBeds()
afterAll(() => beds.close())

/** What the real observer sees of the sentinel, and what is thought of it. */
async function checked(defects: readonly string[]) {
  const open = await beds.open(check as unknown as AnyCheck)
  try {
    const context = await open.bed.service(defects)
    const redactor = () => createRedactor(context.testbed?.secrets() ?? [])
    return await runCheck(check as unknown as AnyCheck, context, { redactor, canonicalize })
  } finally {
    await open.close()
  }
}

// Goal: HSTS belongs on what came over TLS (RFC 6797, 7.2): who sends it there is right, and plain HTTP shows no lack of it.
describe('SEC-02 over plain HTTP', { timeout: 120_000 }, () => {
  it('sees HSTS of a service that sends it where the edge says TLS', async () => {
    const { outcome, judgement } = await checked(['hsts-over-tls-only'])
    expect(judgement.findings).toEqual([])
    expect(outcome).toBe('pass')
    expect(judgement.aspects['hsts']).toEqual({ outcome: 'pass', code: 'ok' })
  })
  it('leaves HSTS to what ends TLS where the service never sends it', async () => {
    const { outcome, judgement } = await checked(['no-hsts'])
    expect(judgement.findings).toEqual([])
    expect(outcome).toBe('pass')
    expect(judgement.aspects['hsts']).toEqual({ outcome: 'not_applicable', code: 'sent-by-what-ends-tls' })
  })
})

const PARAMS = judge.parseParams({ ...check.control.params }) as Params
const HEADERS = {
  'content-type': 'application/json',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
  'referrer-policy': 'no-referrer',
}
const answer = (change: Partial<Answer> = {}): Answer => ({
  on: 'success',
  place: 'GET /first',
  further: false,
  status: 200,
  error: '',
  headers: HEADERS,
  ...change,
})
const judged = (further: Partial<Answer>) => {
  const answers = [
    answer(),
    answer({ on: 'error', status: 404 }),
    answer({ place: 'GET /other', further: true, ...further }),
  ]
  const observation = { tls: false, answers, notAsked: 0 }
  const judgement = judge.judge(observation, PARAMS)
  const { aspects } = judgement
  // Whatever was seen: a green that could not turn red is none.
  if (judgementOutcome(judgement) === 'pass') expect(refute(judge, observation, PARAMS, judgement).missed).toEqual([])
  return Object.entries(aspects).flatMap(([name, { outcome, code }]) => (outcome === 'pass' ? [] : [`${name} ${code}`]))
}

// Goal: a page or data without protection is found on every route; a picture needs its type and nothing else.
describe('SEC-02 on further reads', () => {
  it.each(['text/html; charset=utf-8', 'application/problem+json'])('asks everything of %s', (type) => {
    expect(judged({ headers: { ...HEADERS, 'content-type': type } })).toEqual([])
    expect(judged({ headers: { 'content-type': type } })).toEqual([
      'headers header-missing',
      'csp header-missing',
      'hsts header-missing',
    ])
  })
  it('looks at errors among them', () => {
    const { 'referrer-policy': _left, ...headers } = HEADERS
    expect(judged({ on: 'error', status: 401, headers })).toEqual(['headers-on-errors header-missing'])
  })
  it.each(['image/png', 'text/javascript', 'text/plain', 'application/octet-stream'])(
    'asks for nosniff of %s',
    (type) => {
      const bare = { 'content-type': type }
      expect(judged({ headers: { ...bare, 'x-content-type-options': 'nosniff' } })).toEqual([])
      expect(judged({ headers: bare })).toEqual(['headers header-missing'])
    },
  )
  it('takes them for no answer of the first one', () => {
    const answers = [answer({ further: true }), answer({ on: 'error', status: 404 })]
    const { aspects } = judge.judge({ tls: false, answers, notAsked: 0 }, PARAMS)
    expect(aspects.headers).toEqual({ outcome: 'inconclusive', code: 'no-answers' })
    expect(aspects.csp.outcome).toBe('inconclusive')
  })
  it('finds a policy that protects nothing', () => {
    const headers = { ...HEADERS, 'content-security-policy': "default-src *; frame-ancestors 'none'" }
    expect(judged({ headers })).toEqual(['csp csp-unsafe'])
  })
})
