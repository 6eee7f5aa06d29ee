import { runCommand } from '@greengate/reference-base'
import { runMigrations } from './commands.ts'
import { createLogger } from './config.ts'

process.exitCode = await runCommand('migrate', () => runMigrations(process.env), createLogger(process.env))
