import { auditMedia, runCommand } from './commands.ts'

process.exitCode = await runCommand('media_audit', process.env, (logger) => auditMedia(process.env, logger))
