import type { CheckContext, Instance, Random } from '@greengate/contracts'
import { probePaths, SourceAddresses } from './exchange.ts'
import { jsonTargets, type Target } from './targets.ts'

/** A request that carried an id of its own, by which its traces are found again. */
export interface TaggedRequest {
  readonly id: string
  /** `probe`: a read that those who run the service send; many leave them out of their log. */
  readonly kind: 'read' | 'identified' | 'probe' | 'unknown' | 'broken'
  /** The answer came as a whole, and is no error. */
  readonly served: boolean
  /** A word that only this request's path holds; empty where the path is not its own. */
  readonly pathMark: string
  readonly identified: boolean
  readonly status: number
}

/** A random UUID (version 4) from the run's own randomness. */
export function uuid(random: Random): string {
  const hex = random.hex(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Paths that say how a service is or what it can, by the names that they usually have. */
const OPERATIONAL =
  /(?:^|[/_-])(?:health(?:z|check)?|live(?:z|ness)?|ready(?:z)?|readiness|alive|heartbeat|ping|status|startup|up|metrics|version|info|docs|redoc|swagger(?:-ui)?|openapi|favicon|robots)(?:[./_?-]|$)/i

/** Sends `count` requests of every kind there is: reads, unknown paths, malformed bodies; each with an id of its own. */
export async function sendTagged(
  context: CheckContext,
  instance: Instance,
  targets: readonly Target[],
  count: number,
): Promise<TaggedRequest[]> {
  const sources = new SourceAddresses(context.random)
  const probes = probePaths(context)
  const reads = targets.filter((target) => target.spec.method === 'GET' && target.spec.as === '')
  const identified = targets.filter((target) => target.spec.as !== '')
  const bodies = jsonTargets(targets)
  const sent: TaggedRequest[] = []
  for (let n = 0; n < count && !context.signal.aborted; n++) {
    const id = uuid(context.random)
    const ids = { 'x-request-id': id, 'x-correlation-id': id }
    const turn = Math.floor(n / 4)
    // In turn: a read, a request with an identity, an unknown path, a broken body; what there is none of becomes an unknown path.
    const choices: readonly (readonly Target[])[] = [reads, identified.length > 0 ? identified : reads, [], bodies]
    const choice = choices[n % 4] ?? []
    const target = choice[turn % Math.max(1, choice.length)]
    if (!target) {
      const pathMark = `gg${context.random.hex(8)}`
      const answer = await instance.http({
        path: `/${pathMark}`,
        from: sources.next(),
        headers: { accept: 'application/json', ...ids },
      })
      sent.push({ id, kind: 'unknown', served: false, pathMark, identified: false, status: answer.status })
      continue
    }
    const prepared = instance.prepare(target.spec, 500_000 + n)
    const isBroken = n % 4 === 3
    const broken = isBroken
      ? { body: '{"broken"', headers: { ...prepared.headers, ...ids, 'content-type': 'application/json' } }
      : { headers: { ...prepared.headers, ...ids } }
    const answer = await instance.http({ ...prepared, ...broken, from: sources.next() })
    const served = answer.status > 0 && answer.status < 400 && answer.error === '' && !answer.truncated
    const { path } = target.spec
    const isStart = path === context.config.start?.ready && path !== '/'
    const isProbe = isStart || probes.has(path) || OPERATIONAL.test(path)
    const kind = target.spec.as === '' ? 'read' : 'identified'
    // A broken body may be refused before anybody asks who sent it.
    sent.push({
      id,
      kind: isBroken ? 'broken' : isProbe ? 'probe' : kind,
      served: served && !isBroken,
      pathMark: '',
      identified: !isBroken && target.spec.as !== '' && answer.status > 0 && answer.status < 400,
      status: answer.status,
    })
  }
  return sent
}
