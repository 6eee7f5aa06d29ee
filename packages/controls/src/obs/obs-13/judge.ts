import { defineJudge, type Refutation, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const sampleSchema = z.strictObject({
  status: z.int(),
  error: z.string(),
  durationMs: z.int(),
  /** Since the fault began or ended. */
  atMs: z.int(),
})
const phaseSchema = z.strictObject({
  dependency: z.string(),
  required: z.boolean(),
  fault: z.enum(['frozen', 'down']),
  /** What the proxy itself saw of the fault: data held, connections broken, or no address to connect to. */
  /** `cutOff`: a request reached it through the proxy before, and nothing passed during the fault. */
  faultSeen: z.strictObject({
    held: z.int(),
    broken: z.int(),
    touchingRequestFailed: z.boolean(),
    cutOff: z.boolean(),
  }),
  /** Readiness just before the fault, of a dependency that the service does without; else nothing. */
  readyBefore: z.array(sampleSchema),
  live: z.array(sampleSchema),
  ready: z.array(sampleSchema),
  liveAfter: z.array(sampleSchema),
  readyAfter: z.array(sampleSchema),
})
const observationSchema = z.strictObject({
  /** Empty where there is none. */
  livePath: z.string(),
  readyPath: z.string(),
  /** Paths that were tried to find one that is not declared. */
  tried: z.array(z.string()),
  before: z.strictObject({ live: z.array(sampleSchema), ready: z.array(sampleSchema) }),
  dependencies: z.array(z.strictObject({ name: z.string(), required: z.boolean() })),
  /** Facts about objects that would be dependencies, by name: to tell none from none declared. */
  objects: z.record(z.string(), z.enum(['present', 'absent', 'unknown'])),
  phases: z.array(phaseSchema),
})
export type Observation = z.infer<typeof observationSchema>
type Sample = z.infer<typeof sampleSchema>
type Phase = z.infer<typeof phaseSchema>

const paramsSchema = z.strictObject({
  /** Median time of a probe's answer. */
  probeMsMax: z.int().positive(),
  /** From the fault to a readiness that says so, and from its end to one that says yes. */
  turnMsMax: z.int().positive(),
})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['live-independent', 'live-fast', 'ready-frozen', 'ready-down', 'ready-recovers', 'ready-fast'] as const
type Aspect = (typeof ASPECTS)[number]
const SAMPLES_MIN = 5
const NOISE_MS_MAX = 250

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    judgeLive(verdicts, observation, params)
    judgeReady(verdicts, observation, params)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'live-tracks',
      breaks: 'live-independent',
      code: 'live-tracks-dependency',
      apply: (o) =>
        changePhases(
          o,
          () => true,
          (p) => ({ ...p, live: p.live.map((s) => ({ ...s, status: 503 })) }),
        ),
    },
    {
      id: 'live-hangs',
      breaks: 'live-independent',
      code: 'live-tracks-dependency',
      apply: (o) =>
        changePhases(
          o,
          () => true,
          (p) => ({ ...p, live: p.live.map((s) => ({ ...s, status: 0, error: 'timeout' })) }),
        ),
    },
    {
      id: 'live-slow',
      breaks: 'live-fast',
      code: 'probe-slow',
      apply: (o) => ({ ...o, before: { ...o.before, live: o.before.live.map(slow) } }),
    },
    { id: 'no-live', breaks: 'live-independent', code: 'no-liveness-endpoint', apply: (o) => ({ ...o, livePath: '' }) },
    {
      id: 'constant-frozen',
      breaks: 'ready-frozen',
      code: 'ready-despite-fault',
      apply: (o) =>
        changePhases(
          o,
          (p) => p.required && p.fault === 'frozen',
          (p) => ({ ...p, ready: p.ready.map(ok) }),
        ),
    },
    {
      id: 'constant-down',
      breaks: 'ready-down',
      code: 'ready-despite-fault',
      apply: (o) =>
        changePhases(
          o,
          (p) => p.required && p.fault === 'down',
          (p) => ({ ...p, ready: p.ready.map(ok) }),
        ),
    },
    {
      id: 'no-ready',
      breaks: 'ready-frozen',
      code: 'no-readiness-endpoint',
      // Without anything that must be there to serve, an endpoint that says so is not missed.
      apply: (o) => (o.dependencies.some((dependency) => dependency.required) ? { ...o, readyPath: '' } : null),
    },
    {
      id: 'never-again',
      breaks: 'ready-recovers',
      code: 'ready-does-not-return',
      apply: (o) =>
        changePhases(
          o,
          (p) => p.required,
          (p) => ({ ...p, readyAfter: p.readyAfter.map((s) => ({ ...s, status: 503 })) }),
        ),
    },
    {
      id: 'ready-slow',
      breaks: 'ready-fast',
      code: 'probe-slow',
      apply: (o) =>
        changePhases(
          o,
          () => true,
          (p) => ({ ...p, ready: p.ready.map(slow) }),
        ),
    },
    tracksOptional('frozen'),
    tracksOptional('down'),
    {
      id: 'fault-not-seen',
      breaks: 'ready-frozen',
      code: 'fault-not-seen',
      apply: (o) =>
        changePhases(
          o,
          (p) => p.required && p.fault === 'frozen',
          (p) => ({ ...p, faultSeen: { held: 0, broken: 0, touchingRequestFailed: false, cutOff: false } }),
        ),
    },
  ],
})

