export { type Caller, Callers, isServiceToken, type Role, ROLES, tokenDigest } from './callers.ts'
export { applyMigrations, runCommand, startOnDatabase } from './commands.ts'
export { databaseGauges } from './database-gauges.ts'
export {
  type BaseConfig,
  checkSchema,
  earlyLogger,
  type Env,
  openDatabase,
  openTelemetry,
  MEDIA_CHECK_MS,
  readEnvironment,
  VERSION,
} from './process.ts'
export { lineSchema, momentSchema, wellFormed } from './schemas.ts'
export { isOverdue, removeUnverified, UNVERIFIED_TTL_S } from './unverified-accounts.ts'
export { baseVariables, databaseVariables, serviceTokenVariable } from './variables.ts'
