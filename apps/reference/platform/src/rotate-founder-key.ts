import { runCommand } from '@greengate/reference-base'
import { createLogger } from './config.ts'
import { rotateKey } from './rotate-key.ts'

// The key alone goes to standard output, where a pipe may take it; whatever is logged goes past it.
const logger = createLogger(process.env, (line) => void process.stderr.write(line))
process.exitCode = await runCommand(
  'rotate_founder_key',
  () => rotateKey(process.env, (key) => void process.stdout.write(`${key}\n`)),
  logger,
)
