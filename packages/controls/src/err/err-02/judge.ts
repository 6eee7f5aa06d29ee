import { defineJudge, type Refutation, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { envelopeProblems, parseObject } from '../../lib-http/envelope.ts'
import { type Exchange, placeOf } from '../../lib-http/exchange.ts'
import {
  changeFirst,
  errorAnswers,
  ofKind,
  type Provocation,
  type Survey,
  surveySchema,
} from '../../lib-http/survey.ts'

const observationSchema = z.strictObject({
  survey: surveySchema,
  /** Help links that error answers gave. `resolved`: null where the link leads to a host that can't be asked from here. */
  help: z.array(z.strictObject({ link: z.string(), status: z.int().nullable() })),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({ envelope: z.enum(['greengate', 'rfc9457']).default('greengate') })
export type Params = z.infer<typeof paramsSchema>

const BUCKETS = {
  'envelope-400': { statuses: [400], kinds: ['malformed', 'validation'] },
  'envelope-401': { statuses: [401], kinds: ['no-identity'] },
  'envelope-403': { statuses: [403], kinds: ['other-identity'] },
  'envelope-404': { statuses: [404], kinds: ['not-found'] },
  'envelope-405': { statuses: [405], kinds: ['wrong-method'] },
  'envelope-409': { statuses: [409], kinds: ['repeated-creation'] },
  'envelope-413': { statuses: [413], kinds: ['too-large'] },
  'envelope-415': { statuses: [415], kinds: ['wrong-content-type'] },
  'envelope-422': { statuses: [422], kinds: ['validation'] },
  'envelope-429': { statuses: [429], kinds: ['flood', 'sign-in-flood'] },
  'envelope-5xx': { statuses: [500, 503], kinds: ['dependency-refused'] },
} as const satisfies Record<string, { statuses: readonly number[]; kinds: readonly Provocation[] }>
type Bucket = keyof typeof BUCKETS
const BUCKET_NAMES = Object.keys(BUCKETS) as [Bucket, ...Bucket[]]

const STATUS_ASPECTS = ['unknown-path', 'malformed-json', 'wrong-content-type', 'wrong-method'] as const
const ASPECTS = [...BUCKET_NAMES, ...STATUS_ASPECTS, 'help'] as const
type Aspect = Bucket | (typeof STATUS_ASPECTS)[number] | 'help'

/** Answers that come before the thing provoked is looked at. */
const BEFORE_ROUTING = new Set([0, 401, 403, 429])

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS as unknown as readonly [Aspect, ...Aspect[]],
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const { survey } = observation
    for (const bucket of BUCKET_NAMES) judgeBucket(verdicts, survey, bucket, params)
    judgeUnknownPath(verdicts, survey)
    judgeMalformed(verdicts, survey)
    judgeContentType(verdicts, survey)
    judgeMethod(verdicts, survey)
    judgeHelp(verdicts, observation, params)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'unknown-path-answered-200',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'not-found',
          (e) => ({ ...e, status: 200 }),
        ),
    },
    {
      id: 'unknown-path-html',
      breaks: 'unknown-path',
      code: 'unknown-path-not-json',
      apply: (o) => change(o, (e) => e.kind === 'not-found' && e.status === 404, asHtml),
    },
    {
      id: 'malformed-crashes',
      breaks: 'malformed-json',
      code: 'malformed-crashed',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'malformed',
          (e) => ({ ...e, status: 500 }),
        ),
    },
    {
      id: 'malformed-accepted',
      breaks: 'malformed-json',
      code: 'malformed-accepted',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'malformed',
          (e) => ({ ...e, status: 201 }),
        ),
    },
    {
      id: 'wrong-type-accepted',
      breaks: 'wrong-content-type',
      code: 'wrong-type-accepted',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'wrong-content-type',
          (e) => ({ ...e, status: 200 }),
        ),
    },
    {
      id: 'wrong-type-400',
      breaks: 'wrong-content-type',
      code: 'wrong-type-not-415',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'wrong-content-type',
          (e) => ({ ...e, status: 400 }),
        ),
    },
    {
      id: 'wrong-method-404',
      breaks: 'wrong-method',
      code: 'wrong-method-not-405',
      apply: (o) =>
        change(
          o,
          (e) => e.kind === 'wrong-method' && e.status === 405,
          (e) => ({ ...e, status: 404 }),
        ),
    },
    {
      id: 'help-dead',
      breaks: 'help',
      code: 'help-does-not-resolve',
      apply: (o) => (o.help[0] ? { ...o, help: [{ ...o.help[0], status: 404 }, ...o.help.slice(1)] } : null),
    },
    ...BUCKET_NAMES.map((bucket): Refutation<Observation, Aspect> => ({
      id: `${bucket}-html`,
      breaks: bucket,
      code: 'not-a-json-error',
      apply: (o) => change(o, (e) => e.status >= 400 && bucketOf(e.status) === bucket, asHtml),
    })),
    {
      id: 'no-error-object',
      breaks: 'envelope-404',
      code: 'no-error-object',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 404 && hasErrorObject(e),
          (e) => ({ ...e, body: '{"message":"Not found"}' }),
        ),
    },
    {
      id: 'request-id-gone',
      breaks: 'envelope-404',
      code: 'request-id-missing',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 404 && hasErrorObject(e),
          (e) => withError(e, { request_id: '' }),
        ),
    },
    {
      id: 'request-id-not-a-uuid',
      breaks: 'envelope-404',
      code: 'request-id-not-a-uuid',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 404 && hasErrorObject(e),
          (e) => withError(e, { request_id: '42' }),
        ),
    },
    {
      id: 'help-gone',
      breaks: 'envelope-404',
      code: 'help-missing',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 404 && hasErrorObject(e),
          (e) => withError(e, { help: '' }),
        ),
    },
  ],
})

