export { type BackgroundPoolOptions, createBackgroundPool } from './background-pool.ts'
export {
  Database,
  type DatabaseOptions,
  type DatabaseStats,
  type Queries,
  type Statement,
  type TransactionOptions,
} from './database.ts'
export {
  type InstanceHeartbeat,
  type InstanceHeartbeatOptions,
  instancesSchemaSql,
  type LiveInstances,
  liveInstances,
  startInstanceHeartbeat,
} from './instances.ts'
export {
  migrate,
  type MigrateOptions,
  type Migration,
  MigrationError,
  type MigrationEvent,
  migrationStatus,
  type MigrationState,
  readMigrations,
} from './migrate.ts'
export { type MigrationPhase } from './migration-directives.ts'
export { type MigrationFinding, type MigrationRule, type MigrationRuleName, migrationRules } from './migration-rules.ts'
export { type PgPool, type SqlClient, type TransactionClient } from './sql-client.ts'
