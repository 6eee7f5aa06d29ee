export { Database, type DatabaseOptions, type Queries, type Statement } from './database.ts'
export { migrate, type MigrateOptions, type Migration, MigrationError, readMigrations } from './migrate.ts'
