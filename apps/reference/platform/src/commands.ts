import { join } from 'node:path'
import type { Database, Queries } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import type { Running } from '@greengate/kit/lifecycle'
import { applyMigrations, type Env, openDatabase, openTelemetry, startOnDatabase } from '@greengate/reference-base'
import { addMembership, addOrganisation, addUser } from './accounts.ts'
import { bootstrapConfig, createLogger, readConfig, SERVICE } from './config.ts'
import { Passwords } from './passwords.ts'
import { createPlatform } from './platform.ts'
import { variables } from './variables.ts'

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')

const anyOrganisation = { name: 'organisation-any', text: 'select 1 as found from organisations limit 1' }

/** Starts the service: configuration, database, schema, and only then the port. */
export async function startService(
  env: Env,
  write?: (line: string) => void,
): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, write)
  const create = (database: Database): Service => createPlatform(config, database, telemetry)
  return startOnDatabase({ name: SERVICE, config, telemetry, migrationsFolder, create })
}

/** Applies the migrations. @returns the names applied now @throws ConfigError, MigrationError */
export async function runMigrations(env: Env): Promise<string[]> {
  return applyMigrations(migrationsFolder, readConfig(env).DATABASE_URL)
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
