import { join } from 'node:path'
import type { Database } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import { exitCodes, type Running } from '@greengate/kit/lifecycle'
import type { Logger } from '@greengate/kit/telemetry'
import {
  applyMigrations,
  earlyLogger,
  type Env,
  openDatabase,
  openTelemetry,
  startOnDatabase,
} from '@greengate/reference-base'
import { SERVICE, readConfig } from './config.ts'
import { createContent } from './content.ts'
import { type AuditReport, MediaAudit } from './media-audit-report.ts'
import { storeOf } from './s3-store.ts'
import { variables } from './variables.ts'

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')

/** Starts the service: configuration, database, schema, and only then the port. Store and platform may come later. */
export async function startService(
  env: Env,
  write?: (line: string) => void,
): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, write)
  const create = (database: Database): Service => createContent(config, database, telemetry)
  return startOnDatabase({ name: SERVICE, config, telemetry, migrationsFolder, create })
}

/** Applies the migrations. @returns the names applied now @throws ConfigError, MigrationError */
export async function runMigrations(env: Env): Promise<string[]> {
  return applyMigrations(migrationsFolder, readConfig(env).DATABASE_URL)
}

/** A logger for commands: hides every secret of this environment, and works before the configuration is known to be right. */
export function createLogger(env: Env): Logger {
  return earlyLogger(SERVICE, variables, env)
}

/**
 * Reads every object of the store back and compares it with the database. Each difference is a line of the log.
 * @throws ConfigError; ServiceError when database or store do not answer
 */
export async function auditMedia(env: Env, logger: Logger): Promise<AuditReport> {
  const config = readConfig(env)
  const database = openDatabase(SERVICE, config, { logger })
  const store = storeOf(config)
  try {
    return await new MediaAudit(database, store, (finding) => logger.log('error', 'media_wrong', finding)).run()
  } finally {
    store.close()
    await database.close()
  }
}

/** Exit code of the audit: 1 when anything is wrong. */
export const auditCode = ({ wrong }: AuditReport): number => (wrong === 0 ? exitCodes.ok : 1)
