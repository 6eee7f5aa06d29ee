import { z } from 'zod'
import { SystemError } from '../start/system-folder.ts'
import type { Api } from './api.ts'

const DAY_MS = 86_400_000
/** Events are taken for 90 days; a few less, so that none is refused on the way. */
const DAYS = 88
const BATCH = 100

const METERS = [
  { meter: 'api_calls', base: 42_000 },
  { meter: 'compute_seconds', base: 9_500 },
  { meter: 'storage_gigabyte_hours', base: 1_300 },
] as const

interface UsageEvent {
  readonly idempotency_key: string
  readonly meter: string
  readonly quantity: number
  readonly occurred_at: string
}

/** A week with a quiet end, growth over the months, and a little restlessness: the same each time. */
function quantityOf(base: number, day: number, weekday: number): number {
  const week = weekday === 0 || weekday === 6 ? 0.45 : 1
  const growth = 0.7 + (0.6 * day) / DAYS
  const restless = 1 + 0.18 * Math.sin(day * 1.7) + 0.07 * Math.sin(day * 5.3)
  return Math.max(1, Math.round(base * week * growth * restless))
}

export function usageEvents(organisation: string, scale: number, nowMs: number): UsageEvent[] {
  const today = Math.floor(nowMs / DAY_MS)
  return Array.from({ length: DAYS }, (_, at) => today - DAYS + at).flatMap((date, day) =>
    METERS.map(({ meter, base }, which) => {
      // Noon: in the past for everybody who starts this, and in the day that it names.
      const occurred = new Date(date * DAY_MS + DAY_MS / 2 + which * 60_000)
      return {
        idempotency_key: `seed:${organisation}:${meter}:${occurred.toISOString().slice(0, 10)}`,
        meter,
        quantity: quantityOf(base * scale, day, occurred.getUTCDay()),
        occurred_at: occurred.toISOString(),
      }
    }),
  )
}

const answerSchema = z.object({
  results: z.array(z.object({ status: z.string(), problem: z.string().nullable() })),
})

/** Three months of usage. Sent again it is the same events. */
export async function seedUsage(
  platform: Api,
  serviceToken: string,
  organisation: string,
  scale: number,
  nowMs: number,
): Promise<void> {
  const events = usageEvents(organisation, scale, nowMs)
  for (let at = 0; at < events.length; at += BATCH) {
    const { results } = await platform.read('/v1/usage-events/batch', answerSchema, {
      method: 'POST',
      token: serviceToken,
      body: { organisation, events: events.slice(at, at + BATCH) },
    })
    // A start that was cut off on another day has written some of them with that day's quantities.
    const refused = results.find((one) => one.status === 'refused')
    if (refused) throw new SystemError('seed_failed', `a usage event was refused: ${refused.problem}`)
  }
}
