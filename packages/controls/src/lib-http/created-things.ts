import type { CheckContext, HttpAnswer, Instance } from '@greengate/contracts'
import { headerOf, type SourceAddresses } from './exchange.ts'

/** Sends each declared creation once: ids of what was made, by the path of the collection. */
export async function createThings(
  context: CheckContext,
  instance: Instance,
  sources: SourceAddresses,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const spec of Object.values(context.config.requests)) {
    if (spec.method !== 'POST') continue
    const request = instance.prepare(spec, 800_001)
    const id = createdId(await instance.http({ ...request, from: sources.next() }))
    if (id !== '') ids.set(request.path.split('?')[0] ?? '/', id)
  }
  return ids
}

/** The id in a 201 answer: the end of its Location, or `id` of its body (below `data` too); empty without one. */
export function createdId(answer: HttpAnswer): string {
  if (answer.status !== 201 && answer.status !== 200) return ''
  try {
    const body = JSON.parse(answer.body) as { id?: unknown; data?: { id?: unknown } } | null
    const id = body?.id ?? body?.data?.id
    if (typeof id === 'string' || typeof id === 'number') return encodeURIComponent(String(id))
  } catch {
    // Not JSON: the header may still tell.
  }
  return headerOf(answer, 'location').split('?')[0]?.split('/').at(-1) ?? ''
}
