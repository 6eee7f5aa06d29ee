import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const NAMES = ['x-request-id', 'x-correlation-id'] as const
const probeSchema = z.strictObject({
  /** What was asked: a request that succeeds, or one of several errors. */
  on: z.string(),
  place: z.string(),
  /** Header that carried the id; empty: none was sent. */
  header: z.enum(['', ...NAMES]),
  kind: z.enum(['well-formed', 'none', 'malformed']),
  sent: z.string(),
  status: z.int(),
  error: z.string(),
  /** Ids in the answer's headers. */
  answered: z.array(z.string()),
  /** The body of an error answer holds the id of the answer's own headers, or the one that was sent. */
  inBody: z.boolean(),
  /** Number of log lines with the id that was sent. */
  logged: z.int(),
})
const observationSchema = z.strictObject({
  probes: z.array(probeSchema),
  logLines: z.int(),
  upstream: z.array(
    z.strictObject({
      dependency: z.string(),
      visible: z.boolean(),
      /** Something went there although nobody asked: what goes there during a request need not belong to it. */
      busy: z.boolean(),
      /** Something went there since the first of the requests was sent. */
      called: z.boolean(),
      /** Each declared request that is said to reach it, and how it went. */
      requests: z.array(
        z.strictObject({
          request: z.string(),
          /** How often it was sent; of these how often something went there meanwhile, and how often with its id. */
          sent: z.int(),
          reached: z.int(),
          carrying: z.int(),
        }),
      ),
    }),
  ),
})
export type Probe = z.infer<typeof probeSchema>
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['echo', 'generated', 'sanitised', 'logged', 'in-errors', 'upstream'] as const
type Aspect = (typeof ASPECTS)[number]
const FIX =
  "Take `x-correlation-id` or `x-request-id` at the outermost layer if it matches a strict pattern, else make a UUID; keep it in the request's context, and put it into the answer, every log line, every error body and every call to another service."

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const answered = observation.probes.filter((probe) => probe.status > 0)
    judgeEcho(verdicts, answered)
    judgeGenerated(verdicts, answered)
    judgeSanitised(verdicts, answered)
    judgeLogged(verdicts, answered, observation.logLines)
    judgeErrors(verdicts, answered)
    judgeUpstream(verdicts, observation)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'not-echoed',
      breaks: 'echo',
      code: 'not-echoed',
      apply: (o) =>
        change(
          o,
          (p) => p.kind === 'well-formed',
          (p) => ({ ...p, answered: [] }),
        ),
    },
    {
      id: 'another-id',
      breaks: 'echo',
      code: 'not-echoed',
      apply: (o) =>
        change(
          o,
          (p) => p.kind === 'well-formed',
          (p) => ({ ...p, answered: ['something-else'] }),
        ),
    },
    {
      id: 'none-made',
      breaks: 'generated',
      code: 'no-id-made',
      apply: (o) =>
        change(
          o,
          (p) => p.kind === 'none',
          (p) => ({ ...p, answered: [] }),
        ),
    },
    {
      id: 'constant-id',
      breaks: 'generated',
      code: 'id-not-unique',
      apply: (o) =>
        o.probes.filter((p) => p.kind === 'none').length > 1
          ? { ...o, probes: o.probes.map((p) => (p.kind === 'none' ? { ...p, answered: ['one-for-all'] } : p)) }
          : null,
    },
    {
      id: 'malformed-reflected',
      breaks: 'sanitised',
      code: 'malformed-accepted',
      apply: (o) =>
        change(
          o,
          (p) => p.kind === 'malformed',
          (p) => ({ ...p, answered: [p.sent] }),
        ),
    },
    {
      id: 'not-logged',
      breaks: 'logged',
      code: 'not-logged',
      apply: (o) => ({ ...o, probes: o.probes.map((p) => ({ ...p, logged: 0 })) }),
    },
    {
      id: 'not-in-error',
      breaks: 'in-errors',
      code: 'not-in-error-body',
      apply: (o) =>
        change(
          o,
          (p) => p.status >= 400,
          (p) => ({ ...p, inBody: false }),
        ),
    },
    {
      id: 'not-sent-upstream',
      breaks: 'upstream',
      code: 'not-sent-upstream',
      apply: (o) =>
        o.upstream.some((u) => u.requests.some((r) => r.carrying > 0))
          ? {
              ...o,
              upstream: o.upstream.map((u) => ({ ...u, requests: u.requests.map((r) => ({ ...r, carrying: 0 })) })),
            }
          : null,
    },
    {
      id: 'one-not-sent-upstream',
      breaks: 'upstream',
      code: 'not-sent-upstream',
      apply: (o) => {
        const index = o.upstream.findIndex((u) => u.visible && u.called && !u.busy)
        const upstream = o.upstream[index]
        if (!upstream) return null
        const bare = { request: 'GET /bare', sent: 3, reached: 3, carrying: 0 }
        const requests = [...upstream.requests, bare]
        return { ...o, upstream: o.upstream.with(index, { ...upstream, requests }) }
      },
    },
  ],
})

function judgeEcho(verdicts: Verdicts<Aspect>, probes: readonly Probe[]): void {
  for (const name of NAMES) {
    const samples = probes.filter((probe) => probe.kind === 'well-formed' && probe.header === name)
    if (samples.length === 0) {
      nothing(verdicts, 'echo', name)
      continue
    }
    verdicts.pass('echo')
    for (const probe of samples) {
      if (probe.answered.includes(probe.sent)) continue
      verdicts.fail('echo', {
        code: 'not-echoed',
        message: `A well-formed ${name} does not come back.`,
        where: probe.place,
        expected: `${probe.sent} in x-request-id or x-correlation-id of the answer`,
        observed: probe.answered.join(', ').slice(0, 200) || 'neither header',
        fix: FIX,
      })
    }
  }
}

