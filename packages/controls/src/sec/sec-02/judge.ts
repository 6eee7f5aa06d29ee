import { defineJudge, type Refutation, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const answerSchema = z.strictObject({
  on: z.enum(['success', 'error']),
  place: z.string(),
  /** One of the other reads, whatever they answer: pictures and scripts are among them. */
  further: z.boolean(),
  status: z.int(),
  error: z.string(),
  /** The headers that this control is about, and content-type; several values are joined with commas. */
  headers: z.record(z.string(), z.string()),
})
export type Answer = z.infer<typeof answerSchema>
const observationSchema = z.strictObject({
  /** The instance was asked over TLS. Otherwise over plain HTTP, with an edge's word that it had been TLS. */
  tls: z.boolean(),
  answers: z.array(answerSchema),
  /** Reads that there was no room or no time for. */
  notAsked: z.int(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** Shortest `max-age` of Strict-Transport-Security. */
  hstsMaxAgeS: z.int().positive().default(15_552_000),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['headers', 'headers-on-errors', 'csp', 'powered-by', 'hsts'] as const
type Aspect = (typeof ASPECTS)[number]
const HSTS = 'strict-transport-security'

interface Problem {
  readonly code: string
  readonly expected: string
  readonly observed: string
}

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge({ answers, tls }, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const success = answers.filter((answer) => answer.on === 'success' && answer.status > 0)
    const errors = answers.filter((answer) => answer.on === 'error' && answer.status >= 400)
    judgeHeaders(verdicts, 'headers', success)
    judgeHeaders(verdicts, 'headers-on-errors', errors)
    judgeHsts(verdicts, [...success, ...errors], tls, params)
    if (success.some((answer) => !answer.further)) {
      verdicts.pass('csp').pass('powered-by')
      for (const answer of [...success, ...errors]) {
        const csp = isRendered(answer) ? answer.headers['content-security-policy'] : undefined
        const problem = csp === undefined ? null : cspProblem(csp, /html/i.test(answer.headers['content-type'] ?? ''))
        if (csp === undefined && answer.on === 'success' && isRendered(answer))
          fail(verdicts, 'csp', answer, {
            code: 'header-missing',
            expected: 'content-security-policy',
            observed: 'none',
          })
        if (problem) fail(verdicts, 'csp', answer, problem)
        const by = answer.headers['x-powered-by']
        if (by !== undefined && by !== '')
          fail(verdicts, 'powered-by', answer, {
            code: 'powered-by',
            expected: 'no x-powered-by',
            observed: `x-powered-by: ${by}`,
          })
      }
    }
    return verdicts.done()
  },
  refutations: [
    drop('headers', 'x-content-type-options', 'success'),
    drop('hsts', 'strict-transport-security', 'success'),
    drop('hsts', 'strict-transport-security', 'error'),
    {
      id: 'hsts-too-short',
      breaks: 'hsts',
      code: 'hsts-too-short',
      apply: (o) => set(o, 'success', (headers) => ({ ...headers, 'strict-transport-security': 'max-age=300' })),
    },
    {
      id: 'no-hsts-over-tls',
      breaks: 'hsts',
      code: 'header-missing',
      apply: (o) => ({
        ...o,
        tls: true,
        answers: o.answers.map((answer) => ({ ...answer, headers: omit(answer.headers, 'strict-transport-security') })),
      }),
    },
    {
      id: 'no-x-content-type-options-on-another-read',
      breaks: 'headers',
      code: 'header-missing',
      apply: (o) => {
        const index = o.answers.findIndex((answer) => answer.further && answer.on === 'success')
        const answer = o.answers[index]
        const bare = answer && { ...answer, headers: omit(answer.headers, 'x-content-type-options') }
        return bare ? { ...o, answers: o.answers.with(index, bare) } : null
      },
    },
    drop('headers', 'referrer-policy', 'success'),
    drop('headers-on-errors', 'x-content-type-options', 'error'),
    drop('csp', 'content-security-policy', 'success'),
    {
      id: 'frames-allowed',
      breaks: 'headers',
      code: 'frames-allowed',
      apply: (o) =>
        set(o, 'success', (headers) => ({
          ...omit(headers, 'x-frame-options'),
          'content-security-policy': "default-src 'none'",
        })),
    },
    {
      id: 'csp-unsafe',
      breaks: 'csp',
      code: 'csp-unsafe',
      apply: (o) =>
        set(o, 'success', (headers) => ({ ...headers, 'content-security-policy': "default-src * 'unsafe-inline'" })),
    },
    {
      id: 'powered-by',
      breaks: 'powered-by',
      code: 'powered-by',
      apply: (o) => set(o, 'success', (headers) => ({ ...headers, 'x-powered-by': 'Express' })),
    },
    {
      id: 'nobody-answered',
      breaks: 'headers',
      code: 'no-answers',
      apply: (o) => ({ ...o, answers: o.answers.map((answer) => ({ ...answer, status: 0, error: 'timeout' })) }),
    },
  ],
})

function judgeHeaders(verdicts: Verdicts<Aspect>, aspect: Aspect, answers: readonly Answer[]): void {
  // The other reads say nothing of what a service is there for: the first one has to have been answered.
  if (answers.some((answer) => !answer.further)) verdicts.pass(aspect)
  else noAnswers(verdicts, aspect)
  for (const answer of answers) for (const problem of headerProblems(answer)) fail(verdicts, aspect, answer, problem)
}

function noAnswers(verdicts: Verdicts<Aspect>, aspect: Aspect): void {
  verdicts.inconclusive(aspect, {
    code: 'no-answers',
    message: 'No such answer was seen.',
    where: aspect,
    expected: 'at least one answer',
    observed: 'none',
    fix: 'Declare a request that succeeds; answer 404 to unknown paths.',
  })
}

/** Whether an answer is data or a page. Of other files that are served, as pictures, only the type matters. */
function isRendered(answer: Answer): boolean {
  return !answer.further || /html|json/i.test(answer.headers['content-type'] ?? '')
}

/**
 * Whoever sends it at all sends it always and for long enough. Where nothing sends it over plain HTTP, that is what RFC 6797,
 * 7.2, asks for: the header then belongs to whatever ends TLS, and can't be seen here.
 */
function judgeHsts(verdicts: Verdicts<Aspect>, answers: readonly Answer[], tls: boolean, params: Params): void {
  const rendered = answers.filter(isRendered)
  if (rendered.length === 0) {
    noAnswers(verdicts, 'hsts')
    return
  }
  if (!tls && rendered.every((answer) => answer.headers[HSTS] === undefined)) {
    verdicts.notApplicable('hsts', 'sent-by-what-ends-tls')
    return
  }
  verdicts.pass('hsts')
  for (const answer of rendered) {
    const hsts = answer.headers[HSTS]
    const maxAge = Number(/max-age\s*=\s*"?(\d+)/i.exec(hsts ?? '')?.[1] ?? -1)
    if (maxAge >= params.hstsMaxAgeS) continue
    fail(verdicts, 'hsts', answer, {
      code: hsts === undefined ? 'header-missing' : 'hsts-too-short',
      expected: `${HSTS}: max-age of at least ${params.hstsMaxAgeS}`,
      observed: hsts ?? 'none',
    })
  }
}

function headerProblems(answer: Answer): Problem[] {
  const { headers } = answer
  const problems: Problem[] = []
  if (headers['x-content-type-options']?.trim().toLowerCase() !== 'nosniff')
    problems.push({
      ...missing('x-content-type-options'),
      expected: 'x-content-type-options: nosniff',
      observed: headers['x-content-type-options'] ?? 'none',
    })
  if (!isRendered(answer)) return problems
  const csp = headers['content-security-policy']
  if (csp === undefined) problems.push(missing('content-security-policy'))
  const frames =
    /^(?:deny|sameorigin)$/i.test(headers['x-frame-options']?.trim() ?? '') ||
    (csp !== undefined && /(?:^|;)\s*frame-ancestors\s+(?!\*)/i.test(csp))
  if (!frames)
    problems.push({
      code: 'frames-allowed',
      expected: 'frame-ancestors in the policy, or x-frame-options',
      observed: headers['x-frame-options'] ?? 'neither',
    })
  const referrer = headers['referrer-policy']
  if (referrer === undefined || /unsafe-url/i.test(referrer))
    problems.push({ ...missing('referrer-policy'), observed: referrer ?? 'none' })
  return problems
}

/** What makes a policy no protection: scripts from anywhere, or inline ones without a nonce or a hash. */
function cspProblem(policy: string, html: boolean): Problem | null {
  const directives = new Map(
    policy.split(/[;,]/).map((part) => {
      const [name = '', ...values] = part.trim().split(/\s+/)
      return [name.toLowerCase(), values.map((value) => value.toLowerCase())] as const
    }),
  )
  const scripts = directives.get('script-src') ?? directives.get('default-src')
  const problem = (what: string): Problem => ({
    code: 'csp-unsafe',
    expected: html ? 'scripts only from named places, by nonce or by hash' : "default-src 'none' or 'self'",
    observed: `${what}: ${policy.slice(0, 200)}`,
  })
  if (!scripts) return problem('neither default-src nor script-src')
  if (
    scripts.some((value) => ['*', 'http:', 'https:', 'data:'].includes(value)) &&
    !scripts.includes("'strict-dynamic'")
  )
    return problem('scripts from anywhere')
  if (
    scripts.includes("'unsafe-inline'") &&
    !scripts.some((value) => value.startsWith("'nonce-") || value.startsWith("'sha"))
  )
    return problem("'unsafe-inline'")
  if (scripts.includes("'unsafe-eval'")) return problem("'unsafe-eval'")
  return null
}

function missing(name: string): Problem {
  return { code: 'header-missing', expected: name, observed: 'none' }
}

function fail(verdicts: Verdicts<Aspect>, aspect: Aspect, answer: Answer, problem: Problem): void {
  verdicts.fail(aspect, {
    ...problem,
    message:
      problem.code === 'powered-by'
        ? 'The answer names the software behind it.'
        : `An answer lacks protection: ${problem.expected}.`,
    where: `${answer.place} (${answer.status}): ${problem.expected.split(':')[0] ?? ''}`,
    fix: "Set the headers once, in a hook that runs for every answer, those to unknown paths and malformed requests included. For an API: content-security-policy \"default-src 'none'; frame-ancestors 'none'\".",
  })
}

function drop(aspect: Aspect, header: string, on: Answer['on']): Refutation<Observation, Aspect> {
  return {
    id: `no-${header}-on-${on}${aspect === 'csp' ? '-csp' : ''}`,
    breaks: aspect,
    code: 'header-missing',
    apply: (o) => set(o, on, (headers) => omit(headers, header)),
  }
}

function set(
  o: Observation,
  on: Answer['on'],
  to: (headers: Record<string, string>) => Record<string, string>,
): Observation | null {
  const index = o.answers.findIndex(
    (answer) => answer.on === on && answer.status > 0 && (on === 'success' || answer.status >= 400),
  )
  const answer = o.answers[index]
  return answer ? { ...o, answers: o.answers.with(index, { ...answer, headers: to(answer.headers) }) } : null
}

function omit(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
}
