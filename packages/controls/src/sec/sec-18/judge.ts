import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const probeSchema = z.strictObject({
  place: z.string(),
  /** Not the first request: only a body that is let in, or that breaks the service, says something. */
  further: z.boolean(),
  /** What the same request with a small body was answered; 0: nothing. */
  smallStatus: z.int(),
  chunked: z.boolean(),
  /** Until there was an answer. */
  sentBytes: z.int(),
  status: z.int(),
  /** Without an answer: how the exchange ended. */
  error: z.string(),
  durationMs: z.int(),
})
export type Probe = z.infer<typeof probeSchema>
const observationSchema = z.strictObject({
  /** The first request, and what it was answered with a small body: what is refused is the size. */
  small: z.strictObject({ place: z.string(), status: z.int() }),
  probes: z.array(probeSchema),
  rssBeforeBytes: z.int(),
  rssAfterBytes: z.int(),
  /** It answers after all of it. */
  aliveStatus: z.int(),
  /** Bytes of a large body. */
  largeBytes: z.int(),
  /** Requests with a body that there was no room or no time for. */
  notAsked: z.int(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** How much resident memory may grow over the whole test. */
  growthBytesMax: z
    .int()
    .positive()
    .default(256 * 1024 * 1024),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['content-length', 'chunked', 'memory'] as const
type Aspect = (typeof ASPECTS)[number]
const FIX =
  'Set the limit of the body parser (1 MiB is plenty for JSON) and let it hold while the body streams in, not only for the announced length; answer 413.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    for (const aspect of ['content-length', 'chunked'] as const) {
      for (const probe of observation.probes.filter((entry) => entry.chunked === (aspect === 'chunked')))
        (probe.further ? judgeFurther : judgeProbe)(verdicts, aspect, probe, observation)
    }
    const growth = observation.rssAfterBytes - observation.rssBeforeBytes
    if (observation.aliveStatus === 0)
      verdicts.fail('memory', {
        code: 'died-of-large-body',
        message: 'The service does not answer after large bodies.',
        where: observation.small.place,
        expected: 'an answer',
        observed: 'none',
        fix: FIX,
      })
    else if (observation.rssBeforeBytes > 0 && observation.rssAfterBytes > 0 && observation.probes.length > 0) {
      if (growth <= params.growthBytesMax) verdicts.pass('memory')
      else
        verdicts.fail('memory', {
          code: 'memory-grows',
          message: 'Large bodies fill the memory.',
          where: observation.small.place,
          expected: `at most ${params.growthBytesMax} bytes more`,
          observed: `${growth} bytes more`,
          fix: FIX,
        })
    }
    return verdicts.done()
  },
  refutations: [
    {
      id: 'accepted',
      breaks: 'content-length',
      code: 'large-body-accepted',
      apply: (o) => change(o, false, (probe) => ({ ...probe, status: 200, error: '' })),
    },
    {
      id: 'chunked-accepted',
      breaks: 'chunked',
      code: 'large-body-accepted',
      apply: (o) => change(o, true, (probe) => ({ ...probe, status: 201, error: '' })),
    },
    {
      id: 'crashes',
      breaks: 'content-length',
      code: 'large-body-crashes',
      apply: (o) => change(o, false, (probe) => ({ ...probe, status: 500, error: '' })),
    },
    {
      id: 'refused-otherwise',
      breaks: 'content-length',
      code: 'large-body-refused-otherwise',
      apply: (o) => change(o, false, (probe) => ({ ...probe, status: 400, error: '' })),
    },
    ...([false, true] as const).flatMap((chunked) => [
      {
        id: `accepted-elsewhere${chunked ? '-chunked' : ''}`,
        breaks: chunked ? ('chunked' as const) : ('content-length' as const),
        code: 'large-body-accepted',
        apply: (o: Observation) => changeFurther(o, chunked, { status: 200, sentBytes: o.largeBytes }),
      },
      {
        id: `crashes-elsewhere${chunked ? '-chunked' : ''}`,
        breaks: chunked ? ('chunked' as const) : ('content-length' as const),
        code: 'large-body-crashes',
        apply: (o: Observation) => changeFurther(o, chunked, { status: 500, smallStatus: 201 }),
      },
    ]),
    {
      id: 'no-answer',
      breaks: 'chunked',
      code: 'no-answer',
      apply: (o) => change(o, true, (probe) => ({ ...probe, status: 0, error: 'timeout' })),
    },
    {
      id: 'grows',
      breaks: 'memory',
      code: 'memory-grows',
      apply: (o) => ({ ...o, rssAfterBytes: o.rssBeforeBytes + 2 ** 40 }),
    },
    { id: 'died', breaks: 'memory', code: 'died-of-large-body', apply: (o) => ({ ...o, aliveStatus: 0 }) },
  ],
})

