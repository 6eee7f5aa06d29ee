import { join } from 'node:path'
import { ConfigError } from '@greengate/kit/config'
import { migrate, MigrationError, readMigrations } from '@greengate/kit/data'
import { exitCodes, type Running, waitFor } from '@greengate/kit/lifecycle'
import type { Logger } from '@greengate/kit/telemetry'
import { checkSchema, earlyLogger, type Env, openDatabase, openTelemetry } from '@greengate/reference-base'
import { SERVICE, readConfig } from './config.ts'
import { createContent } from './content.ts'
import { MediaAudit } from './media-audit-report.ts'
import { storeOf } from './s3-store.ts'
import { variables } from './variables.ts'

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')

const DATABASE_WAIT_MS = 6000

/** Starts the service: configuration, database, schema, and only then the port. Store and platform may come later. */
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
    const service = createContent(config, database, telemetry)
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

/** What a command found, and the exit code that says so. */
export interface Outcome {
  readonly code: number
  readonly result: unknown
}

/**
 * Reads every object of the store back and compares it with the database. Each difference is a line of the log.
 * @returns code 1 when anything is wrong
 * @throws ConfigError; ServiceError when database or store do not answer
 */
export async function auditMedia(env: Env, logger: Logger): Promise<Outcome> {
  const config = readConfig(env)
  const database = openDatabase(SERVICE, config, { logger })
  const store = storeOf(config)
  try {
    const report = await new MediaAudit(database, store, (finding) => logger.log('error', 'media_wrong', finding)).run()
    return { code: report.wrong === 0 ? exitCodes.ok : 1, result: report }
  } finally {
    store.close()
    await database.close()
  }
}

/** Runs a command that ends by itself: one line for the outcome, and the exit code. */
export async function runCommand(
  name: string,
  env: Env,
  work: (logger: Logger) => Promise<Outcome>,
  logger: Logger = earlyLogger(SERVICE, variables, env),
): Promise<number> {
  try {
    const { code, result } = await work(logger)
    logger.log(code === exitCodes.ok ? 'info' : 'error', `${name}_done`, { result })
    return code
  } catch (error) {
    const isConfig = error instanceof ConfigError
    logger.log('fatal', isConfig ? 'config_error' : `${name}_failed`, { error })
    return isConfig ? exitCodes.config : error instanceof MigrationError ? 1 : exitCodes.unavailable
  }
}
