import { runMain } from '@greengate/kit/lifecycle'
import { startService } from './commands.ts'
import { createLogger } from './config.ts'

await runMain(() => startService(process.env), createLogger(process.env), process)