function judgeBucket(verdicts: Verdicts<Aspect>, survey: Survey, bucket: Bucket, params: Params): void {
  const answers = errorAnswers(survey).filter((exchange) => bucketOf(exchange.status) === bucket)
  if (answers.length === 0) return judgeEmptyBucket(verdicts, survey, bucket)
  verdicts.pass(bucket)
  const said = new Set<string>()
  for (const exchange of answers) {
    for (const problem of envelopeProblems(exchange, params.envelope)) {
      const where = placeOf(exchange)
      if (said.has(problem.code + where)) continue
      said.add(problem.code + where)
      verdicts.fail(bucket, {
        code: problem.code,
        message: `The ${exchange.status} answer is not in the ${params.envelope} error envelope.`,
        where,
        expected: problem.expected,
        observed: problem.observed,
        fix: 'Make every error answer in one place (an error handler that also serves unknown routes, parser errors and limits), so that each has the same envelope.',
      })
    }
  }
}

/** No answer of this status was seen: absent for a reason that was seen, or not known. */
function judgeEmptyBucket(verdicts: Verdicts<Aspect>, survey: Survey, bucket: Bucket): void {
  const { kinds, statuses } = BUCKETS[bucket]
  const blanks = survey.blanks.filter((blank) => (kinds as readonly string[]).includes(blank.kind))
  const absent = blanks.find((blank) => blank.absent)
  if (absent) return void verdicts.notApplicable(bucket, absent.code)
  const tried = survey.exchanges.filter((exchange) => (kinds as readonly string[]).includes(exchange.kind))
  const declared = survey.declaredStatuses
  const answeredOtherwise = tried.some(
    (exchange) => exchange.status >= 400 && exchange.status < 500 && !BEFORE_ROUTING.has(exchange.status),
  )
  // The status itself is judged by the aspects `wrong-content-type`, `wrong-method` and `malformed-json`.
  if (['envelope-400', 'envelope-405', 'envelope-415', 'envelope-422'].includes(bucket) && answeredOtherwise) {
    return void verdicts.notApplicable(bucket, 'answered-with-another-status')
  }
  if (
    ['envelope-401', 'envelope-403', 'envelope-409', 'envelope-422'].includes(bucket) &&
    declared &&
    tried.some((e) => e.status > 0) &&
    !declared.includes(String(statuses[0]))
  ) {
    return void verdicts.notApplicable(bucket, 'status-not-declared')
  }
  verdicts.inconclusive(bucket, {
    code: 'not-provoked',
    message: `No answer with status ${statuses.join(' or ')} could be provoked.`,
    where: kinds.join(', '),
    expected: `at least one answer with status ${statuses.join(' or ')}`,
    observed: blanks.map((blank) => blank.reason).join(' ') || summary(tried),
    fix: 'Declare requests with JSON bodies, identities and dependencies in the configuration, or serve an OpenAPI description.',
  })
}

