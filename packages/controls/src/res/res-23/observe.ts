import { type CheckContext, defineCheck, type HttpAnswer, type Instance, type RequestSpec } from '@greengate/contracts'
import type { BootRecord } from '../../lib-boot/boot-record.ts'
import { baselineBoot, inParallel, recordBoot } from '../../lib-boot/boots.ts'
import {
  dependencyObjects,
  dependencyOf,
  readsNotTouching,
  readsTouching,
  requestFrom,
} from '../../lib-boot/dependencies.ts'
import { SourceAddresses, waitUntil } from '../../lib-http/exchange.ts'
import { control } from './control.ts'
import { judge, type Observation, type Params } from './judge.ts'

const STARTS_AT_ONCE = 2
/** With a dependency gone; of those that touch it and of the others each. */
const REQUESTS_MAX = 6
const READY_SAMPLES = 3
const BETWEEN_MS = 1000
/** Repetitions of a request that was refused beside others. */
const ALONE_MAX = 3

type Context = CheckContext<Params>
type State = Observation['states'][number]
type Baselines = ReadonlyMap<RequestSpec, { status: number; durationMs: number }>

interface Plan {
  readonly dependency: string
  readonly required: boolean
  readonly state: State['state']
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: true, timeoutMs: 600_000 },
  async observe(context: Context) {
    const addresses = new SourceAddresses(context.random)
    const baselines = new Map<RequestSpec, { status: number; durationMs: number }>()
    const { baseline, readyBaseline } = await measureBaseline(context, addresses, baselines)
    const declared = Object.entries(context.config.dependencies)
    const plans: Plan[] = declared.flatMap(([dependency, { required }]) =>
      (required ? (['absent', 'refused', 'frozen'] as const) : (['absent', 'refused', 'frozen', 'lost'] as const)).map(
        (state) => ({ dependency, required, state }),
      ),
    )
    const states = await inParallel(plans, STARTS_AT_ONCE, (plan) =>
      playState(context, plan, baseline, baselines, addresses),
    )
    const data: Observation = {
      baseline,
      readyPath: context.config.probes.ready ?? '',
      readyBaseline,
      objects: dependencyObjects(context),
      dependencies: declared.map(([name, { required }]) => ({ name, required, handed: isHanded(context, name) })),
      states,
    }
    const requests = states.reduce((sum, state) => sum + state.requests.length, 0)
    return {
      data,
      exercised: { starts: states.length + 1, requests, faultSeen: states.filter((state) => state.seen > 0).length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'optional-blocks-start',
      breaks: 'optional-start',
      code: 'start-blocked',
      arrange: (bed) => bed.service(['optional-dependency-blocks-start']),
    },
    {
      id: 'optional-blocks-request',
      breaks: 'optional-request',
      code: 'request-blocked',
      arrange: (bed) => bed.service(['optional-dependency-blocks-request']),
    },
    {
      id: 'optional-refuses-request',
      breaks: 'optional-request',
      code: 'request-blocked',
      arrange: (bed) => bed.service(['optional-dependency-refuses-requests']),
    },
    {
      id: 'optional-lost-refuses-request',
      breaks: 'optional-lost',
      code: 'request-blocked',
      arrange: (bed) => bed.service(['optional-dependency-refuses-requests']),
    },
    {
      id: 'optional-lost',
      breaks: 'optional-lost',
      code: 'request-blocked',
      arrange: (bed) => bed.service(['optional-dependency-blocks-request']),
    },
    {
      id: 'db-missing-exit-0',
      breaks: 'required-absent',
      code: 'exit-zero',
      arrange: (bed) => bed.service(['db-missing-exit-0']),
    },
    {
      id: 'db-missing-ready',
      breaks: 'required-frozen',
      code: 'ready-without-dependency',
      arrange: (bed) => bed.service(['db-missing-hang']),
    },
  ],
})

async function measureBaseline(
  context: Context,
  addresses: SourceAddresses,
  into: Map<RequestSpec, { status: number; durationMs: number }>,
): Promise<Pick<Observation, 'readyBaseline'> & { baseline: BootRecord }> {
  const isReadinessNeeded =
    context.config.probes.ready !== undefined &&
    Object.values(context.config.dependencies).some(({ required }) => required)
  let readyBaseline: Observation['readyBaseline'] = isReadinessNeeded ? 0 : null
  const record = await recordBoot(context, { purpose: 'as configured' }, async (instance) => {
    for (const spec of Object.values(context.config.requests).filter((request) => request.effect === 'read')) {
      const { status, durationMs } = await instance.http(
        requestFrom(instance, spec, addresses.next(), context.params.touchingMsMax * 2),
      )
      into.set(spec, { status, durationMs: Math.round(durationMs) })
    }
    // It may get ready later than it answers, and has as long as its owner gives it.
    const limitMs = context.config.start?.readyTimeoutMs ?? context.params.decideMs
    if (isReadinessNeeded)
      await waitUntil(context, limitMs, async () => {
        readyBaseline = await askReadiness(context, instance, addresses)
        return readyBaseline >= 200 && readyBaseline < 300
      })
  })
  return { baseline: record.outcome === 'ready' ? record : await baselineBoot(context), readyBaseline }
}

