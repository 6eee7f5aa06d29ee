import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { asStarted, bootRecordSchema, describeBoot } from '../../lib-boot/boot-record.ts'

const requestSchema = z.strictObject({
  request: z.string(),
  touches: z.boolean(),
  status: z.int(),
  error: z.string(),
  durationMs: z.int(),
  /** The same request with everything up. */
  baseline: z.strictObject({ status: z.int(), durationMs: z.int() }),
})
const stateSchema = z.strictObject({
  dependency: z.string(),
  required: z.boolean(),
  /** `lost`: it was up at the start and then taken away. */
  state: z.enum(['absent', 'refused', 'frozen', 'lost']),
  boot: bootRecordSchema,
  /** Statuses of the readiness endpoint of an instance that came up; 0: no answer. */
  ready: z.array(z.int()),
  requests: z.array(requestSchema),
  /** Data held, connections broken or attempts at the proxy while it was frozen: the fault as it was seen. */
  seen: z.int(),
})
const observationSchema = z.strictObject({
  baseline: bootRecordSchema,
  readyPath: z.string(),
  /** What the readiness endpoint said with everything up, at last; null: there is none, or no required dependency. */
  readyBaseline: z.int().nullable(),
  /** Facts about objects that would be dependencies, by name. */
  objects: z.record(z.string(), z.enum(['present', 'absent', 'unknown'])),
  dependencies: z.array(
    z.strictObject({
      name: z.string(),
      required: z.boolean(),
      /** The configuration hands its address to the service, in the start or in a request. */
      handed: z.boolean(),
    }),
  ),
  states: z.array(stateSchema),
})
export type Observation = z.infer<typeof observationSchema>
type State = z.infer<typeof stateSchema>
const paramsSchema = z.strictObject({
  /** How much longer a start may take without an optional dependency. */
  startExtraMs: z.int().positive(),
  /** How much longer a request may take that doesn't touch it. */
  requestExtraMs: z.int().positive(),
  /** How long a request may take that does: it falls back or fails, and never hangs. */
  touchingMsMax: z.int().positive(),
  /** How long a start without a required dependency is watched; the owner's own limit if that is shorter. */
  decideMs: z.int().positive(),
})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['optional-start', 'optional-request', 'optional-lost', 'required-absent', 'required-frozen'] as const
type Aspect = (typeof ASPECTS)[number]
const NOT_MODIFIED = 304
const TOO_MANY_REQUESTS = 429
const OPTIONAL: readonly Aspect[] = ['optional-start', 'optional-request', 'optional-lost']

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    const known = observation.dependencies.length > 0 || isNone(observation.objects)
    const kinds = [
      { aspects: OPTIONAL, required: false },
      { aspects: ['required-absent', 'required-frozen'] as const, required: true },
    ]
    for (const { aspects, required } of kinds) {
      if (observation.dependencies.some((dependency) => dependency.required === required)) continue
      for (const aspect of aspects) {
        if (known) verdicts.notApplicable(aspect, required ? 'no-required-dependency' : 'no-optional-dependency')
        else {
          verdicts.inconclusive(aspect, {
            code: 'dependencies-unknown',
            message: 'No dependency is declared, and it is not known that there is none.',
            where: 'dependencies',
            expected: 'every dependency declared',
            observed: 'none',
            fix: `Add dependencies: { db: { kind: 'postgres', required: true } }`,
          })
        }
      }
    }
    for (const state of observation.states) {
      if (state.required) judgeRequired(verdicts, state, observation)
      else judgeOptional(verdicts, state, observation, params)
    }
    return verdicts.done()
  },
  refutations: [
    {
      id: 'blocks-start',
      breaks: 'optional-start',
      code: 'start-blocked',
      apply: (o) =>
        change(
          o,
          (s) => !s.required && s.state !== 'lost',
          (s) => ({ ...s, boot: { ...s.boot, outcome: 'exited', code: 1 }, requests: [] }),
        ),
    },
    {
      id: 'slows-start',
      breaks: 'optional-start',
      code: 'start-slow',
      apply: (o) =>
        change(
          o,
          (s) => !s.required && s.state !== 'lost',
          (s) => ({ ...s, boot: { ...s.boot, afterMs: 3_600_000 } }),
        ),
    },
    {
      id: 'blocks-request',
      breaks: 'optional-request',
      code: 'request-blocked',
      apply: (o) =>
        change(
          o,
          (s) => !s.required && s.state !== 'lost' && s.requests.length > 0,
          (s) => ({
            ...s,
            requests: s.requests.map((r) => ({ ...r, status: 0, error: 'timeout', durationMs: 3_600_000 })),
          }),
        ),
    },
    {
      id: 'lost-fails-request',
      breaks: 'optional-lost',
      code: 'request-blocked',
      apply: (o) =>
        change(
          o,
          (s) => s.state === 'lost',
          (s) => ({ ...s, requests: s.requests.map((r) => ({ ...r, status: 500 })) }),
        ),
    },
    ...[429, 401].map((status) => ({
      id: `answers-${status}`,
      breaks: 'optional-request' as const,
      code: 'request-blocked',
      apply: (o: Observation) =>
        change(
          o,
          (s) => !s.required && s.state === 'frozen' && s.requests.some((r) => !r.touches),
          (s) => ({ ...s, requests: s.requests.map((r) => (r.touches ? r : { ...r, status })) }),
        ),
    })),
    {
      id: 'lost-answers-401',
      breaks: 'optional-lost',
      code: 'request-blocked',
      apply: (o) =>
        change(
          o,
          (s) => s.state === 'lost' && s.requests.some((r) => !r.touches),
          (s) => ({ ...s, requests: s.requests.map((r) => (r.touches ? r : { ...r, status: 401 })) }),
        ),
    },
    {
      id: 'frozen-not-seen',
      breaks: 'optional-request',
      code: 'fault-not-seen',
      apply: (o) =>
        change(
          o,
          (s) => !s.required && s.state === 'frozen',
          (s) => ({ ...s, seen: 0 }),
        ),
    },
    {
      id: 'loss-not-seen',
      breaks: 'optional-lost',
      code: 'fault-not-seen',
      apply: (o) =>
        change(
          o,
          (s) => s.state === 'lost',
          (s) => ({ ...s, seen: 0 }),
        ),
    },
    {
      id: 'address-not-handed',
      breaks: 'optional-start',
      code: 'fault-not-seen',
      apply: (o) =>
        o.dependencies.some((d) => !d.required)
          ? {
              ...o,
              dependencies: o.dependencies.map((d) => ({ ...d, handed: false })),
              states: o.states.map((s) => ({ ...s, seen: 0 })),
            }
          : null,
    },
    {
      id: 'never-ready',
      breaks: 'required-absent',
      code: 'never-ready',
      apply: (o) => {
        const broken = change(
          o,
          (s) => s.required && s.state === 'absent',
          (s) => ({ ...s, boot: asStarted(s.boot), ready: [404, 404] }),
        )
        return broken && { ...broken, readyBaseline: 404 }
      },
    },
    {
      id: 'required-ready',
      breaks: 'required-absent',
      code: 'ready-without-dependency',
      apply: (o) =>
        change(
          o,
          (s) => s.required && s.state === 'absent',
          (s) => ({ ...s, boot: asStarted(s.boot), ready: [200] }),
        ),
    },
    {
      id: 'required-exit-0',
      breaks: 'required-absent',
      code: 'exit-zero',
      apply: (o) =>
        change(
          o,
          (s) => s.required && s.state === 'absent',
          (s) => ({ ...s, boot: { ...s.boot, outcome: 'exited', code: 0 } }),
        ),
    },
    {
      id: 'required-crash',
      breaks: 'required-frozen',
      code: 'killed-by-signal',
      apply: (o) =>
        change(
          o,
          (s) => s.required && s.state === 'frozen',
          (s) => ({ ...s, boot: { ...s.boot, outcome: 'exited', code: null, signal: 'SIGSEGV' } }),
        ),
    },
    {
      id: 'required-hang',
      breaks: 'required-frozen',
      code: 'neither-up-nor-gone',
      apply: (o) =>
        change(
          o,
          (s) => s.required && s.state === 'frozen',
          (s) => ({ ...s, boot: { ...s.boot, outcome: 'not-ready', code: null, signal: null, portOpened: false } }),
        ),
    },
    {
      id: 'silent-exit',
      breaks: 'required-absent',
      code: 'silent-exit',
      apply: (o) =>
        change(
          o,
          (s) => s.required && s.state === 'absent',
          (s) => ({ ...s, boot: { ...s.boot, outcome: 'exited', code: 1, signal: null, lines: [] } }),
        ),
    },
  ],
})