function judgeLive(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const { livePath: where, before, phases } = observation
  if (where === '') {
    for (const aspect of ['live-independent', 'live-fast'] as const) {
      verdicts.fail(aspect, {
        code: 'no-liveness-endpoint',
        message: 'There is no endpoint that says whether the process lives.',
        where: 'probes.live',
        expected: 'an endpoint that answers 200 as long as the process lives',
        observed: `none declared; tried ${observation.tried.join(', ')}`,
        fix: 'Serve GET /health that touches no dependency, and declare it as `probes.live`.',
      })
    }
    return
  }
  judgeSpeed(verdicts, 'live-fast', where, [before.live, ...phases.map((phase) => phase.live)], params)
  if (!steady(before.live)) {
    noSteadyState(verdicts, ['live-independent'], where, before.live)
    return
  }
  if (phases.length === 0) {
    if (noDependencies(observation)) verdicts.notApplicable('live-independent', 'no-dependencies')
    else undeclared(verdicts, ['live-independent'])
    return
  }
  verdicts.pass('live-independent')
  for (const phase of phases) {
    const bad = phase.live.find((sample) => !isOk(sample))
    if (phase.live.length < SAMPLES_MIN || !seen(phase)) verdicts.inconclusive('live-independent', notSeen(phase))
    if (bad) {
      verdicts.fail('live-independent', {
        code: 'live-tracks-dependency',
        message: `${where} failed while ${phase.dependency} was ${phase.fault}, so the platform would restart a process that is well.`,
        where: `${where} with ${phase.dependency} ${phase.fault}`,
        expected: 'a status from 200 to 299',
        observed: bad.error || String(bad.status),
        fix: 'Let liveness ask nothing but the process itself; dependencies belong to readiness.',
      })
    }
  }
}

function judgeReady(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const { readyPath: where, before, phases, dependencies } = observation
  const all = ['ready-frozen', 'ready-down', 'ready-recovers'] as const
  const needed = dependencies.some((dependency) => dependency.required)
  for (const phase of phases.filter(tellsOfOptional)) judgeOptionalPhase(verdicts, phase, where)
  if (!needed && noDependencies(observation)) {
    for (const aspect of all) verdicts.notApplicable(aspect, 'no-required-dependency')
    if (where === '') verdicts.notApplicable('ready-fast', 'no-required-dependency')
    else judgeReadySpeed(verdicts, observation, params)
    return
  }
  if (where === '' && !needed) {
    undeclared(verdicts, [...all, 'ready-fast'])
    return
  }
  if (where === '') {
    for (const aspect of [...all, 'ready-fast'] as const) {
      verdicts.fail(aspect, {
        code: 'no-readiness-endpoint',
        message: 'There is no endpoint that says whether the service can serve.',
        where: 'probes.ready',
        expected: 'an endpoint that answers 503 while a required dependency is gone',
        observed: `none declared; tried ${observation.tried.join(', ')}`,
        fix: 'Serve GET /ready that asks each required dependency within a short limit, and declare it as `probes.ready`.',
      })
    }
    return
  }
  judgeReadySpeed(verdicts, observation, params)
  if (!needed) {
    undeclared(verdicts, all)
    return
  }
  if (!steady(before.ready)) {
    noSteadyState(verdicts, all, where, before.ready)
    return
  }
  for (const phase of phases.filter((candidate) => candidate.required)) judgePhase(verdicts, phase, where, params)
}

