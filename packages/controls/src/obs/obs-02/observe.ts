import {
  type CheckContext,
  defineCheck,
  type Dependency,
  type HttpRequest,
  type Instance,
  needTestbed,
} from '@greengate/contracts'
import { requestSpec, SourceAddresses, waitUntil, withInstance } from '../../lib-http/exchange.ts'
import { uuid } from '../../lib-http/tagged-traffic.ts'
import { jsonTargets, workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { judge, type Observation, type Probe } from './judge.ts'

const FLUSH_TIMEOUT_MS = 3_000
const TOUCHING_MAX = 5
/** How often a request is sent whose calls seem not to carry its id. */
const ATTEMPTS = 3
/** How long a dependency is watched without any request, to see whether something goes there anyway. */
const IDLE_MS = 500
/** How long a call that has left the service may take to be read. */
const ARRIVAL_MS = 1_000
/** Nobody can have meant these as an id, and HTTP lets them through. */
const MALFORMED = [
  'a b c d e f g h',
  '"quoted-identifier"',
  '<script>alert(1)</script>',
  `{"id":"x"}`,
  'x'.repeat(500),
  "1' OR '1'='1",
]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'correlation followed' }), async (instance) => {
      const probes: Probe[] = []
      const sources = new SourceAddresses(context.random)
      for (const { on, request } of await placesOf(context, instance)) {
        for (const header of ['x-request-id', 'x-correlation-id'] as const) {
          probes.push(
            await ask(instance, on, { ...request, from: sources.next() }, header, 'well-formed', uuid(context.random)),
          )
        }
        probes.push(await ask(instance, on, { ...request, from: sources.next() }, '', 'none', ''))
        if (on !== 'success') continue
        probes.push(await ask(instance, on, { ...request, from: sources.next() }, '', 'none', ''))
        for (const header of ['x-request-id', 'x-correlation-id'] as const) {
          for (const value of MALFORMED)
            probes.push(await ask(instance, on, { ...request, from: sources.next() }, header, 'malformed', value))
        }
      }
      const upstream = await followUpstream(context, instance, sources)
      const last = probes.findLast((probe) => probe.kind === 'well-formed')
      await waitUntil(context, FLUSH_TIMEOUT_MS, () =>
        instance.logs().some((line) => last !== undefined && line.text.includes(last.sent)),
      )
      const lines = instance.logs().map((line) => line.text)
      const data: Observation = {
        probes: probes.map((probe) => ({
          ...probe,
          logged: probe.kind === 'well-formed' ? lines.filter((line) => line.includes(probe.sent)).length : 0,
        })),
        logLines: lines.length,
        upstream,
      }
      return { data, exercised: { requests: probes.length, logLines: lines.length } }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'no-echo', breaks: 'echo', code: 'not-echoed', arrange: (bed) => bed.service(['no-correlation-echo']) },
    {
      id: 'accepts-anything',
      breaks: 'sanitised',
      code: 'malformed-accepted',
      arrange: (bed) => bed.service(['correlation-accepts-anything']),
    },
    {
      id: 'not-logged',
      breaks: 'logged',
      code: 'not-logged',
      arrange: (bed) => bed.service(['correlation-not-logged']),
    },
    {
      id: 'not-in-error',
      breaks: 'in-errors',
      code: 'not-in-error-body',
      arrange: (bed) => bed.service(['correlation-not-in-error']),
    },
    {
      id: 'not-sent-upstream',
      breaks: 'upstream',
      code: 'not-sent-upstream',
      arrange: (bed) => bed.service(['correlation-not-sent-upstream']),
    },
    {
      id: 'one-not-sent-upstream',
      breaks: 'upstream',
      code: 'not-sent-upstream',
      arrange: (bed) =>
        bed.service(['correlation-not-sent-on-one-route'], {
          config: {
            requests: {
              prices: requestSpec({ path: '/api/prices', touches: ['prices'] }),
              basic: requestSpec({ path: '/api/prices?of=basic', touches: ['prices'] }),
            },
          },
        }),
    },
  ],
})

