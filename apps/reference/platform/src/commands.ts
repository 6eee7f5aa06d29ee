import { join } from 'node:path'
import { Database, migrate, MigrationError, readMigrations, type Queries } from '@greengate/kit/data'
import { type Running, StartError, waitFor } from '@greengate/kit/lifecycle'
import type { Logger, Telemetry } from '@greengate/kit/telemetry'
import { addMember, addOrganisation } from './accounts.ts'
import { bootstrapConfig, type Config, createLogger, type Env, openTelemetry, readConfig } from './config.ts'
import { Passwords } from './passwords.ts'
import { createPlatform } from './platform.ts'

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')

const DATABASE_WAIT_MS = 6000
const anyOrganisation = { name: 'organisation-any', text: 'select 1 as found from organisations limit 1' }
const applied = { name: 'migrations-applied', text: 'select name from schema_migrations' }

function openDatabase(config: Config, { logger, tracing }: Pick<Telemetry, 'logger'> & Partial<Telemetry>): Database {
  return new Database({
    url: config.DATABASE_URL,
    name: 'reference-platform',
    connectionsMax: config.DATABASE_CONNECTIONS_MAX,
    onIdleError: (error) => logger.log('warn', 'database_connection_lost', { reason: error.message }),
    ...(tracing ? { trace: tracing } : {}),
  })
}

/** @throws StartError `schema_outdated` when a migration of this release was not applied */
async function checkSchema(database: Database): Promise<void> {
  const rows = await database.rows<{ name: string }>(applied).catch((error: unknown) => {
    throw new StartError('schema_outdated', 'the migrations table cannot be read: run the migrations first', error)
  })
  const names = new Set(rows.map((row) => row.name))
  const missing = (await readMigrations(migrationsFolder)).filter((one) => !names.has(one.name))
  if (missing.length > 0)
    throw new StartError('schema_outdated', `${missing.map((one) => one.name).join(', ')} not applied`)
}

/** Starts the service: configuration, database, schema, and only then the port. */
export async function startService(
  env: Env,
  write?: (line: string) => void,
): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(env, config, write)
  const { logger } = telemetry
  const database = openDatabase(config, telemetry)
  try {
    await waitFor('the database', () => database.answers(), DATABASE_WAIT_MS)
    await checkSchema(database)
    const service = createPlatform(config, database, telemetry)
    const port = await service.listen(config.HOST, config.PORT)
    logger.log('info', 'started', { host: config.HOST, port, environment: config.APP_ENV })
    return { port, stop: () => service.stop() }
  } catch (error) {
    await database.close()
    await telemetry.close()
    throw error
  }
}

/** Applies the migrations. @returns the names applied now @throws ConfigError, MigrationError */
export async function runMigrations(env: Env): Promise<string[]> {
  const config = readConfig(env)
  return migrate(await readMigrations(migrationsFolder), { url: config.DATABASE_URL })
}

async function makeFirst(queries: Queries, slug: string, email: string, passwordHash: string): Promise<boolean> {
  if (await queries.row(anyOrganisation)) return false
  const organisation = await addOrganisation(queries, slug, slug)
  // Null only when another bootstrap was quicker.
  if (!organisation) return false
  return (await addMember(queries, organisation.id, { email, passwordHash, role: 'owner' })) !== null
}

/**
 * Makes the first organisation and its owner, once: where there is an organisation already, nothing is done.
 * @returns whether anything was made
 * @throws ConfigError
 */
export async function bootstrap(env: Env): Promise<boolean> {
  const config = readConfig(env)
  const { organisation, email, password } = bootstrapConfig(config)
  const database = openDatabase(config, { logger: createLogger(env, config) })
  try {
    const passwordHash = await new Passwords().hash(password)
    return await database.transaction((queries) => makeFirst(queries, organisation, email, passwordHash))
  } finally {
    await database.close()
  }
}

/** Runs a command that ends by itself: one line for the outcome, and the exit code. */
export async function runCommand(name: string, work: () => Promise<unknown>, logger: Logger): Promise<number> {
  try {
    logger.log('info', `${name}_done`, { result: await work() })
    return 0
  } catch (error) {
    const config = error instanceof Error && error.name === 'ConfigError'
    logger.log('fatal', config ? 'config_error' : `${name}_failed`, { error })
    return config ? 78 : error instanceof MigrationError ? 1 : 69
  }
}