/** Before and with each dependency gone: one that is done without can hold up the probe that asks it as well. */
function judgeReadySpeed(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const { readyPath: where, before, phases } = observation
  // What any answer takes here and now is the machine's and not the probe's: a limit of 900 ms inside it must not tip over.
  const noiseMs = [before.live, ...phases.map((phase) => phase.live)].map((samples) =>
    Math.min(NOISE_MS_MAX, 2 * medianOf(samples)),
  )
  judgeSpeed(verdicts, 'ready-fast', where, [before.ready, ...phases.map((phase) => phase.ready)], params, noiseMs)
}

/**
 * Only a no is spoken of: that readiness stays is no proof of the aspect, which is about what is required. Readiness must
 * have been well right before: what an earlier fault left behind is not this one's.
 */
function judgeOptionalPhase(verdicts: Verdicts<Aspect>, phase: Phase, where: string): void {
  const bad = phase.ready.find((sample) => !isOk(sample))
  if (!bad) return
  verdicts.fail(aspectOf(phase), {
    code: 'ready-tracks-optional',
    message: `${where} failed while ${phase.dependency} was ${phase.fault}, which the service is said to do without: one outage of it takes every instance out of rotation.`,
    where: `${where} with ${phase.dependency} ${phase.fault}`,
    expected: 'a status from 200 to 299',
    observed: `${bad.error || bad.status} after ${bad.atMs} ms`,
    fix: `Leave ${phase.dependency} out of readiness, or report it there as degraded with 200. If the service can't serve without it, declare it as required.`,
  })
}

function judgePhase(verdicts: Verdicts<Aspect>, phase: Phase, where: string, params: Params): void {
  const aspect = aspectOf(phase)
  const place = `${where} with ${phase.dependency} ${phase.fault}`
  // No answer is no readiness either: the platform takes a time-out for a no.
  const turned = phase.ready.find((sample) => !isOk(sample) && sample.atMs <= params.turnMsMax + params.probeMsMax)
  const last = phase.ready.at(-1)
  if (!seen(phase) || last === undefined) {
    verdicts.inconclusive(aspect, notSeen(phase)).inconclusive('ready-recovers', notSeen(phase))
    return
  }
  if (turned && !isOk(last)) verdicts.pass(aspect)
  else {
    verdicts.fail(aspect, {
      code: 'ready-despite-fault',
      message: `${where} went on saying ready for more than ${params.turnMsMax} ms with ${phase.dependency} ${phase.fault}.`,
      where: place,
      expected: `a status outside 200 to 299 within ${params.turnMsMax} ms`,
      observed: `${phase.ready.length} samples, the last ${last.error || last.status} after ${last.atMs} ms`,
      fix: 'Ask each required dependency in the readiness endpoint, with a limit below 1 s, and answer 503 when it fails.',
    })
  }
  const back = phase.readyAfter.find((sample) => isOk(sample) && sample.atMs <= params.turnMsMax + params.probeMsMax)
  if (back) verdicts.pass('ready-recovers')
  else {
    verdicts.fail('ready-recovers', {
      code: 'ready-does-not-return',
      message: `${where} did not say ready again within ${params.turnMsMax} ms after ${phase.dependency} was back.`,
      where: place,
      expected: `a status from 200 to 299 within ${params.turnMsMax} ms`,
      observed:
        phase.readyAfter
          .slice(-3)
          .map((sample) => sample.error || sample.status)
          .join(', ') || 'no answers',
      fix: 'Connect again by yourself, and let readiness ask anew each time.',
    })
  }
}

function judgeSpeed(
  verdicts: Verdicts<Aspect>,
  aspect: Aspect,
  where: string,
  groups: readonly (readonly Sample[])[],
  params: Params,
  noiseMs: readonly number[] = [],
): void {
  verdicts.pass(aspect)
  for (const [index, samples] of groups.entries()) {
    if (samples.length < SAMPLES_MIN) {
      noSteadyState(verdicts, [aspect], where, samples)
      continue
    }
    const medianMs = medianOf(samples)
    if (medianMs <= params.probeMsMax + (noiseMs[index] ?? 0)) continue
    verdicts.fail(aspect, {
      code: 'probe-slow',
      message: `${where} takes longer than a probe waits.`,
      where,
      expected: `a median of at most ${params.probeMsMax} ms, with a dependency gone as well`,
      observed: `median ${medianMs} ms of ${samples.length}`,
      fix: 'Give each question that the probe asks a limit of its own, below that of the probe.',
    })
  }
}

