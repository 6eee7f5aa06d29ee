import { migrationsFolder } from './commands.ts'
import { createLogger, readConfig, SERVICE } from './config.ts'
import { rotateFounderKey } from './founder-key.ts'
import { StartError } from '@greengate/kit/lifecycle'
import { checkSchema, type Env, openDatabase } from '@greengate/reference-base'

/**
 * Replaces the founder key; the one before is dead from then on.
 * @param show takes the new key, once; nothing keeps it
 * @throws ConfigError; StartError `dependency_unavailable` without a database, `schema_outdated` before the migrations
 */
export async function rotateKey(env: Env, show: (key: string) => void): Promise<void> {
  const config = readConfig(env)
  const database = openDatabase(SERVICE, config, { logger: createLogger(env, () => {}) })
  try {
    if (!(await database.answers()))
      throw new StartError(
        'dependency_unavailable',
        'the database at DATABASE_URL does not answer: the founder key stays as it was',
      )
    await checkSchema(database, migrationsFolder)
    show(await rotateFounderKey(database))
  } finally {
    await database.close()
  }
}