/**
 * Of the other requests. One that is refused for another reason, before its body or whatever its size, says nothing of the
 * limit; nor does one that is answered well before the body was there, because nobody reads it.
 */
function judgeFurther(verdicts: Verdicts<Aspect>, aspect: Aspect, probe: Probe, { largeBytes }: Observation): void {
  const input = { where: whereOf(probe), expected: '413', observed: String(probe.status), fix: FIX }
  if (probe.status >= 200 && probe.status < 300 && probe.sentBytes >= largeBytes)
    verdicts.fail(aspect, {
      ...input,
      code: 'large-body-accepted',
      message: 'A body of 20 MB is read to its end, on this request and not on all.',
    })
  else if (probe.status >= 500 && probe.smallStatus > 0 && probe.smallStatus < 500)
    verdicts.fail(aspect, { ...input, code: 'large-body-crashes', message: 'A large body makes the service fail.' })
}

function whereOf(probe: Probe): string {
  return `${probe.place} (20 MiB${probe.chunked ? ', chunked' : ''})`
}

function judgeProbe(verdicts: Verdicts<Aspect>, aspect: Aspect, probe: Probe, observation: Observation): void {
  const input = { where: whereOf(probe), expected: '413', fix: FIX }
  if (probe.status === 413) verdicts.pass(aspect)
  else if (probe.status === 0 && /reset|closed|EPIPE/i.test(probe.error) && observation.aliveStatus > 0) {
    verdicts.fail(aspect, {
      ...input,
      code: 'connection-cut',
      message: 'A large body ends the connection without an answer.',
      observed: probe.error,
    })
  } else if (probe.status === 0)
    verdicts.inconclusive(aspect, {
      ...input,
      code: 'no-answer',
      message: 'A large body was not answered.',
      observed: probe.error,
    })
  else if (
    probe.status === 401 ||
    probe.status === 403 ||
    probe.status === 404 ||
    probe.status === 405 ||
    probe.status === 429
  ) {
    // Refused before the body was looked at, unless the small one got further.
    if (observation.small.status === probe.status)
      verdicts.inconclusive(aspect, {
        ...input,
        code: 'refused-before-the-body',
        message: 'The request was refused for another reason.',
        observed: String(probe.status),
      })
    else
      verdicts.fail(aspect, {
        ...input,
        code: 'large-body-refused-otherwise',
        message: 'A large body is refused, but not as too large.',
        observed: String(probe.status),
      })
  } else if (probe.status >= 500)
    verdicts.fail(aspect, {
      ...input,
      code: 'large-body-crashes',
      message: 'A large body makes the service fail.',
      observed: String(probe.status),
    })
  else if (probe.status >= 400)
    verdicts.fail(aspect, {
      ...input,
      code: 'large-body-refused-otherwise',
      message: 'A large body is refused, but not as too large.',
      observed: String(probe.status),
    })
  else
    verdicts.fail(aspect, {
      ...input,
      code: 'large-body-accepted',
      message: 'A body of 20 MB is read to its end.',
      observed: String(probe.status),
    })
}

function change(o: Observation, chunked: boolean, to: (probe: Probe) => Probe): Observation | null {
  const index = o.probes.findIndex((probe) => !probe.further && probe.chunked === chunked)
  const probe = o.probes[index]
  return probe ? { ...o, probes: o.probes.with(index, to(probe)) } : null
}

function changeFurther(o: Observation, chunked: boolean, to: Partial<Probe>): Observation | null {
  const index = o.probes.findIndex((probe) => probe.further && probe.chunked === chunked)
  const probe = o.probes[index]
  return probe ? { ...o, probes: o.probes.with(index, { ...probe, ...to }) } : null
}
