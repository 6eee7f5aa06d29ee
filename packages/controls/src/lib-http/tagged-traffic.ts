import type { CheckContext, Instance, Random } from '@greengate/contracts'
import { SourceAddresses } from './exchange.ts'
import { allTargets } from './all-targets.ts'
import { jsonTargets, type Target } from './targets.ts'

/** A request that carried an id of its own, by which its traces are found again. */
export interface TaggedRequest {
  readonly id: string
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

/** Sends `count` requests of every kind there is: reads, unknown paths, malformed bodies; each with an id of its own. */
export async function sendTagged(context: CheckContext, instance: Instance, count: number): Promise<TaggedRequest[]> {
  const sources = new SourceAddresses(context.random)
  const targets = await allTargets(context, instance)
  const reads = targets.filter((target) => target.spec.method === 'GET')
  const bodies = jsonTargets(targets)
  const sent: TaggedRequest[] = []
  for (let n = 0; n < count && !context.signal.aborted; n++) {
    const id = uuid(context.random)
    const ids = { 'x-request-id': id, 'x-correlation-id': id }
    const target: Target | undefined = n % 4 === 3 ? bodies[n % Math.max(1, bodies.length)] : reads[n % Math.max(1, reads.length)]
    if (n % 4 === 2 || !target) {
      const pathMark = `gg${context.random.hex(8)}`
      const answer = await instance.http({ path: `/${pathMark}`, from: sources.next(), headers: { accept: 'application/json', ...ids } })
      sent.push({ id, pathMark, identified: false, status: answer.status })
      continue
    }
    const prepared = instance.prepare(target.spec, n)
    const broken = n % 4 === 3 ? { body: '{"broken"', headers: { ...prepared.headers, ...ids, 'content-type': 'application/json' } } : { headers: { ...prepared.headers, ...ids } }
    const answer = await instance.http({ ...prepared, ...broken, from: sources.next() })
    sent.push({ id, pathMark: '', identified: target.spec.as !== '' && answer.status !== 401, status: answer.status })
  }
  return sent
}