function isOk(sample: Sample): boolean {
  return sample.status >= 200 && sample.status < 300
}

function medianOf(samples: readonly Sample[]): number {
  return samples.map((sample) => sample.durationMs).toSorted((a, b) => a - b)[Math.floor((samples.length - 1) / 2)] ?? 0
}

function steady(samples: readonly Sample[]): boolean {
  return samples.length >= SAMPLES_MIN && samples.every(isOk)
}

function seen(phase: Phase): boolean {
  return (
    phase.faultSeen.held > 0 ||
    phase.faultSeen.broken > 0 ||
    phase.faultSeen.touchingRequestFailed ||
    phase.faultSeen.cutOff
  )
}

function aspectOf(phase: Phase): 'ready-frozen' | 'ready-down' {
  return phase.fault === 'frozen' ? 'ready-frozen' : 'ready-down'
}

/** Whether a phase shows what readiness does without a dependency that is not required. */
function tellsOfOptional(phase: Phase): boolean {
  return !phase.required && seen(phase) && steady(phase.readyBefore) && phase.ready.length > 0
}

function noDependencies(observation: Observation): boolean {
  const states = Object.values(observation.objects)
  return (
    !observation.dependencies.some((dependency) => dependency.required) &&
    (observation.dependencies.length > 0 || (states.length > 0 && states.every((state) => state === 'absent')))
  )
}

function notSeen(phase: Phase): Parameters<Verdicts<Aspect>['inconclusive']>[1] {
  return {
    code: 'fault-not-seen',
    message: `Nothing shows that ${phase.dependency} being ${phase.fault} reached the service.`,
    where: `dependencies.${phase.dependency}`,
    expected: 'data held or connections broken at the proxy, or a request that fails',
    observed: `${phase.faultSeen.held} chunks held, ${phase.faultSeen.broken} connections broken, ${phase.live.length} samples`,
    fix: `Declare a request that reaches it: requests: { list: { path: '/...', touches: ['${phase.dependency}'] } }`,
  }
}

function noSteadyState(
  verdicts: Verdicts<Aspect>,
  aspects: readonly Aspect[],
  where: string,
  samples: readonly Sample[],
): void {
  for (const aspect of aspects) {
    verdicts.inconclusive(aspect, {
      code: 'no-steady-state',
      message: `${where} did not answer well before anything was broken, or not often enough.`,
      where,
      expected: `at least ${SAMPLES_MIN} answers from 200 to 299`,
      observed: samples.map((sample) => sample.error || sample.status).join(', ') || 'no samples',
      fix: 'Correct `probes`, or see why the service is not ready.',
    })
  }
}

function undeclared(verdicts: Verdicts<Aspect>, aspects: readonly Aspect[]): void {
  for (const aspect of aspects) {
    verdicts.inconclusive(aspect, {
      code: 'dependencies-unknown',
      message: 'No dependency is declared, and it is not known that there is none.',
      where: 'dependencies',
      expected: 'every dependency declared, so that it can be taken away',
      observed: 'none',
      fix: `Add dependencies: { db: { kind: 'postgres' } } and hand its address over: start: { env: { DATABASE_URL: '{db.url}' } }`,
    })
  }
}

function tracksOptional(fault: Phase['fault']): Refutation<Observation, Aspect> {
  return {
    id: `tracks-optional-${fault}`,
    breaks: fault === 'frozen' ? 'ready-frozen' : 'ready-down',
    code: 'ready-tracks-optional',
    apply: (o) =>
      changePhases(
        o,
        (p) => p.fault === fault && tellsOfOptional(p),
        (p) => ({ ...p, ready: p.ready.map((s) => ({ ...s, status: 503 })) }),
      ),
  }
}

function changePhases(
  observation: Observation,
  fits: (phase: Phase) => boolean,
  change: (phase: Phase) => Phase,
): Observation | null {
  if (!observation.phases.some(fits)) return null
  return { ...observation, phases: observation.phases.map((phase) => (fits(phase) ? change(phase) : phase)) }
}

function slow(sample: Sample): Sample {
  return { ...sample, durationMs: 600_000 }
}

function ok(sample: Sample): Sample {
  return { ...sample, status: 200, error: '' }
}
