import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { freePortsInARow } from '../../apps/reference/system/src/start/ports.ts'

const START_TIMEOUT_MS = 180_000
const STOP_TIMEOUT_MS = 30_000
const SERVICES = ['gateway', 'platform', 'content', 'worker', 'web'] as const

/** The reference platform, started as `npm run platform` does it, on ports and in a folder of its own. */
export interface RunningSystem {
  readonly url: string
  readonly ca: string
  readonly password: string
  /** From the command to the line that says where to look; milliseconds. */
  readonly upAfterMs: number
  /** Resident memory of each process; bytes. */
  resident(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    child.once('exit', () => {
      clearTimeout(hard)
      resolve()
    })
  })
}

/** @throws Error with what it printed, when it does not come up */
export async function startSystem(): Promise<RunningSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-platform-'))
  const base = await freePortsInARow(Math.random)
  const main = join(import.meta.dirname, '../../apps/reference/system/src/main.ts')
  const startedMs = performance.now()
  const child = spawn(process.execPath, [main, '--folder', folder, '--port-base', String(base)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exitOf(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not up in time:\n${printed}`)), START_TIMEOUT_MS)
      const read = (chunk: Buffer): void => {
        printed += chunk.toString()
        if (!printed.includes('Ctrl-C ends all of it')) return
        clearTimeout(late)
        resolve()
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => {
        clearTimeout(late)
        reject(new Error(`it ended with ${code}:\n${printed}`))
      })
    })
  } catch (error) {
    await stop()
    throw error
  }
  const upAfterMs = performance.now() - startedMs
  const secrets = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as { seedPassword: string }
  return {
    url: `https://localhost:${base}`,
    ca: readFileSync(join(folder, 'tls', 'ca.pem'), 'utf8'),
    password: secrets.seedPassword,
    upAfterMs,
    resident: () => Object.fromEntries(SERVICES.map((name) => [name, residentOf(child.pid ?? 0, name)])),
    stop,
  }
}

/** Resident memory of a service's process, which the launcher started in the service's folder; bytes, 0 when it is gone. */
function residentOf(launcher: number, service: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      if (parent !== launcher || basename(readlinkSync(`/proc/${pid}/cwd`)) !== service) continue
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
    } catch {
      // It ended while it was looked at.
    }
  }
  return 0
}
