import { type CheckContext, defineCheck, type Instance, type RequestSpec } from '@greengate/contracts'
import type { BootRecord } from '../../lib-boot/boot-record.ts'
import { baselineBoot, inParallel, recordBoot } from '../../lib-boot/boots.ts'
import {
  dependencyObjects,
  dependencyOf,
  readsNotTouching,
  readsTouching,
  requestFrom,
} from '../../lib-boot/dependencies.ts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { control } from './control.ts'
import { judge, type Observation, type Params } from './judge.ts'

const STARTS_AT_ONCE = 2
/** With a dependency gone; of those that touch it and of the others each. */
const REQUESTS_MAX = 6
const READY_SAMPLES = 3
const BETWEEN_MS = 1000

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
    const baseline = await measureBaseline(context, addresses, baselines)
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
      objects: dependencyObjects(context),
      dependencies: declared.map(([name, { required }]) => ({ name, required })),
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
): Promise<BootRecord> {
  let measure: Promise<void> | undefined
  const record = await recordBoot(context, { purpose: 'as configured' }, (instance) => {
    measure = (async () => {
      for (const spec of Object.values(context.config.requests).filter((request) => request.effect === 'read')) {
        const { status, durationMs } = await instance.http(
          requestFrom(instance, spec, addresses.next(), context.params.touchingMsMax * 2),
        )
        into.set(spec, { status, durationMs: Math.round(durationMs) })
      }
    })()
    return measure
  })
  return record.outcome === 'ready' ? record : baselineBoot(context)
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
      found.seen = after.heldWhileFrozen + (after.broken - before.broken)
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
    statuses.push(
      (await instance.http({ path, headers: context.config.probes.headers, from: addresses.next() })).status,
    )
  }
  return statuses
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
  // All at once: one that hangs on the dependency must not be waited for by the others.
  return Promise.all(
    specs.map(async ({ spec, touches }) => {
      const answer = await instance.http(
        requestFrom(instance, spec, addresses.next(), context.params.touchingMsMax + 1000),
      )
      return {
        request: `${spec.method} ${spec.path}`,
        touches,
        status: answer.status,
        error: answer.error,
        durationMs: Math.round(answer.durationMs),
        baseline: baselines.get(spec) ?? { status: 0, durationMs: 0 },
      }
    }),
  )
}
