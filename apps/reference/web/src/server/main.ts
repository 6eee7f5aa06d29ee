import { runMain } from '@greengate/kit/lifecycle'
import { earlyLogger } from '@greengate/reference-base'
import { SERVICE } from './config.ts'
import { startWeb } from './start-web.ts'
import { variables } from './variables.ts'

await runMain(() => startWeb(process.env), earlyLogger(SERVICE, variables, process.env), process)
