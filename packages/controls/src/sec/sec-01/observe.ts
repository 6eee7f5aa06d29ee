import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { judge, type Probe } from './judge.ts'

const PLACES_MAX = 3
const ALLOWED_MAX = 2

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 60_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    const instance = await testbed.shared()
    const origins = foreignOrigins(testbed.declaredEnv())
    const sources = new SourceAddresses(context.random)
    const probes: Probe[] = []
    for (const { on, request } of await placesOf(context, instance, sources)) {
      for (const { kind, origin } of origins) {
        const answer = await instance.http({
          ...request,
          from: sources.next(),
          headers: { ...request.headers, origin },
        })
        probes.push({
          on,
          place: `${request.method ?? 'GET'} ${on === 'error' ? '/<unknown>' : request.path}`,
          kind,
          origin,
          status: answer.status,
          error: answer.error,
          allowOrigin: [...(answer.headers['access-control-allow-origin'] ?? [])],
          allowCredentials: answer.headers['access-control-allow-credentials']?.includes('true') === true,
        })
      }
    }
    return { data: { probes }, exercised: { requests: probes.length, origins: origins.length } }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'reflects', breaks: 'success', code: 'origin-reflected', arrange: (bed) => bed.service(['cors-reflects']) },
    { id: 'star', breaks: 'success', code: 'any-origin', arrange: (bed) => bed.service(['cors-star']) },
    { id: 'null', breaks: 'success', code: 'null-origin-allowed', arrange: (bed) => bed.service(['cors-null']) },
  ],
})

/** A request that succeeds, an unknown path, and preflights of both a read and a write. */
async function placesOf(
  context: CheckContext,
  instance: Instance,
  sources: SourceAddresses,
): Promise<{ on: Probe['on']; request: HttpRequest }[]> {
  const targets = await allTargets(context, instance)
  const read = await workingRead(context, instance, targets, sources.next())
  const places: { on: Probe['on']; request: HttpRequest }[] = []
  if (read) places.push({ on: 'success', request: instance.prepare(read.target.spec) })
  places.push({ on: 'error', request: { path: `/${context.random.hex(8)}` } })
  const paths = new Set([
    ...(read ? [read.target.spec] : []),
    ...targets.filter((target) => target.spec.method !== 'GET').map((target) => target.spec),
  ])
  for (const spec of [...paths].slice(0, PLACES_MAX)) {
    const { path } = instance.prepare(spec)
    places.push({
      on: 'preflight',
      request: {
        method: 'OPTIONS',
        path,
        headers: {
          'access-control-request-method': spec.method,
          'access-control-request-headers': 'authorization,content-type',
        },
      },
    })
  }
  return places
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