/** A request that succeeds, and errors of two kinds: one of the router, one of the body's parser. */
async function placesOf(context: CheckContext, instance: Instance): Promise<{ on: string; request: HttpRequest }[]> {
  const targets = await allTargets(context, instance)
  const sources = new SourceAddresses(context.random)
  const read = await workingRead(context, instance, targets, sources.next())
  const places: { on: string; request: HttpRequest }[] = []
  if (read) places.push({ on: 'success', request: instance.prepare(read.target.spec) })
  places.push({
    on: 'not-found',
    request: { path: `/${context.random.hex(8)}`, headers: { accept: 'application/json' } },
  })
  const [body] = jsonTargets(targets)
  if (body) {
    const prepared = instance.prepare(body.spec)
    places.push({
      on: 'malformed',
      request: { ...prepared, body: '{"broken"', headers: { ...prepared.headers, 'content-type': 'application/json' } },
    })
  }
  return places
}

async function ask(
  instance: Instance,
  on: string,
  request: HttpRequest,
  header: Probe['header'],
  kind: Probe['kind'],
  sent: string,
): Promise<Probe> {
  const answer = await instance.http({
    ...request,
    headers: { ...request.headers, ...(header === '' ? {} : { [header]: sent }) },
  })
  const answered = [...(answer.headers['x-request-id'] ?? []), ...(answer.headers['x-correlation-id'] ?? [])].map(
    (id) => id.slice(0, 600),
  )
  const ids = kind === 'well-formed' ? [sent] : answered
  return {
    on,
    place: `${request.method ?? 'GET'} ${on === 'not-found' ? '/<unknown>' : request.path} (${on}${header === '' ? '' : `, ${header}`})`,
    header,
    kind,
    sent,
    status: answer.status,
    error: answer.error,
    answered,
    inBody: ids.some((id) => id !== '' && answer.body.includes(id)),
    logged: 0,
  }
}

/** Sends requests with ids and looks for them in what the stand-ins of http dependencies received. */
async function followUpstream(
  context: CheckContext,
  instance: Instance,
  sources: SourceAddresses,
): Promise<Observation['upstream']> {
  const seen: Observation['upstream'] = []
  for (const dependency of instance.dependencies.values()) {
    if (dependency.spec.kind !== 'http') continue
    const called = (): number => dependency.counters().accepted + dependency.counters().bytesToServer
    const idle = called()
    await context.clock.sleep(IDLE_MS, context.signal)
    const before = called()
    const busy = before > idle
    const touching = Object.values(context.config.requests).filter((spec) =>
      spec.touches.some((name) => name === dependency.name || name.endsWith(`:${dependency.name}`)),
    )
    const followed: { request: string; sent: number; reached: number; ids: Set<string> }[] = []
    const all = new Set<string>()
    for (const spec of touching.slice(0, TOUCHING_MAX)) {
      const request = { request: `${spec.method} ${spec.path}`, sent: 0, reached: 0, ids: new Set<string>() }
      followed.push(request)
      while (request.sent < ATTEMPTS && carried(dependency, request.ids) === 0 && !context.signal.aborted) {
        const id = uuid(context.random)
        const earlier = carried(dependency, all)
        const calledBefore = called()
        const prepared = instance.prepare(spec, 700_000 + all.size)
        await instance.http({
          ...prepared,
          from: sources.next(),
          headers: { ...prepared.headers, 'x-request-id': id, 'x-correlation-id': id },
        })
        request.sent++
        request.ids.add(id)
        if (called() > calledBefore) {
          await waitUntil(context, ARRIVAL_MS, () => carried(dependency, request.ids) > 0)
          // What came with the id of an earlier request is that one's, whose work went on after its answer.
          if (carried(dependency, all) === earlier) request.reached++
        }
        all.add(id)
      }
    }
    seen.push({
      dependency: dependency.name,
      visible: dependency.received !== undefined,
      busy,
      called: called() > before,
      requests: followed.map(({ ids, ...request }) => ({ ...request, carrying: carried(dependency, ids) })),
    })
  }
  return seen
}

/** How many of the requests that a stand-in received carry one of the ids. */
function carried(dependency: Dependency, ids: ReadonlySet<string>): number {
  const received = dependency.received?.() ?? []
  return received.filter(
    ({ headers }) => ids.has(headers['x-request-id'] ?? '') || ids.has(headers['x-correlation-id'] ?? ''),
  ).length
}