function judgeUnknownPath(verdicts: Verdicts<Aspect>, survey: Survey): void {
  const samples = ofKind(survey, 'not-found').filter((exchange) => !BEFORE_ROUTING.has(exchange.status))
  if (samples.length === 0) return tooFew(verdicts, 'unknown-path', ofKind(survey, 'not-found'))
  verdicts.pass('unknown-path')
  for (const exchange of samples) {
    if (exchange.status === 404 && isJson(exchange)) continue
    verdicts.fail('unknown-path', {
      code: exchange.status === 404 ? 'unknown-path-not-json' : 'unknown-path-answered',
      message: `${exchange.path.replace(/[0-9a-f]{16}/, '<unknown>')} exists nowhere and was not answered with a JSON 404.`,
      where: placeOf(exchange).replace(/[0-9a-f]{16}/, '<unknown>'),
      expected: '404 with a JSON body',
      observed: `${exchange.status} ${exchange.headers['content-type'] ?? ''}`,
      fix: 'Answer requests that accept JSON and match no route with 404 in the error envelope; serve a web client only for navigations.',
    })
  }
}

function judgeMalformed(verdicts: Verdicts<Aspect>, survey: Survey): void {
  const samples = ofKind(survey, 'malformed').filter((exchange) => !BEFORE_ROUTING.has(exchange.status))
  if (samples.length === 0) return noSample(verdicts, 'malformed-json', survey, 'malformed')
  verdicts.pass('malformed-json')
  for (const exchange of samples) {
    if (exchange.status >= 400 && exchange.status < 500) continue
    verdicts.fail('malformed-json', {
      code: exchange.status >= 500 ? 'malformed-crashed' : 'malformed-accepted',
      message: "A body that is not JSON was not refused as the sender's mistake.",
      where: placeOf(exchange),
      expected: 'a status from 400 to 499, as a rule 400',
      observed: String(exchange.status),
      fix: "Answer 400 where the body can't be parsed, before anything is done with it.",
    })
  }
}

function judgeContentType(verdicts: Verdicts<Aspect>, survey: Survey): void {
  const samples = ofKind(survey, 'wrong-content-type').filter((exchange) => !BEFORE_ROUTING.has(exchange.status))
  if (samples.length === 0) return noSample(verdicts, 'wrong-content-type', survey, 'wrong-content-type')
  verdicts.pass('wrong-content-type')
  for (const exchange of samples) {
    if (exchange.status === 415) continue
    verdicts.fail('wrong-content-type', {
      code:
        exchange.status >= 500
          ? 'wrong-type-crashed'
          : exchange.status >= 400
            ? 'wrong-type-not-415'
            : 'wrong-type-accepted',
      message: 'A body of a media type that the route does not read was not refused with 415.',
      where: placeOf(exchange),
      expected: '415',
      observed: String(exchange.status),
      fix: 'Answer 415 to every content type that the route does not read, before the body is parsed.',
    })
  }
}

function judgeMethod(verdicts: Verdicts<Aspect>, survey: Survey): void {
  const described = survey.declaredStatuses !== null
  const samples = ofKind(survey, 'wrong-method')
  // Without a description a method that succeeds is one that nobody told us of.
  const wrong = samples.filter(
    (e) => e.status === 404 || e.status >= 500 || (described && e.status >= 200 && e.status < 400),
  )
  if (samples.some((exchange) => exchange.status === 405)) verdicts.pass('wrong-method')
  else if (wrong.length === 0) return noSample(verdicts, 'wrong-method', survey, 'wrong-method')
  for (const exchange of wrong) {
    verdicts.fail('wrong-method', {
      code: 'wrong-method-not-405',
      message: `${exchange.method} on a known path is not answered 405.`,
      where: placeOf(exchange),
      expected: '405 with the header Allow',
      observed: String(exchange.status),
      fix: 'Answer 405 with Allow where the path is known and the method is not; routers have an option or a hook for it.',
    })
  }
}

