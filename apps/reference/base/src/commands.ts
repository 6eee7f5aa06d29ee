import { ConfigError } from '@greengate/kit/config'
import { type Database, migrate, MigrationError, readMigrations } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import { exitCodes, type Running, waitFor } from '@greengate/kit/lifecycle'
import type { Logger, Telemetry } from '@greengate/kit/telemetry'
import { type BaseConfig, checkSchema, openDatabase } from './process.ts'

const DATABASE_WAIT_MS = 6000

export interface ServiceOnDatabase {
  /** As it is called in logs and in the database's list of connections. */
  readonly name: string
  readonly config: Pick<BaseConfig, 'APP_ENV' | 'HOST' | 'PORT'> & {
    readonly DATABASE_URL: string
    readonly DATABASE_CONNECTIONS_MAX: number
  }
  readonly telemetry: Telemetry
  /** Its migrations; each has to be applied. */
  readonly migrationsFolder: string
  /** Puts it together; opens nothing. Its stop closes the database and hands over the telemetry. */
  readonly create: (database: Database) => Service
}

/**
 * Starts a service that has a database of its own: database, schema, and only then the port.
 * @throws StartError when database or schema are not there; what was opened is closed again then
 */
export async function startOnDatabase({
  name,
  config,
  telemetry,
  migrationsFolder,
  create,
}: ServiceOnDatabase): Promise<Running & { readonly port: number }> {
  const database = openDatabase(name, config, telemetry)
  try {
    await waitFor('the database', () => database.answers(), DATABASE_WAIT_MS)
    await checkSchema(database, migrationsFolder)
    const service = create(database)
    const port = await service.listen(config.HOST, config.PORT)
    telemetry.logger.log('info', 'started', { host: config.HOST, port, environment: config.APP_ENV })
    return { port, stop: () => service.stop() }
  } catch (error) {
    await database.close()
    await telemetry.close()
    throw error
  }
}

/** Applies the migrations of a folder. @returns the names applied now @throws MigrationError */
export async function applyMigrations(folder: string, databaseUrl: string): Promise<string[]> {
  return migrate(await readMigrations(folder), { url: databaseUrl })
}

/**
 * Runs a command that ends by itself: one line for the outcome, and the exit code.
 * @param codeOf what the command found may be an error as well; default: every result is good
 */
export async function runCommand<T>(
  name: string,
  work: () => Promise<T>,
  logger: Logger,
  codeOf: (result: T) => number = () => exitCodes.ok,
): Promise<number> {
  try {
    const result = await work()
    const code = codeOf(result)
    logger.log(code === exitCodes.ok ? 'info' : 'error', `${name}_done`, { result })
    return code
  } catch (error) {
    const isConfig = error instanceof ConfigError
    logger.log('fatal', isConfig ? 'config_error' : `${name}_failed`, { error })
    return isConfig ? exitCodes.config : error instanceof MigrationError ? 1 : exitCodes.unavailable
  }
}
