// Runs PostgreSQL for as long as standard input is open: the end of whoever started this is the end of the database,
// also when that end was a SIGKILL. A process of its own, so that nothing but the end of the pipe has to work.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { z } from 'zod'

const plan = z
  .object({
    command: z.string(),
    args: z.array(z.string()),
    cwd: z.string(),
    uid: z.int().optional(),
    gid: z.int().optional(),
    /** A folder that goes with the database; null: nothing does. */
    temporary: z.string().nullable(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const IMMEDIATE_AFTER_MS = 8_000
const KILL_AFTER_MS = 12_000

const child = spawn(plan.command, plan.args, {
  cwd: plan.cwd,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { PATH: '/usr/bin:/bin', LANG: 'C' },
  ...(plan.uid === undefined ? {} : { uid: plan.uid }),
  ...(plan.gid === undefined ? {} : { gid: plan.gid }),
})

let stopping = false
/** Fast: rolls back what is open and writes what is committed. */
function stop(): void {
  if (stopping) return
  stopping = true
  child.kill('SIGINT')
  setTimeout(() => child.kill('SIGQUIT'), IMMEDIATE_AFTER_MS).unref()
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref()
}

child.once('error', () => process.exit(1))
child.once('exit', (code) => {
  // The others write to it until they have ended too.
  if (plan.temporary !== null) rmSync(plan.temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  process.exit(stopping && code === 0 ? 0 : 1)
})
process.stdin.on('end', stop).on('error', stop).on('close', stop).resume()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
