import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { eachInTime, FURTHER_TIMEOUT_MS, furtherReads, type Target, workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { judge, type Probe } from './judge.ts'

const PLACES_MAX = 3
const ALLOWED_MAX = 2
/** How many further preflights are asked. */
const FURTHER_MAX = 20
/** Headers that make a request one of somebody, whatever the identity is called. */
const PERSONAL = /authorization|cookie|token|key|session/i

interface Place {
  readonly on: Probe['on']
  readonly request: HttpRequest
  /** Asked with one origin: what else an allow-list may get wrong is the same for all routes. */
  readonly further: boolean
  readonly open: boolean
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    const instance = await testbed.shared()
    const origins = foreignOrigins(testbed.declaredEnv())
    const sources = new SourceAddresses(context.random)
    const probes: Probe[] = []
    const ask = async ({ on, request, further, open }: Place): Promise<void> => {
      for (const { kind, origin } of origins.slice(0, further ? 1 : origins.length)) {
        const answer = await instance.http({
          ...request,
          from: sources.next(),
          headers: { ...request.headers, origin },
        })
        if (further && (answer.status === 0 || (on === 'success' && answer.status === 404))) continue
        probes.push({
          on,
          place: `${request.method ?? 'GET'} ${on === 'error' ? '/<unknown>' : request.path}`,
          open,
          kind,
          origin,
          status: answer.status,
          error: answer.error,
          allowOrigin: [...(answer.headers['access-control-allow-origin'] ?? [])],
          allowCredentials: answer.headers['access-control-allow-credentials']?.includes('true') === true,
        })
      }
    }
    const { places, leftOut } = await placesOf(context, instance, sources)
    for (const place of places.filter(({ further }) => !further)) await ask(place)
    const late = await eachInTime(
      context,
      places.filter(({ further }) => further),
      ask,
    )
    return {
      data: { probes, notAsked: leftOut + late },
      exercised: { requests: probes.length, origins: origins.length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'reflects', breaks: 'success', code: 'origin-reflected', arrange: (bed) => bed.service(['cors-reflects']) },
    { id: 'star', breaks: 'success', code: 'any-origin', arrange: (bed) => bed.service(['cors-star']) },
    {
      id: 'reflects-on-one-route',
      breaks: 'success',
      code: 'origin-reflected',
      arrange: (bed) => bed.service(['cors-reflects-on-one-route']),
    },
    {
      id: 'preflight-of-one-route',
      breaks: 'preflight',
      code: 'origin-reflected',
      arrange: (bed) => bed.service(['cors-reflects-on-one-route']),
    },
    { id: 'null', breaks: 'success', code: 'null-origin-allowed', arrange: (bed) => bed.service(['cors-null']) },
  ],
})

/** A request that succeeds, an unknown path, and preflights of both a read and a write; then the same of what else is known. */
async function placesOf(
  context: CheckContext,
  instance: Instance,
  sources: SourceAddresses,
): Promise<{ places: Place[]; leftOut: number }> {
  const targets = await allTargets(context, instance)
  const read = await workingRead(context, instance, targets, sources.next())
  const reads = furtherReads(targets, read?.target ?? null)
  const places: Place[] = []
  if (read) places.push({ on: 'success', request: instance.prepare(read.target.spec), further: false, open: false })
  places.push({ on: 'error', request: { path: `/${context.random.hex(8)}` }, further: false, open: false })
  const asked = [
    ...(read ? [read.target] : []),
    ...targets.filter((target) => target.spec.method !== 'GET'),
    ...reads.targets.filter((target) => target.source !== 'home'),
  ]
  const preflights = [...new Map(asked.map((target) => [preflightName(target), target])).values()]
  for (const [index, target] of preflights.slice(0, PLACES_MAX + FURTHER_MAX).entries()) {
    const further = index >= PLACES_MAX
    places.push({
      on: 'preflight',
      request: preflightOf(instance, target, further),
      further,
      open: further && isOpen(target),
    })
  }
  for (const target of reads.targets) {
    const request = { ...instance.prepare(target.spec), timeoutMs: FURTHER_TIMEOUT_MS }
    places.push({ on: 'success', request, further: true, open: isOpen(target) })
  }
  return { places, leftOut: reads.leftOut + Math.max(0, preflights.length - PLACES_MAX - FURTHER_MAX) }
}

function preflightName({ spec }: Target): string {
  return `${spec.method} ${spec.path.split('?')[0] ?? ''}`
}

function preflightOf(instance: Instance, { spec }: Target, further: boolean): HttpRequest {
  return {
    method: 'OPTIONS',
    path: instance.prepare(spec).path,
    headers: {
      'access-control-request-method': spec.method,
      'access-control-request-headers': 'authorization,content-type',
    },
    ...(further ? { timeoutMs: FURTHER_TIMEOUT_MS } : {}),
  }
}

/** Whether anybody gets the same answer: then a page of any origin that reads it takes nothing from anybody. */
function isOpen({ spec }: Target): boolean {
  return spec.as === '' && !Object.keys(spec.headers).some((name) => PERSONAL.test(name))
}

/** Origins that nobody allowed, among them near misses of those that the configuration allows. */
function foreignOrigins(env: Readonly<Record<string, string>>): { kind: string; origin: string }[] {
  const origins = [
    { kind: 'foreign', origin: 'https://evil.example' },
    { kind: 'null', origin: 'null' },
    { kind: 'foreign over http', origin: 'http://evil.example' },
    { kind: 'unrelated port', origin: 'http://localhost:1' },
  ]
  const allowed = new Set<string>()
  for (const [name, value] of Object.entries(env)) {
    if (!/cors|origin/i.test(name)) continue
    for (const part of value.split(/[\s,;]+/)) {
      const url = URL.parse(part)
      if (url && /^https?:$/.test(url.protocol)) allowed.add(url.origin)
    }
  }
  for (const origin of [...allowed].slice(0, ALLOWED_MAX)) {
    const { protocol, host } = new URL(origin)
    const near = [
      { kind: 'allowed host as a suffix', origin: `${protocol}//evil${host}` },
      { kind: 'allowed origin as a prefix', origin: `${protocol}//${host}.evil.example` },
      { kind: 'subdomain of an allowed host', origin: `${protocol}//sub.${host}` },
      { kind: 'dot as any character', origin: `${protocol}//${host.replace('.', 'x')}` },
      ...(protocol === 'https:' ? [{ kind: 'allowed host without TLS', origin: `http://${host}` }] : []),
    ]
    for (const entry of near) if (!allowed.has(entry.origin)) origins.push(entry)
  }
  return origins
}
