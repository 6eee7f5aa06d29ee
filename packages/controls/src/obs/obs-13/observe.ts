import { type CheckContext, defineCheck, type Dependency, type Instance, needTestbed } from '@greengate/contracts'
import { dependencyObjects, dependencyOf, readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { control } from './control.ts'
import { judge, type Observation, type Params } from './judge.ts'

const LIVE_PATHS = [
  '/health',
  '/healthz',
  '/livez',
  '/live',
  '/health/live',
  '/-/healthy',
  '/ping',
  '/actuator/health/liveness',
]
const READY_PATHS = ['/ready', '/readyz', '/health/ready', '/-/ready', '/readiness', '/actuator/health/readiness']
const SAMPLES = 7
/** While something is broken each answer may take as long as a probe waits. */
const PHASE_SAMPLES = 5
const BETWEEN_MS = 150
/** How long readiness is watched without a dependency that is not required: longer than most health checks keep an answer. */
const OPTIONAL_WATCH_MS = 5_000
/** A probe waits longer than the limit, so that a slow answer is told from none. */
const PROBE_TIMEOUT_FACTOR = 4

type Sample = Observation['before']['live'][number]

interface Probing {
  readonly context: CheckContext<Params>
  readonly instance: Instance
  readonly addresses: SourceAddresses
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: true, timeoutMs: 420_000 },
  async observe(context: CheckContext<Params>) {
    const instance = await needTestbed(context).boot({ purpose: 'to take its dependencies away' })
    try {
      const probing: Probing = { context, instance, addresses: new SourceAddresses(context.random) }
      const tried: string[] = []
      const livePath = context.config.probes.live ?? (await find(probing, LIVE_PATHS, tried))
      const readyPath = context.config.probes.ready ?? (await find(probing, READY_PATHS, tried))
      const before = {
        live: await samples(probing, livePath, SAMPLES),
        ready: await samples(probing, readyPath, SAMPLES),
      }
      const phases: Observation['phases'] = []
      for (const [name, spec] of Object.entries(context.config.dependencies)) {
        for (const fault of ['frozen', 'down'] as const) {
          context.progress(`${name} ${fault}`)
          phases.push(await phase(probing, { name, required: spec.required, fault, livePath, readyPath }))
        }
      }
      const dependencies = Object.entries(context.config.dependencies).map(([name, spec]) => ({
        name,
        required: spec.required,
      }))
      const count = phases.reduce(
        (sum, p) => sum + [p.readyBefore, p.live, p.ready, p.readyAfter, p.liveAfter].flat().length,
        0,
      )
      return {
        data: { livePath, readyPath, tried, before, dependencies, objects: dependencyObjects(context), phases },
        exercised: {
          samples: before.live.length + before.ready.length + count,
          faults: phases.length,
          faultSeen: phases.filter((p) => Object.values(p.faultSeen).some(Boolean)).length,
        },
      }
    } finally {
      await instance.stop()
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'live-tracks-db',
      breaks: 'live-independent',
      code: 'live-tracks-dependency',
      arrange: (bed) => bed.service(['live-tracks-db']),
    },
    {
      id: 'ready-constant-frozen',
      breaks: 'ready-frozen',
      code: 'ready-despite-fault',
      arrange: (bed) => bed.service(['ready-constant'], { params: { turnMsMax: 3000 } }),
    },
    {
      id: 'ready-constant-down',
      breaks: 'ready-down',
      code: 'ready-despite-fault',
      arrange: (bed) => bed.service(['ready-constant'], { params: { turnMsMax: 3000 } }),
    },
    // Two seconds are slow for a short limit as for a long one, and a short one gives up sooner.
    {
      id: 'live-slow',
      breaks: 'live-fast',
      code: 'probe-slow',
      arrange: (bed) => bed.service(['live-slow'], { params: { probeMsMax: 300, turnMsMax: 3000 } }),
    },
    {
      id: 'ready-never-returns',
      breaks: 'ready-recovers',
      code: 'ready-does-not-return',
      arrange: (bed) => bed.service(['ready-never-returns'], { params: { turnMsMax: 3000 } }),
    },
    // Its answer is kept for two seconds: who asks only at once, sees nothing.
    {
      id: 'ready-tracks-optional-frozen',
      breaks: 'ready-frozen',
      code: 'ready-tracks-optional',
      arrange: (bed) => bed.service(['ready-tracks-prices'], { params: { turnMsMax: 3000 } }),
    },
    {
      id: 'ready-tracks-optional-down',
      breaks: 'ready-down',
      code: 'ready-tracks-optional',
      arrange: (bed) => bed.service(['ready-tracks-prices'], { params: { turnMsMax: 3000 } }),
    },
    {
      id: 'ready-slow',
      breaks: 'ready-fast',
      code: 'probe-slow',
      arrange: (bed) => bed.service(['ready-slow'], { params: { probeMsMax: 300, turnMsMax: 3000 } }),
    },
  ],
})

