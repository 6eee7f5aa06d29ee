import { runMain } from '@greengate/kit/lifecycle'
import { earlyLogger } from '@greengate/reference-base'
import { SERVICE, startService } from './commands.ts'
import { variables } from './variables.ts'

await runMain(() => startService(process.env), earlyLogger(SERVICE, variables, process.env), process)
