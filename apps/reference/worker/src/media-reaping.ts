import type { HttpClient } from '@greengate/kit/resilience'
import { z } from 'zod'

const countsSchema = z.record(z.string().max(60), z.number())

/** Tells content to remove uploads and objects that belong to nothing. @returns what it says it removed @throws Error */
export async function reapMedia(
  client: Pick<HttpClient, 'request'>,
  serviceToken: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const answer = await client.request({
    method: 'POST',
    path: '/v1/media/reap',
    headers: { authorization: `Bearer ${serviceToken}` },
    // Twice does no more than once.
    idempotent: true,
    signal,
  })
  if (answer.status !== 200) throw new Error(`content answered ${answer.status}`)
  return countsSchema.parse(answer.json())
}