interface PhasePlan {
  readonly name: string
  readonly required: boolean
  readonly fault: 'frozen' | 'down'
  readonly livePath: string
  readonly readyPath: string
}

async function phase(probing: Probing, plan: PhasePlan): Promise<Observation['phases'][number]> {
  const { context, instance } = probing
  const dependency = dependencyOf(instance, plan.name)
  const readyBefore = plan.required ? [] : await samples(probing, plan.readyPath, PHASE_SAMPLES)
  const touching = readsTouching(context, plan.name)[0]
  const up = dependency.counters()
  if (touching) await instance.http(requestFrom(instance, touching, probing.addresses.next(), context.params.turnMsMax))
  const counters = dependency.counters()
  const reached = counters.bytesToServer > up.bytesToServer
  await breakIt(dependency, plan.fault)
  const startedMs = context.clock.monotonicMs()
  // Makes sure that the service meets the fault, whatever its probes do.
  const touch =
    touching && instance.http(requestFrom(instance, touching, probing.addresses.next(), context.params.turnMsMax))
  let live: Sample[]
  let ready: Sample[] = []
  let during = counters
  try {
    live = await samples(probing, plan.livePath, PHASE_SAMPLES, startedMs)
    if (plan.required) ready = await until(probing, plan.readyPath, startedMs, (sample) => !isOk(sample))
    const betweenMs = plan.required ? BETWEEN_MS : Math.min(OPTIONAL_WATCH_MS, context.params.turnMsMax) / PHASE_SAMPLES
    ready.push(...(await samples(probing, plan.readyPath, PHASE_SAMPLES, startedMs, betweenMs)))
  } finally {
    // Read before the fault ends: what passes afterwards is no part of it.
    during = dependency.counters()
    await dependency.restore()
  }
  const restoredMs = context.clock.monotonicMs()
  const after = dependency.counters()
  const answer = await touch
  // Waited for after every fault: the next one is to begin with a readiness that is well.
  const readyAfter = await until(probing, plan.readyPath, restoredMs, isOk)
  const liveAfter = await samples(probing, plan.livePath, 1, restoredMs)
  const faultSeen = {
    held: after.heldWhileFrozen - counters.heldWhileFrozen,
    broken: after.broken - counters.broken,
    touchingRequestFailed: answer !== undefined && answer.status !== touching?.expect,
    cutOff: reached && during.bytesToClient === counters.bytesToClient,
  }
  return {
    dependency: plan.name,
    required: plan.required,
    fault: plan.fault,
    faultSeen,
    readyBefore,
    live,
    ready,
    liveAfter,
    readyAfter,
  }
}

function breakIt(dependency: Dependency, fault: PhasePlan['fault']): Promise<void> {
  return fault === 'frozen' ? dependency.freeze() : dependency.refuse()
}

/** Asks until an answer fits or the time for the turn is up. */
async function until(
  probing: Probing,
  path: string,
  sinceMs: number,
  fits: (sample: Sample) => boolean,
): Promise<Sample[]> {
  const { clock, params, signal } = probing.context
  const out: Sample[] = []
  while (path !== '' && !signal.aborted) {
    const [sample] = await samples(probing, path, 1, sinceMs)
    if (!sample) break
    out.push(sample)
    if (fits(sample) || clock.monotonicMs() - sinceMs > params.turnMsMax) break
  }
  return out
}

/** Asks a probe's path several times; nothing where there is none. */
async function samples(
  probing: Probing,
  path: string,
  count: number,
  sinceMs?: number,
  betweenMs = BETWEEN_MS,
): Promise<Sample[]> {
  const { context, instance, addresses } = probing
  const startedMs = sinceMs ?? context.clock.monotonicMs()
  const out: Sample[] = []
  for (let index = 0; path !== '' && index < count; index++) {
    const atMs = context.clock.monotonicMs() - startedMs
    const answer = await instance.http({
      path,
      headers: context.config.probes.headers,
      timeoutMs: context.params.probeMsMax * PROBE_TIMEOUT_FACTOR,
      from: addresses.next(),
    })
    out.push({
      status: answer.status,
      error: answer.error,
      durationMs: Math.round(answer.durationMs),
      atMs: Math.round(atMs),
    })
    await context.clock.sleep(betweenMs, context.signal)
  }
  return out
}

/** The first usual path that answers 200 with anything but a page; a catch-all that answers everything is no probe. */
async function find(probing: Probing, paths: readonly string[], tried: string[]): Promise<string> {
  const { context, instance } = probing
  const unknown = await instance.http({ path: `/${context.random.hex(8)}` })
  for (const path of paths) {
    tried.push(path)
    const answer = await instance.http({ path, headers: context.config.probes.headers })
    const catchAll = unknown.status === answer.status && unknown.body === answer.body
    if (answer.status === 200 && !catchAll && !(answer.headers['content-type']?.[0] ?? '').includes('html')) return path
  }
  return ''
}

function isOk(sample: Sample): boolean {
  return sample.status >= 200 && sample.status < 300
}
