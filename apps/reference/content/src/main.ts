import { runMain } from '@greengate/kit/lifecycle'
import { earlyLogger } from '@greengate/reference-base'
import { startService } from './commands.ts'
import { SERVICE } from './config.ts'
import { variables } from './variables.ts'

await runMain(() => startService(process.env), earlyLogger(SERVICE, variables, process.env), process)
