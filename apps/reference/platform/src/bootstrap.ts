import { runCommand } from '@greengate/reference-base'
import { bootstrap } from './commands.ts'
import { createLogger } from './config.ts'

process.exitCode = await runCommand('bootstrap', () => bootstrap(process.env), createLogger(process.env))
