import { runCommand, runMigrations } from './commands.ts'

process.exitCode = await runCommand('migrate', process.env, async () => {
  return { code: 0, result: await runMigrations(process.env) }
})
