import { join } from 'node:path'
import { migrate, MigrationError, readMigrations, type Queries } from '@greengate/kit/data'
import { type Running, waitFor } from '@greengate/kit/lifecycle'
import type { Logger } from '@greengate/kit/telemetry'
import { checkSchema, type Env, openDatabase, openTelemetry } from '@greengate/reference-base'
import { addMembership, addOrganisation, addUser } from './accounts.ts'
import { bootstrapConfig, createLogger, readConfig, SERVICE } from './config.ts'
import { Passwords } from './passwords.ts'
import { createPlatform } from './platform.ts'
import { variables } from './variables.ts'

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')

const DATABASE_WAIT_MS = 6000
const anyOrganisation = { name: 'organisation-any', text: 'select 1 as found from organisations limit 1' }

/** Starts the service: configuration, database, schema, and only then the port. */
export async function startService(
  env: Env,
  write?: (line: string) => void,
): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, write)
  const { logger } = telemetry
  const database = openDatabase(SERVICE, config, telemetry)
  try {
    await waitFor('the database', () => database.answers(), DATABASE_WAIT_MS)
    await checkSchema(database, migrationsFolder)
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
  const userId = await addUser(queries, { email, name: '', passwordHash, verified: true })
  // Without an organisation there is no account, so nobody can have this address.
  if (userId === null) throw new Error('the address of the first owner has an account and no organisation')
  return (await addMembership(queries, organisation.id, userId, 'owner')) !== null
}

/**
 * Makes the first organisation and its owner, once: where there is an organisation already, nothing is done.
 * @returns whether anything was made
 * @throws ConfigError
 */
export async function bootstrap(env: Env): Promise<boolean> {
  const config = readConfig(env)
  const { organisation, email, password } = bootstrapConfig(config)
  const database = openDatabase(SERVICE, config, { logger: createLogger(env) })
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
