import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of this repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MAIN = join(ROOT, 'apps/cli/src/main.ts')

/** What one call of the command line took. */
export interface CliRun {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
  /** From the start of the process to its end. */
  readonly wallMs: number
  /** Largest resident set of the command line's own process, without the tools that it starts; KiB, 0 if unknown. */
  readonly peakKib: number
  /** CPU time of that process as last looked at, some 25 ms before its end; 0 if unknown. */
  readonly cpuMs: number
}

/** Runs `greengate` as a user would, in a process of its own. */
export function greengate(args: readonly string[], options: { cwd: string; keyFile: string }): Promise<CliRun> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, GREENGATE_SIGNING_KEY: options.keyFile, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let peakKib = 0
  let cpuMs = 0
  const watch = setInterval(() => {
    peakKib = Math.max(peakKib, peakOf(child.pid))
    cpuMs = Math.max(cpuMs, cpuOf(child.pid))
  }, 25)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => {
      clearInterval(watch)
      resolve({ exit, stdout, stderr, wallMs: performance.now() - startedMs, peakKib, cpuMs })
    })
  })
}

/** The kernel's own high-water mark, so that no peak falls between two looks at it. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** User and system time; the kernel counts in hundredths of a second. */
function cpuOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

/** A folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-benchmark-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A clean clone of this repository's last commit, with what is installed here. */
export function cloneOfThis(folder: string): string {
  const clone = join(folder, 'clone')
  execFileSync('git', ['clone', '--quiet', ROOT, clone])
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n')
  return clone
}
