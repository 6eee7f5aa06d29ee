import { runCommand } from '@greengate/reference-base'
import { createLogger, runMigrations } from './commands.ts'

process.exitCode = await runCommand('migrate', () => runMigrations(process.env), createLogger(process.env))
