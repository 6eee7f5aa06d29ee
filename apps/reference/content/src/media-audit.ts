import { runCommand } from '@greengate/reference-base'
import { auditCode, auditMedia, createLogger } from './commands.ts'

const logger = createLogger(process.env)
process.exitCode = await runCommand('media_audit', () => auditMedia(process.env, logger), logger, auditCode)