function judgeHelp(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  if (observation.help.length === 0) {
    if (params.envelope === 'rfc9457') return void verdicts.notApplicable('help', 'envelope-has-no-help')
    verdicts.fail('help', {
      code: 'help-missing',
      message: 'No error answer holds a link to help.',
      where: 'error answers',
      expected: 'a link in `error.help` of each',
      observed: `${errorAnswers(observation.survey).length} error answers without one`,
      fix: 'Give each code of the registry a page and put its link into the answer.',
    })
    return
  }
  const asked = observation.help.filter((entry) => entry.status !== null)
  for (const entry of asked) {
    if (entry.status !== null && entry.status >= 200 && entry.status < 400) verdicts.pass('help')
    else {
      verdicts.fail('help', {
        code: 'help-does-not-resolve',
        message: 'A link to help in an error answer leads nowhere.',
        where: entry.link,
        expected: 'a page',
        observed: entry.status === 0 ? 'no answer' : String(entry.status),
        fix: 'Serve a page for each code, and test that each link of the registry resolves.',
      })
    }
  }
  if (asked.length === 0) {
    verdicts.inconclusive('help', {
      code: 'help-elsewhere',
      message: "Links to help lead to a host that can't be asked from the testbed.",
      where: observation.help[0]?.link ?? '',
      expected: "a link below the service's own address, or whose path the service answers as well",
      observed: `${observation.help.length} links elsewhere`,
      fix: 'Serve the pages from the service, or let the variable that sets the base of the links point to it.',
    })
  }
}

function noSample(verdicts: Verdicts<Aspect>, aspect: Aspect, survey: Survey, kind: Provocation): void {
  const absent = survey.blanks.find((blank) => blank.kind === kind && blank.absent)
  if (absent) verdicts.notApplicable(aspect, absent.code)
  else tooFew(verdicts, aspect, ofKind(survey, kind))
}

function tooFew(verdicts: Verdicts<Aspect>, aspect: Aspect, exchanges: readonly Exchange[]): void {
  verdicts.inconclusive(aspect, {
    code: 'not-provoked',
    message: 'No answer showed how the service reacts.',
    where: exchanges[0] ? placeOf(exchanges[0]) : aspect,
    expected: 'an answer that is not about identity or limits',
    observed: summary(exchanges),
    fix: 'Declare a request with a JSON body and the identity it needs in the configuration.',
  })
}

function summary(exchanges: readonly Exchange[]): string {
  return exchanges.length === 0
    ? 'nothing was sent'
    : [...new Set(exchanges.map((e) => e.error || String(e.status)))].join(', ')
}

function bucketOf(status: number): Bucket {
  if (status >= 500) return 'envelope-5xx'
  return (
    BUCKET_NAMES.find((bucket) => (BUCKETS[bucket].statuses as readonly number[]).includes(status)) ?? 'envelope-400'
  )
}

function isJson(exchange: Exchange): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(exchange.headers['content-type'] ?? '')
}

function change(o: Observation, fits: (e: Exchange) => boolean, to: (e: Exchange) => Exchange): Observation | null {
  const survey = changeFirst(o.survey, fits, to)
  return survey && { ...o, survey }
}

function asHtml(exchange: Exchange): Exchange {
  return { ...exchange, headers: { ...exchange.headers, 'content-type': 'text/html' }, body: '<h1>Error</h1>' }
}

/** Whether it is in the envelope of its own that these refutations take members out of: problem details have other ones. */
function hasErrorObject(exchange: Exchange): boolean {
  const error = parseObject(exchange.body)?.['error']
  const isProblem = exchange.headers['content-type']?.startsWith('application/problem+json') === true
  return typeof error === 'object' && error !== null && !isProblem
}

/** The answer with members of its error object replaced; one that has none becomes a whole one first. */
function withError(exchange: Exchange, members: Record<string, string>): Exchange {
  const whole = {
    code: 'x',
    message: 'x',
    details: null,
    request_id: '7f3c1d52-9a4e-4b6f-8c2d-1e5a6b7c8d9e',
    help: '/errors/x',
  }
  return {
    ...exchange,
    headers: { ...exchange.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ error: { ...whole, ...members } }),
  }
}