function judgeGenerated(verdicts: Verdicts<Aspect>, probes: readonly Probe[]): void {
  const samples = probes.filter((probe) => probe.kind === 'none')
  if (samples.length < 2) return nothing(verdicts, 'generated', 'no id sent')
  verdicts.pass('generated')
  const seen = new Set<string>()
  for (const probe of samples) {
    const id = probe.answered[0] ?? ''
    if (id.length < 8)
      verdicts.fail('generated', {
        code: 'no-id-made',
        message: 'A request without an id is given none.',
        where: probe.place,
        expected: 'an id of at least 8 characters in the answer',
        observed: id || 'none',
        fix: FIX,
      })
    else if (seen.has(id))
      verdicts.fail('generated', {
        code: 'id-not-unique',
        message: 'Two requests were given the same id.',
        where: probe.place,
        expected: 'an id of its own for each',
        observed: id.slice(0, 80),
        fix: FIX,
      })
    seen.add(id)
  }
}

function judgeSanitised(verdicts: Verdicts<Aspect>, probes: readonly Probe[]): void {
  const malformed = probes.filter((probe) => probe.kind === 'malformed')
  // Refusing the request is as good as replacing the id; an answer with no id at all shows nothing.
  const samples = malformed.filter((probe) => probe.answered.length > 0 || probe.status === 400)
  for (const probe of samples) {
    if (!probe.answered.includes(probe.sent)) verdicts.pass('sanitised')
    else
      verdicts.fail('sanitised', {
        code: 'malformed-accepted',
        message: 'An id that nobody can have meant is taken over.',
        where: `${probe.header}: ${probe.sent.slice(0, 60)}${probe.sent.length > 60 ? `... (${probe.sent.length} characters)` : ''}`,
        expected: 'an id made by the service',
        observed: 'the id that was sent',
        fix: 'Accept only [A-Za-z0-9._-] and at most 64 or 128 characters.',
      })
  }
  if (samples.length === 0) nothing(verdicts, 'sanitised', 'malformed ids')
}

function judgeLogged(verdicts: Verdicts<Aspect>, probes: readonly Probe[], logLines: number): void {
  const samples = probes.filter((probe) => probe.kind === 'well-formed')
  if (samples.length === 0 || logLines === 0) return nothing(verdicts, 'logged', 'the log')
  verdicts.pass('logged')
  for (const probe of samples) {
    if (probe.logged > 0) continue
    verdicts.fail('logged', {
      code: 'not-logged',
      message: "A request can't be found in the log by its id.",
      where: probe.place,
      expected: `a line with the id sent in ${probe.header}`,
      observed: `none in ${logLines} lines`,
      fix: FIX,
    })
  }
}

function judgeErrors(verdicts: Verdicts<Aspect>, probes: readonly Probe[]): void {
  const samples = probes.filter((probe) => probe.status >= 400 && probe.kind !== 'malformed')
  if (samples.length === 0) return nothing(verdicts, 'in-errors', 'error answers')
  verdicts.pass('in-errors')
  for (const probe of samples) {
    if (probe.inBody) continue
    verdicts.fail('in-errors', {
      code: 'not-in-error-body',
      message: 'The body of an error does not hold the id under which it can be found.',
      where: probe.place,
      expected: "the request's id in the body",
      observed: `${probe.status} without it`,
      fix: FIX,
    })
  }
}

function judgeUpstream(verdicts: Verdicts<Aspect>, observation: Observation): void {
  if (observation.upstream.length === 0) return void verdicts.notApplicable('upstream', 'no-http-dependency')
  for (const upstream of observation.upstream) {
    if (!upstream.visible || !upstream.called) {
      verdicts.inconclusive('upstream', {
        code: 'upstream-not-reached',
        message: `No request reached ${upstream.dependency}.`,
        where: upstream.dependency,
        expected: 'at least one call',
        observed: 'none',
        fix: 'Declare a request that `touches` it in the configuration.',
      })
      continue
    }
    const blamed = upstream.requests.some((request) => request.carrying > 0)
      ? upstream.requests.filter((request) => isBare(request) && !upstream.busy).map(({ request }) => request)
      : ['every request']
    if (blamed.length === 0) verdicts.pass('upstream')
    for (const request of blamed)
      verdicts.fail('upstream', {
        code: 'not-sent-upstream',
        message: `Calls to ${upstream.dependency} do not carry the id of the request they serve.`,
        where: `${upstream.dependency}: ${request}`,
        expected: 'x-request-id or x-correlation-id with the id that came in',
        observed: 'calls without it, each time it was sent',
        fix: FIX,
      })
  }
}

/** A call that comes with a request once may refresh what all of them share; one that comes every time is its own. */
function isBare(request: Observation['upstream'][number]['requests'][number]): boolean {
  return request.carrying === 0 && request.sent > 1 && request.reached === request.sent
}

function nothing(verdicts: Verdicts<Aspect>, aspect: Aspect, where: string): void {
  verdicts.inconclusive(aspect, {
    code: 'nothing-seen',
    message: 'Nothing was seen that would tell.',
    where,
    expected: 'answers with an id, and log lines',
    observed: 'none',
    fix: FIX,
  })
}

function change(o: Observation, fits: (p: Probe) => boolean, to: (p: Probe) => Probe): Observation | null {
  const index = o.probes.findIndex(fits)
  const probe = o.probes[index]
  return probe ? { ...o, probes: o.probes.with(index, to(probe)) } : null
}