/** Whether a placeholder of its address stands in what the service is given: its start, or a request. */
function isHanded({ config }: Context, name: string): boolean {
  const { start, identities, requests, seed, signIn } = config
  const given = JSON.stringify([start, identities, requests, seed, signIn])
  return ['url', 'host', 'port'].some((part) => given.includes(`{${name}.${part}}`))
}

async function playState(
  context: Context,
  plan: Plan,
  baseline: BootRecord,
  baselines: Baselines,
  addresses: SourceAddresses,
): Promise<State> {
  const { params } = context
  const found: Pick<State, 'ready' | 'requests'> & { seen: number } = { ready: [], requests: [], seen: 0 }
  const ownerMs = context.config.start?.readyTimeoutMs ?? params.decideMs
  const patienceMs = plan.required ? params.decideMs : 2 * baseline.afterMs + params.startExtraMs
  const boot = await recordBoot(
    context,
    {
      purpose: plan.state === 'lost' ? `to lose ${plan.dependency}` : `with ${plan.dependency} ${plan.state}`,
      ...(plan.state === 'lost' ? {} : { dependencies: { [plan.dependency]: plan.state } }),
      // An optional one gets a little longer than is right, so that late is told from never.
      readyTimeoutMs: plan.required ? Math.min(ownerMs, Math.max(patienceMs, 4 * baseline.afterMs)) : patienceMs + 5000,
    },
    async (instance) => {
      const dependency = dependencyOf(instance, plan.dependency)
      const before = dependency.counters()
      if (plan.required) found.ready = await readiness(context, instance, addresses)
      else {
        // Frozen and not refused: a loss that nobody is told of is the worse one.
        if (plan.state === 'lost') await dependency.freeze()
        found.requests = await requests(context, instance, plan.dependency, baselines, addresses)
      }
      const after = dependency.counters()
      // From the start on where it was frozen from the start on; else only what came after it was lost.
      const seenBefore = plan.state === 'lost' ? before.accepted : 0
      found.seen = after.heldWhileFrozen + (after.accepted - seenBefore) + (after.broken - before.broken)
    },
  )
  return { ...plan, boot, ...found }
}

/** What the readiness endpoint of an instance without a required dependency says over a few seconds. */
async function readiness(context: Context, instance: Instance, addresses: SourceAddresses): Promise<number[]> {
  const path = context.config.probes.ready
  const statuses: number[] = []
  for (let index = 0; path !== undefined && index < READY_SAMPLES; index++) {
    if (index > 0) await context.clock.sleep(BETWEEN_MS, context.signal)
    statuses.push(await askReadiness(context, instance, addresses))
  }
  return statuses
}

async function askReadiness(context: Context, instance: Instance, addresses: SourceAddresses): Promise<number> {
  const { ready: path = '/', headers } = context.config.probes
  return (await instance.http({ path, headers, from: addresses.next() })).status
}

async function requests(
  context: Context,
  instance: Instance,
  dependency: string,
  baselines: Baselines,
  addresses: SourceAddresses,
): Promise<State['requests']> {
  // So many of each: those that reach it must not leave those out that do not.
  const specs = [
    ...readsTouching(context, dependency)
      .slice(0, REQUESTS_MAX)
      .map((spec) => ({ spec, touches: true })),
    ...readsNotTouching(context, dependency)
      .slice(0, REQUESTS_MAX)
      .map((spec) => ({ spec, touches: false })),
  ]
  const ask = (spec: RequestSpec): Promise<HttpAnswer> =>
    instance.http(requestFrom(instance, spec, addresses.next(), context.params.touchingMsMax + 1000))
  const baselineOf = (spec: RequestSpec): { status: number; durationMs: number } =>
    baselines.get(spec) ?? { status: 0, durationMs: 0 }
  // All at once: one that hangs on the dependency must not be waited for by the others.
  const answers = await Promise.all(
    specs.map(async ({ spec, touches }) => ({ spec, touches, answer: await ask(spec) })),
  )
  const rows: State['requests'] = []
  for (const { spec, touches, answer: first } of answers) {
    const baseline = baselineOf(spec)
    let answer = first
    // The baseline was asked one after the other: who refuses because of so many at once lets in one that comes alone.
    for (
      let index = 0;
      index < ALONE_MAX && !touches && isRefusal(answer) && answer.status !== baseline.status;
      index++
    ) {
      await context.clock.sleep(BETWEEN_MS, context.signal)
      answer = await ask(spec)
    }
    const { status, error, durationMs } = answer
    rows.push({
      request: `${spec.method} ${spec.path}`,
      touches,
      status,
      error,
      durationMs: Math.round(durationMs),
      baseline,
    })
  }
  return rows
}

function isRefusal({ status }: HttpAnswer): boolean {
  return status >= 400 && status < 500
}
