import { bootstrap, runCommand } from './commands.ts'
import { createLogger } from './config.ts'

process.exitCode = await runCommand('bootstrap', () => bootstrap(process.env), createLogger(process.env))
