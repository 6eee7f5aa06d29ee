import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const probeSchema = z.strictObject({
  on: z.enum(['success', 'error', 'preflight']),
  place: z.string(),
  /** Besides the first ones, and answered to anybody alike: any page may read it, as long as it can't send credentials. */
  open: z.boolean(),
  /** What kind of origin was sent. */
  kind: z.string(),
  origin: z.string(),
  status: z.int(),
  error: z.string(),
  allowOrigin: z.array(z.string()),
  allowCredentials: z.boolean(),
})
export type Probe = z.infer<typeof probeSchema>
const observationSchema = z.strictObject({
  probes: z.array(probeSchema),
  /** Reads and preflights that there was no room or no time for. */
  notAsked: z.int(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['success', 'error', 'preflight'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge({ probes }) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    for (const aspect of ASPECTS) {
      const answered = probes.filter((probe) => probe.on === aspect && probe.status > 0)
      // What everybody may read says nothing of the rest.
      if (!answered.some((probe) => !probe.open)) {
        verdicts.inconclusive(aspect, {
          code: 'no-answers',
          message: 'No request with a foreign origin was answered.',
          where: aspect,
          expected: 'at least one answer',
          observed:
            probes
              .filter((probe) => probe.on === aspect)
              .map((probe) => probe.error)
              .join(', ') || 'nothing sent',
          fix: 'See why the service does not answer; declare a request that succeeds.',
        })
      } else verdicts.pass(aspect)
      for (const probe of answered) judgeProbe(verdicts, probe)
    }
    return verdicts.done()
  },
  refutations: [
    ...ASPECTS.flatMap((aspect) => [
      {
        id: `${aspect}-reflected`,
        breaks: aspect,
        code: 'origin-reflected',
        apply: (o: Observation) =>
          change(
            o,
            aspect,
            (probe) => probe.origin !== 'null' && !probe.open,
            (probe) => ({ ...probe, allowOrigin: [probe.origin] }),
          ),
      },
      {
        id: `${aspect}-star`,
        breaks: aspect,
        code: 'any-origin',
        apply: (o: Observation) =>
          change(
            o,
            aspect,
            (probe) => !probe.open,
            (probe) => ({ ...probe, allowOrigin: ['*'] }),
          ),
      },
    ]),
    {
      id: 'null-allowed',
      breaks: 'success' as const,
      code: 'null-origin-allowed',
      apply: (o: Observation) =>
        change(
          o,
          'success',
          (probe) => probe.origin === 'null',
          (probe) => ({ ...probe, allowOrigin: ['null'] }),
        ),
    },
    {
      id: 'nobody-answered',
      breaks: 'success' as const,
      code: 'no-answers',
      apply: (o: Observation) => ({
        ...o,
        probes: o.probes.map((probe) => ({ ...probe, status: 0, error: 'timeout' })),
      }),
    },
    ...(['success', 'preflight'] as const).map((aspect) => ({
      id: `${aspect}-reflected-on-another-route`,
      breaks: aspect,
      code: 'origin-reflected',
      apply: (o: Observation) =>
        change(
          o,
          aspect,
          (probe) => probe.open,
          (probe) => ({ ...probe, allowOrigin: [probe.origin], allowCredentials: true }),
        ),
    })),
  ] as unknown as readonly [import('@greengate/contracts').Refutation<Observation, Aspect>],
})

function judgeProbe(verdicts: Verdicts<Aspect>, probe: Probe): void {
  const credentials = probe.allowCredentials ? ', with credentials' : ''
  for (const value of probe.allowOrigin) {
    // With `*` browsers send no credentials either.
    if (probe.open && (value === '*' || !probe.allowCredentials)) continue
    const code =
      value === '*'
        ? 'any-origin'
        : value.toLowerCase() === 'null'
          ? 'null-origin-allowed'
          : value.toLowerCase() === probe.origin.toLowerCase()
            ? 'origin-reflected'
            : ''
    // Naming its one fixed origin whatever is asked is right: a browser compares it with the page's own.
    if (code === '') continue
    verdicts.fail(probe.on, {
      code,
      message:
        code === 'any-origin'
          ? 'Pages of any origin may read the answers.'
          : `A foreign origin (${probe.kind}) may read the answers${credentials}.`,
      where: `${probe.place}, origin: ${probe.origin}`,
      expected: 'no access-control-allow-origin for an origin that is not on the list',
      observed: `access-control-allow-origin: ${value}${credentials}`,
      fix: 'Compare the origin as a whole string with a list from configuration; send no CORS header where it is not on it.',
    })
  }
}

function change(
  o: Observation,
  aspect: Aspect,
  fits: (p: Probe) => boolean,
  to: (p: Probe) => Probe,
): Observation | null {
  const index = o.probes.findIndex((probe) => probe.on === aspect && probe.status > 0 && fits(probe))
  const probe = o.probes[index]
  return probe ? { ...o, probes: o.probes.with(index, to(probe)) } : null
}