function judgeOptional(verdicts: Verdicts<Aspect>, state: State, observation: Observation, params: Params): void {
  const { baseline } = observation
  const where = `${state.dependency} ${state.state}`
  const requestAspect: Aspect = state.state === 'lost' ? 'optional-lost' : 'optional-request'
  const unknown = isUnknown(state.dependency, observation)
  if (state.state !== 'lost') {
    const limitMs = 2 * baseline.afterMs + params.startExtraMs
    if (state.boot.outcome !== 'ready' || state.boot.afterMs > limitMs) {
      verdicts.fail('optional-start', {
        code: state.boot.outcome === 'ready' ? 'start-slow' : 'start-blocked',
        message: `The service did not start as it does otherwise with the optional ${state.dependency} ${state.state}.`,
        where,
        expected: `ready within ${limitMs} ms (${baseline.afterMs} ms with everything up)`,
        observed: describeBoot(state.boot),
        fix: 'Connect to optional dependencies in the background, with a time limit, after the port was opened.',
      })
      return
    }
    if (unknown) notHanded(verdicts, 'optional-start', state)
    else verdicts.pass('optional-start')
  }
  const untouched = state.requests.filter(
    (request) => !request.touches && request.baseline.status > 0 && request.baseline.status < 500,
  )
  if (unknown) {
    notHanded(verdicts, requestAspect, state)
    return
  }
  if (untouched.length === 0 || isUnseen(state)) {
    verdicts.inconclusive(requestAspect, {
      code: untouched.length === 0 ? 'no-requests' : 'fault-not-seen',
      message: `No request showed how the service works with ${state.dependency} ${state.state}.`,
      where,
      expected: 'declared requests that only read, some of which do not touch it, and a fault that the proxy saw',
      observed: `${state.requests.length} requests, ${state.seen} seen at the proxy`,
      fix: `Declare requests: { list: { path: '/...', touches: [] } }, and say in \`touches\` which of them reach ${state.dependency}, each time that they are sent.`,
    })
    return
  }
  verdicts.pass(requestAspect)
  for (const request of state.requests) {
    const limitMs = request.touches ? params.touchingMsMax : 2 * request.baseline.durationMs + params.requestExtraMs
    const right = request.touches ? request.status > 0 : isAsBefore(request.status, request.baseline.status)
    if (right && request.durationMs <= limitMs) continue
    verdicts.fail(requestAspect, {
      code: 'request-blocked',
      message: `${request.request} was not answered as it should be with the optional ${state.dependency} ${state.state}.`,
      where: `${request.request} with ${where}`,
      expected: request.touches ? `an answer within ${limitMs} ms` : `${request.baseline.status} within ${limitMs} ms`,
      observed: `${request.error || request.status} after ${request.durationMs} ms`,
      fix: `Give each call of an optional dependency a time limit and a fallback, and call it only where it is needed. If this request is meant to reach ${state.dependency}, say so in its \`touches\`.`,
    })
  }
}

