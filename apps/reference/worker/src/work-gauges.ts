import type { Metrics } from '@greengate/kit/telemetry'
import type { Work } from './work.ts'

/** All gauges of a scrape share one look at the database. */
const FRESH_MS = 1000

function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly atMs: number } | null = null
  return () => {
    const nowMs = performance.now()
    if (!known || nowMs - known.atMs > FRESH_MS) known = { value: read(), atMs: nowMs }
    return known.value
  }
}

/** What waits, how long, and what is dead: over all workers, since all count the same tables. */
export function workGauges(metrics: Metrics, { relay, jobs }: Pick<Work, 'relay' | 'jobs'>): void {
  const mail = shared(() => relay.stats())
  metrics.gauge('outbox_messages', 'Messages on the outbox by state', async () => {
    const { pending, dead } = await mail()
    return [
      { labels: { state: 'waiting' }, value: pending },
      { labels: { state: 'dead' }, value: dead },
    ]
  })
  metrics.gauge(
    'outbox_oldest_seconds',
    'Age of the oldest message that waits',
    async () => (await mail()).lagMs / 1000,
  )
  const work = shared(() => jobs.stats())
  metrics.gauge('job_queue', 'Jobs by state', async () =>
    Object.entries(await work()).flatMap(([name, { depth, active, deadLetters }]) => [
      { labels: { name, state: 'waiting' }, value: depth },
      { labels: { name, state: 'active' }, value: active },
      { labels: { name, state: 'dead' }, value: deadLetters },
    ]),
  )
  metrics.gauge('job_oldest_seconds', 'How long the oldest job that may start has waited', async () =>
    Object.entries(await work()).map(([name, { oldestAgeMs }]) => ({ labels: { name }, value: oldestAgeMs / 1000 })),
  )
}
