import { type PublicErrorEntry, ServiceError } from '@greengate/kit/errors'
import type { ErrorsBehind } from '@greengate/kit/http'
import { z } from 'zod'
import type { Backend } from './backend.ts'
import { readJson } from './backend-json.ts'

const ASK_MS = 3000

const entrySchema = z.object({
  code: z.string(),
  // Shown as it came: a service behind may know a class that this version of the gateway does not.
  class: z.custom<PublicErrorEntry['class']>((name) => typeof name === 'string'),
  status: z.int(),
  retriable: z.boolean(),
  retryAfterS: z.int().nullable(),
  message: z.string(),
  fix: z.string(),
  help: z.string(),
})
type Entry = z.output<typeof entrySchema>

/** Errors of the services behind come through as they are, and so must what they link to: each is asked for the code. */
export function errorsBehind(backends: readonly Backend[]): ErrorsBehind {
  return async (code, { signal, correlationId }) => {
    const asked = await Promise.allSettled(
      backends.map((backend) =>
        ask(backend, code, AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]), correlationId),
      ),
    )
    const entries = asked.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
    const failed = asked.find((one) => one.status === 'rejected')
    // It may be the one that could not be asked that knows it.
    if (entries.length === 0 && failed)
      throw failed.reason instanceof ServiceError
        ? failed.reason
        : new ServiceError('upstream_unavailable', { cause: failed.reason, stack: false })
    return entries[0] ?? null
  }
}

/** @throws ServiceError, or an AbortError when the time is over */
async function ask(backend: Backend, code: string, signal: AbortSignal, correlationId: string): Promise<Entry | null> {
  const answer = await backend.send({
    method: 'GET',
    path: `/errors/${code}`,
    headers: { accept: 'application/json', 'x-correlation-id': correlationId, 'x-request-id': correlationId },
    body: null,
    signal,
  })
  if (answer.status === 404) {
    answer.body.resume()
    return null
  }
  const parsed = entrySchema.safeParse(await readJson(answer))
  if (answer.status === 200 && parsed.success && parsed.data.code === code) return parsed.data
  throw new ServiceError('upstream_unavailable', { cause: new Error(`answered ${answer.status}`), stack: false })
}