/**
 * Nothing reached the proxy of a dependency that hangs, though a request is said to. Where none is said to, the service may
 * have had no reason to ask.
 */
function isUnseen({ state, seen, requests }: State): boolean {
  return seen === 0 && (state === 'frozen' || state === 'lost') && requests.some((request) => request.touches)
}

/** Nobody told the service where it is, and it did not find it by itself. */
function isUnknown(name: string, { dependencies, states }: Observation): boolean {
  const isHanded = dependencies.some((dependency) => dependency.name === name && dependency.handed)
  return !isHanded && states.every((state) => state.dependency !== name || state.seen === 0)
}

function notHanded(verdicts: Verdicts<Aspect>, aspect: Aspect, { dependency, state }: State): void {
  verdicts.inconclusive(aspect, {
    code: 'fault-not-seen',
    message: `The service was never told where ${dependency} is, so that its faults did not reach it.`,
    where: `${dependency} ${state}`,
    expected: `the address of ${dependency} in the start, as a placeholder`,
    observed: 'neither the start nor a request names it, and nothing reached its proxy',
    fix: `Hand it over: start: { env: { ADDRESS: '{${dependency}.url}' } }`,
  })
}

/**
 * Whether an answer is as good as the one with everything up: of the same kind, such as 200 and 304, or better; a refusal is
 * the same refusal. A baseline that shows nothing of the request itself asks for no more than an answer.
 */
