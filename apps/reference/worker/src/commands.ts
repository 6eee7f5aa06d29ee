import { createBackgroundPool, type Queries } from '@greengate/kit/data'
import { type Running, StartError, waitFor } from '@greengate/kit/lifecycle'
import { type Env, openDatabase, openTelemetry } from '@greengate/reference-base'
import { readConfig } from './config.ts'
import { variables } from './variables.ts'
import { createWorker, type Worker } from './worker.ts'

export const SERVICE = 'reference-worker'
const DATABASE_WAIT_MS = 6000

/** Tables of the platform that the work is about. Its migrations make them; the worker has none. */
const TABLES = ['kit_outbox', 'sessions', 'one_time_tokens', 'invitations', 'sign_ups', 'sign_in_attempts', 'users']
const missing = {
  name: 'worker-tables',
  text: 'select one from unnest($1::text[]) as one where to_regclass(one) is null',
}

async function checkTables(database: Queries): Promise<void> {
  const rows = await database.rows<{ one: string }>(missing, [TABLES])
  if (rows.length > 0)
    throw new StartError(
      'schema_outdated',
      `${rows.map((row) => row.one).join(', ')} not there: run the platform's migrations`,
    )
}

/** Starts the worker: configuration, database, tables, the port, and then the work. */
export async function startService(
  env: Env,
  write?: (line: string) => void,
): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, write)
  const { logger } = telemetry
  const database = openDatabase(SERVICE, config, telemetry)
  const pool = createBackgroundPool({
    url: config.DATABASE_URL,
    name: `${SERVICE}-background`,
    connectionsMax: config.DATABASE_CONNECTIONS_MAX,
    onIdleError: (error) => logger.log('warn', 'database_connection_lost', { reason: error.message }),
  })
  let worker: Worker | null = null
  try {
    await waitFor('the database', () => database.answers(), DATABASE_WAIT_MS)
    await checkTables(database)
    worker = createWorker(config, { database, pool, telemetry })
    await worker.work.start()
    const port = await worker.service.listen(config.HOST, config.PORT)
    logger.log('info', 'started', { host: config.HOST, port, environment: config.APP_ENV })
    const running = worker
    return { port, stop: () => running.stop() }
  } catch (error) {
    if (worker) await worker.stop()
    else {
      await Promise.all([pool.end(), database.close()])
      await telemetry.close()
    }
    throw error
  }
}
