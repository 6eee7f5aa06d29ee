import type { Database } from '@greengate/kit/data'
import type { Metrics } from '@greengate/kit/telemetry'

/** What is said of the pool where it is scraped. */
export function databaseGauges(metrics: Metrics, database: Pick<Database, 'stats'>): void {
  metrics.gauge('database_connections', 'Connections to the database by what they do', () => {
    const { idle, inUse, connectionsMax } = database.stats()
    return [
      { labels: { state: 'idle' }, value: idle },
      { labels: { state: 'in_use' }, value: inUse },
      { labels: { state: 'max' }, value: connectionsMax },
    ]
  })
  metrics.gauge('database_callers_waiting', 'Callers that wait for a connection', () => database.stats().waiting)
}