function isAsBefore(status: number, baseline: number): boolean {
  if (status === 0) return false
  if (baseline >= 500) return true
  const showsNothing = baseline === 0 || baseline === TOO_MANY_REQUESTS
  if (showsNothing) return status < 500
  if (status >= 400) return status === baseline
  // A way elsewhere instead of the answer: to the sign-in, say.
  return !(isRedirect(status) && baseline < 400 && !isRedirect(baseline))
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== NOT_MODIFIED
}

function judgeRequired(verdicts: Verdicts<Aspect>, state: State, observation: Observation): void {
  const aspect: Aspect = state.state === 'frozen' ? 'required-frozen' : 'required-absent'
  const { boot, ready } = state
  const { readyPath, readyBaseline } = observation
  const problem = requiredProblem(state, readyPath)
  const said = ready.length > 0 ? `; ${readyPath} said ${ready.join(', ')}` : ''
  if (problem) {
    verdicts.fail(aspect, {
      ...problem,
      where: `${state.dependency} ${state.state}`,
      expected: 'one line and an exit code other than 0, or an instance that says it is not ready',
      observed: describeBoot(boot) + said,
      fix: 'Retry within a bound; then log one line and exit with a code other than 0, or stay up and let readiness answer 503.',
    })
  } else if (boot.outcome === 'ready' && readyBaseline !== null && !isGood(readyBaseline)) {
    verdicts.inconclusive(aspect, {
      code: 'never-ready',
      message: `${readyPath} does not say that the service is ready with everything up either, so its no shows nothing.`,
      where: `${state.dependency} ${state.state}`,
      expected: `2xx from ${readyPath} with everything up`,
      observed: `${readyBaseline || 'no answer'} with everything up${said}`,
      fix: 'Correct `probes.ready`, or give the headers that it needs in `probes.headers`.',
    })
  } else verdicts.pass(aspect)
}

function requiredProblem(
  { boot, ready, dependency, state }: State,
  readyPath: string,
): { code: string; message: string } | null {
  const what = `With the required ${dependency} ${state}`
  if (boot.outcome === 'exited') {
    if (boot.code === 0) return { code: 'exit-zero', message: `${what} it exited as if all were well.` }
    if (boot.code === null) return { code: 'killed-by-signal', message: `${what} it was ended by a signal.` }
    return boot.lines.length === 0 ? { code: 'silent-exit', message: `${what} it exited without a word.` } : null
  }
  if (boot.outcome === 'not-ready') {
    return boot.portOpened ? null : { code: 'neither-up-nor-gone', message: `${what} it neither listened nor exited.` }
  }
  if (readyPath === '' || ready.length === 0)
    return {
      code: 'ready-without-dependency',
      message: `${what} it came up, and no readiness endpoint says that it can't serve.`,
    }
  return ready.some(isGood) ? { code: 'ready-without-dependency', message: `${what} it says that it is ready.` } : null
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300
}

function isNone(objects: Observation['objects']): boolean {
  const states = Object.values(objects)
  return states.length > 0 && states.every((state) => state === 'absent')
}

function change(
  observation: Observation,
  fits: (state: State) => boolean,
  alter: (state: State) => State,
): Observation | null {
  if (!observation.states.some(fits)) return null
  return { ...observation, states: observation.states.map((state) => (fits(state) ? alter(state) : state)) }
}
